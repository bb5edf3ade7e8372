"""Makes Fixtures/base: what transformers says with data/base.

    python Tests/TinyReFTTests/Fixtures/make_base.py

For a few prompts: the ids of AutoTokenizer, the logits of AutoModelForCausalLM after the last of them, and
the text that it generates greedily.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

PROMPTS = ["do pig -> ", "loud pig -> ", "mirror stone -> ", "12 + 7 = ", "café, naïve -> ", "\r\n\t😀", ""]

here = Path(__file__).parent
base = here.parent.parent.parent / "data" / "base"
tokenizer = AutoTokenizer.from_pretrained(base)
model = AutoModelForCausalLM.from_pretrained(base).eval()

cases, logits = [], []
for prompt in PROMPTS:
    inputs = tokenizer(prompt, return_tensors="pt")
    with torch.no_grad():
        logits.append(model(**inputs).logits[0, -1])
        ids = model.generate(**inputs, max_new_tokens=24, do_sample=False,
                             pad_token_id=tokenizer.eos_token_id)[0]
    n = inputs.input_ids.shape[1]
    text = tokenizer.decode(ids[n:], skip_special_tokens=True)
    cases.append(dict(prompt=prompt, ids=inputs.input_ids[0].tolist(), completion=text))
    print(repr(prompt), "->", repr(text))

(here / "base").mkdir(exist_ok=True)
lines = ",\n".join(json.dumps(case) for case in cases)
(here / "base" / "cases.json").write_text(f"[\n{lines}\n]\n")
save_file({"logits": torch.stack(logits)}, here / "base" / "logits.safetensors")
