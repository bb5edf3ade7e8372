"""Times torch.mm on one thread, at 768³ and at the sizes that the decoders' frozen layers have.

    python3 products.py

A weight W is [out, in]: what is timed is dy W, on the rows of one shard. The same matrices are
multiplied again and again, so they stand in the cache wherever they fit.
"""
import json

import torch

from shapes import SHAPES, SHARD
from step import product_rate


def product(name, rows, inner, columns):
    """One line of the table; `inner` is the dimension that is summed over."""
    rate = product_rate(torch.rand(rows, inner), torch.rand(inner, columns))
    return dict(name=name, rows=rows, inner=inner, columns=columns, gflops=rate)


torch.set_num_threads(1)
products = [product("768³", 768, 768, 768)]
for s, shape in SHAPES.items():
    d, ffn, vocab, n = shape["hidden"], shape["ffn"], shape["vocab"], SHARD[s]
    for layer, rows, inner, out in [("attention", n, d, d), ("up", n, d, ffn), ("down", n, ffn, d),
                                    ("head", n // 2, d, vocab)]:
        products.append(product(f"{s} {layer}", rows, out, inner))
print(json.dumps(dict(threads=1, products=products), ensure_ascii=False))
