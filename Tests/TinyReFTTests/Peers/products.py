"""Times torch.mm on one thread, at 768³ and at the sizes that the decoders' frozen layers have.

    python3 products.py

Prints what `tinyreft bench --products --json` prints, in the same order. A weight W is [out, in]:
forward is x Wᵀ and backward dy W, on the rows of one shard. The same matrices are multiplied again
and again, so they stand in the cache wherever they fit.
"""
import json

import torch

from shapes import SHAPES, SHARD
from step import product_rate


def product(name, rows, inner, columns, transposed=False):
    """One line of the table; `inner` is the dimension that is summed over."""
    left = torch.rand(rows, inner)
    right = torch.rand(columns, inner).T if transposed else torch.rand(inner, columns)
    return dict(name=name, rows=rows, inner=inner, columns=columns, transposed=transposed,
                gflops=product_rate(left, right))


torch.set_num_threads(1)
products = [product("768³", 768, 768, 768)]
for s, shape in SHAPES.items():
    d, ffn, vocab, n = shape["hidden"], shape["ffn"], shape["vocab"], SHARD[s]
    for layer, rows, inner, out in [("attention", n, d, d), ("up", n, d, ffn), ("down", n, ffn, d),
                                    ("head", n // 2, d, vocab)]:
        products.append(product(f"{s} {layer} forward", rows, inner, out, transposed=True))
        products.append(product(f"{s} {layer} backward", rows, out, inner))
print(json.dumps(dict(threads=1, products=products), ensure_ascii=False))
