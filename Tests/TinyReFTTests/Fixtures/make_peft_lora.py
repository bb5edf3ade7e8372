"""Makes peft/lora and peft/dora: adapters of Hugging Face's peft, and what PyTorch computes with them.

    python Tests/TinyReFTTests/Fixtures/make_peft_lora.py

The base is decoders/grouped, in float64 throughout (`in_double`). adapter_model.safetensors has
what peft would save, under its names, with numbers drawn at random, because at the start B is zero
and tells nothing.
expected.safetensors has the logits at every token, the loss of the tokens behind the prompt,
grad.{name} of every tensor, and merged.{name}: the base's matrices after `merge_and_unload`.
"""
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from transformers import LlamaForCausalLM

from make_decoders import in_double, loss_of, save

HERE = Path(__file__).parent
TOKENS, PROMPT_LENGTH = [3, 14, 15, 9, 26, 5, 8, 7, 30, 0, 11], 6


def make(method):
    torch.manual_seed(3)
    double = in_double(LlamaForCausalLM.from_pretrained(HERE / "decoders/grouped"))
    adapted = get_peft_model(double, LoraConfig(
        r=3, lora_alpha=5, use_dora=method == "dora", layers_to_transform=[0, 2],
        target_modules=["q_proj", "v_proj", "down_proj"]))
    folder = HERE / "peft" / method
    trained = {name: p for name, p in adapted.named_parameters() if p.requires_grad}
    for name, p in trained.items():
        # m keeps its size, which is that of a row of W; files hold float32, and both start from them.
        drawn = p * (0.5 + torch.rand_like(p)) if "magnitude" in name else 0.4 * torch.randn_like(p)
        p.data = drawn.detach().float().double()
    stored = get_peft_model_state_dict(adapted)
    save(stored, folder / "adapter_model.safetensors")

    loss, logits, _ = loss_of(double, TOKENS, PROMPT_LENGTH)
    loss.backward()
    expected = {"logits": logits, "loss": loss[None]}
    for name, p in trained.items():
        plain = name.replace(".default", "")
        expected["grad." + (plain if plain in stored else plain.removesuffix(".weight"))] = p.grad
    assert {f"grad.{name}" for name in stored} < expected.keys()
    merged = adapted.merge_and_unload().state_dict()
    for name in ["self_attn.q_proj", "mlp.down_proj"]:
        expected[f"merged.model.layers.2.{name}.weight"] = merged[f"model.layers.2.{name}.weight"]
    save(expected, folder / "expected.safetensors",
         tokens=",".join(map(str, TOKENS)), prompt_length=PROMPT_LENGTH)
    print(method, loss.item(), sorted(stored))


make("lora")
make("dora")
