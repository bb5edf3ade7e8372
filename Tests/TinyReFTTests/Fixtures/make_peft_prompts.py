"""Makes Fixtures/peft-prompts: a small Llama, and what peft computes with prompts of three kinds.

    python Tests/TinyReFTTests/Fixtures/make_peft_prompts.py

Each of prefix-tuning, prompt-tuning and p-tuning has one file: `prompt_embeddings`, which is all that
peft stores; what else learns, under its name in peft without the adapter's own; `logits` of the tokens
that predict, `loss` and `grad.{name}`. All was computed in float64 (see make_decoders.py) and is held as
float32. ln-tuning.txt names the weights that peft lets learn in ln-tuning.

Heads times their width is the hidden size, because peft takes the width of a prefix from there.
"""

import math
from pathlib import Path

import torch
from make_decoders import in_double, save
from peft import (LNTuningConfig, PrefixTuningConfig, PromptEncoderConfig, PromptTuningConfig,
                  get_peft_model, get_peft_model_state_dict)
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM

OUT = Path(__file__).parent / "peft-prompts"
K, TOKENS, PROMPT_LENGTH = 3, [1, 17, 5, 5, 21, 8, 2, 11, 3], 5
COMMON = dict(task_type="CAUSAL_LM", num_virtual_tokens=K)


def make_base():
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=23, hidden_size=16, intermediate_size=20, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, head_dim=4, tie_word_embeddings=True,
        max_position_embeddings=64, bos_token_id=1, eos_token_id=2, attn_implementation="sdpa")
    model = LlamaForCausalLM(config).eval()
    for p in model.parameters():
        torch.nn.init.normal_(p, std=1 / math.sqrt(p.shape[-1])) if p.dim() == 2 else \
            torch.nn.init.uniform_(p, 0.5, 1.5)
    model.save_pretrained(OUT / "base")
    (OUT / "base" / "generation_config.json").unlink()
    return model


def make(method, base, config):
    torch.manual_seed(1)
    model = get_peft_model(in_double(base), config).double().eval()
    learned = {n: p for n, p in model.named_parameters() if p.requires_grad}
    if len(learned) == 1:
        learned = {"prompt_embeddings": p for p in learned.values()}
    learned = {n.replace(".default.", "."): p for n, p in learned.items()}
    for p in learned.values():
        p.data = p.data.float().double()  # what the file holds
    logits = []
    model.base_model.lm_head.register_forward_hook(lambda m, i, o: logits.append(o[0]))
    model(input_ids=torch.tensor([TOKENS]))
    logits = logits[0][-len(TOKENS):][PROMPT_LENGTH - 1:-1]
    loss = cross_entropy(logits, torch.tensor(TOKENS[PROMPT_LENGTH:]))
    loss.backward()
    stored = get_peft_model_state_dict(model)
    assert list(stored) == ["prompt_embeddings"], list(stored)
    tensors = stored | learned | {f"grad.{n}": p.grad for n, p in learned.items()}
    tensors |= {"logits": logits, "loss": loss[None]}
    save(tensors, OUT / f"{method}.safetensors",
         tokens=",".join(map(str, TOKENS)), prompt_length=PROMPT_LENGTH)
    print(method, loss.item(), {n: tuple(t.shape) for n, t in tensors.items()})


if __name__ == "__main__":
    torch.set_num_threads(1)
    base = make_base()
    make("prefix-tuning", base, PrefixTuningConfig(**COMMON))
    make("prompt-tuning", base, PromptTuningConfig(**COMMON))
    make("p-tuning", base, PromptEncoderConfig(**COMMON))
    tuned = get_peft_model(in_double(base), LNTuningConfig(task_type="CAUSAL_LM"))
    names = [n.removeprefix("base_model.model.").replace(".ln_tuning_layers.default", "")
             for n, p in tuned.named_parameters() if p.requires_grad]
    (OUT / "ln-tuning.txt").write_text("\n".join(names) + "\n")
