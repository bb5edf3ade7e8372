"""Makes Fixtures/sharded: what transformers writes and computes for small Llamas in several files.

    python3 Tests/TinyReFTTests/Fixtures/make_sharded.py

bfloat16/ and float16/ are directories as a download gives them: an untied head, three query heads of
width 4 on one key-value head (so that 3 · 4 is not the hidden size), Llama 3's rotary scaling. Beside
them expected.safetensors has the same weights widened to float32 by PyTorch, and the logits of the
float32 model with these weights for the tokens 3, 1, 4, 1, 5, 9, 2, 6.

llama3.safetensors has the 32 frequencies that transformers computes for Llama-3.2-1B.
"""

import pathlib

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

folder = pathlib.Path(__file__).resolve().parent / "sharded"


def scaling(context, **more):
    return dict(
        rope_type="llama3", low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=context, **more)


def clean(file):  # an absolute path and versions would change with the machine
    text = [line for line in file.read_text().splitlines() if "transformers_version" not in line]
    file.write_text("\n".join(text) + "\n")


for seed, dtype in [(1, torch.bfloat16), (2, torch.float16)]:
    config = LlamaConfig(
        vocab_size=11, hidden_size=6, intermediate_size=10, num_hidden_layers=2,
        num_attention_heads=3, num_key_value_heads=1, head_dim=4, max_position_embeddings=64,
        rope_theta=100.0, rope_scaling=scaling(16, factor=4.0), rms_norm_eps=1e-3,
        tie_word_embeddings=False, initializer_range=0.5, bos_token_id=0, eos_token_id=[10, 7])
    torch.manual_seed(seed)
    model = LlamaForCausalLM(config)
    for name, parameter in model.named_parameters():
        if "norm" in name:  # all ones would hide a mix-up
            torch.nn.init.uniform_(parameter, 0.5, 1.5)
    model = model.to(dtype)
    place = folder / str(dtype).removeprefix("torch.")
    model.save_pretrained(place, max_shard_size=800)
    (place / "generation_config.json").unlink()
    clean(place / "config.json")
    expected = {k: v.float() for k, v in model.state_dict().items()}
    with torch.no_grad():
        tokens = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6]])
        # Read again: casting the model would have cast its rotary frequencies too.
        widened = LlamaForCausalLM.from_pretrained(place, torch_dtype=torch.float32)
        expected["logits"] = widened(tokens).logits[0]
    save_file({k: v.contiguous() for k, v in expected.items()}, place / "expected.safetensors")

llama = LlamaConfig(
    hidden_size=2048, num_attention_heads=32, rope_theta=500000.0, max_position_embeddings=131072,
    rope_scaling=scaling(8192, factor=32.0))
frequencies, _ = ROPE_INIT_FUNCTIONS["llama3"](llama, "cpu")
save_file({"frequencies": frequencies}, folder / "llama3.safetensors")
