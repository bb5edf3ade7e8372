"""What torch_step.py and pyreft_step.py share: the flags of `tinyreft bench`, the random Llama, the
clock, and the JSON of `tinyreft bench --json`: without `gflops`, and with `libraries_mb`, which the
process takes before it has a model. Only how LoReFT enters the Llama differs.

Both draw the same random numbers in the same order, so both must print the same loss after the same
number of steps: that shows that they do the same work.
"""
import argparse
import json
import re
import resource
import statistics
import sys
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM


def flags():
    """The command line, with the defaults of `tinyreft bench`."""
    parser = argparse.ArgumentParser()
    for name, value in dict(hidden=64, layers=4, heads=4, ffn=192, vocab=259, sequence=64, batch=32,
                            rank=4, steps=20, threads=2).items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--kv-heads", type=int, help="default: as many as heads")
    parser.add_argument("--prompt", type=int, help="default: half of the sequence")
    parser.add_argument("--positions", default="f2+l2", help="fP+lS, such as f2+l3")
    parser.add_argument("--intervened-layers", default="all", help="all, or such as 2,3")
    parser.add_argument("--attention", default="sdpa", choices=["sdpa", "eager"])
    a = parser.parse_args()
    a.kv_heads = a.kv_heads or a.heads
    a.prompt = a.prompt or max(1, a.sequence // 2)
    every = a.intervened_layers == "all"
    a.edited = range(a.layers) if every else [int(l) for l in a.intervened_layers.split(",")]
    ends = re.fullmatch(r"f([1-9]\d*)\+l([1-9]\d*)", a.positions)
    if not ends or sum(map(int, ends.groups())) > a.prompt:
        parser.error(f"--positions {a.positions}: expected fP+lS, with P + S tokens in the prompt")
    a.prefix = range(int(ends[1]))
    a.suffix = range(a.prompt - int(ends[2]), a.prompt)
    return a


def llama(a):
    """A frozen Llama with random weights, in `eval` and without a cache: no work is in vain."""
    model = LlamaForCausalLM(LlamaConfig(
        hidden_size=a.hidden, num_hidden_layers=a.layers, num_attention_heads=a.heads,
        num_key_value_heads=a.kv_heads, intermediate_size=a.ffn, vocab_size=a.vocab,
        max_position_embeddings=a.sequence, tie_word_embeddings=True, use_cache=False,
        attn_implementation=a.attention))
    return model.eval().requires_grad_(False)


def product_rate(a, b, seconds=0.1):
    """The best rate of torch.mm(a, b), in 10⁹ operations a second: noise only makes it slower."""
    product, calls, best = torch.mm(a, b), 1, float("inf")
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or best == float("inf"):
        start = time.perf_counter()
        for _ in range(calls):
            torch.mm(a, b, out=product)
        taken = time.perf_counter() - start
        if taken < 1e-3:  # too short for the clock, so more at a time
            calls *= 2
        else:
            best = min(best, taken / calls)
    return 2 * a.shape[0] * a.shape[1] * b.shape[1] / best / 1e9


def peak_memory():
    """The most memory that this process has had so far, in 10⁶ bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def measure(adapt):
    """Prints how fast training is. `adapt(model, a)` puts LoReFT into the model, and returns what
    is trained and a function from (tokens, labels) to the loss."""
    a = flags()
    libraries = peak_memory()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    model = llama(a)
    tokens = torch.randint(a.vocab, (a.batch, a.sequence))
    labels = tokens.clone()
    labels[:, :a.prompt] = -100  # only the completion has targets
    trained, loss_of = adapt(model, a)
    optimizer = torch.optim.AdamW(trained, lr=1e-3, weight_decay=0, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(tokens, labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        return loss.item()

    step()
    rate = product_rate(torch.ones(768, 768), torch.ones(768, 768))
    times = []
    for _ in range(a.steps):
        start = time.perf_counter()
        loss = step()
        times.append((time.perf_counter() - start) * 1000)
    median = statistics.median(times)
    print(json.dumps(dict(
        milliseconds_per_step=median, tokens_per_second=a.batch * a.sequence / median * 1000,
        matmul_gflops=rate, loss=loss, threads=a.threads,
        peak_memory_mb=peak_memory(), libraries_mb=libraries)))
