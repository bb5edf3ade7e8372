"""Makes a large Llama with random weights, sharded, in bfloat16, to measure loading and generation.

    python3 Tests/TinyReFTTests/Fixtures/make_random_llama.py FOLDER [--layers 16] [--dtype float16] …

At its defaults the weights have 277 million parameters: 555 MB, in four files. The tokenizer is that
of data/base, whose 258 tokens are the first of the model's vocabulary. What such a model says has no
meaning; how fast it says it, and in how much memory, has. Nothing of it is committed.
"""

import argparse
import pathlib
import shutil

import torch
from transformers import LlamaConfig, LlamaForCausalLM

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--vocab", type=int, default=32000)
parser.add_argument("--hidden", type=int, default=1024)
parser.add_argument("--layers", type=int, default=16)
parser.add_argument("--heads", type=int, default=16)
parser.add_argument("--kv-heads", type=int, default=4)
parser.add_argument("--ffn", type=int, default=3456)
parser.add_argument("--dtype", default="bfloat16")
parser.add_argument("--shard", default="150MB")
parser.add_argument("--seed", type=int, default=1)
a = parser.parse_args()

torch.manual_seed(a.seed)
config = LlamaConfig(
    vocab_size=a.vocab, hidden_size=a.hidden, num_hidden_layers=a.layers,
    num_attention_heads=a.heads, num_key_value_heads=a.kv_heads, intermediate_size=a.ffn,
    max_position_embeddings=2048, tie_word_embeddings=False, bos_token_id=256, eos_token_id=257,
)
model = LlamaForCausalLM(config).to(getattr(torch, a.dtype))
model.save_pretrained(a.folder, max_shard_size=a.shard)
base = pathlib.Path(__file__).resolve().parents[3] / "data" / "base"
for name in ["tokenizer.json", "tokenizer_config.json"]:
    shutil.copy(base / name, a.folder / name)
size = sum(f.stat().st_size for f in a.folder.glob("*.safetensors"))
print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {size:,} bytes in {a.folder}")
