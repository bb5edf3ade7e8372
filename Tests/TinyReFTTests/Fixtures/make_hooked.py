"""Makes Fixtures/hooked: what PyTorch computes with the rivals that Hugging Face's peft does not have.

    python Tests/TinyReFTTests/Fixtures/make_hooked.py

The base is that of make_peft_prompts.py. Series and parallel adapters and RED are forward hooks on
transformers' own modules, as one would add them by hand; last-layer is the model's own weights. A file
holds what learns, the `logits` of the tokens that predict, `loss` and `grad.{name}`, computed in float64
and stored as float32.
"""

from pathlib import Path

import torch
from make_decoders import in_double, save
from make_peft_prompts import PROMPT_LENGTH, TOKENS
from torch.nn.functional import cross_entropy
from transformers import LlamaForCausalLM

HERE = Path(__file__).parent
R, SCALE = 3, 2 / 3  # alpha 2
PATH = "base_model.model.model.layers."


def draw(*shape):
    return (0.5 * torch.randn(*shape)).float().double().requires_grad_()


def bottleneck(learned, path, width_in, width_out):
    D, U = draw(R, width_in), draw(width_out, R)
    learned |= {f"{path}adapter_down.weight": D, f"{path}adapter_up.weight": U}
    return lambda x: torch.tanh(x @ D.T) @ U.T


def first(output):
    return output[0] if isinstance(output, tuple) else output


def replaced(output, y):
    return (y, *output[1:]) if isinstance(output, tuple) else y


def series(layer, path, learned, d, f):
    for name in ["self_attn", "mlp"]:
        delta = bottleneck(learned, f"{path}{name}.", d, d)
        getattr(layer, name).register_forward_hook(
            lambda m, i, o, delta=delta: replaced(o, first(o) + delta(first(o))))


def parallel(layer, path, learned, d, f):
    for name, shape in [("up_proj", (d, f)), ("down_proj", (f, d))]:
        delta = bottleneck(learned, f"{path}mlp.{name}.", *shape)
        getattr(layer.mlp, name).register_forward_hook(
            lambda m, i, o, delta=delta: o + SCALE * delta(i[0]))


def red(layer, path, learned, d, f):
    scale, bias = draw(d), draw(d)
    learned |= {f"{path}mlp.activation_scaling": scale, f"{path}mlp.activation_bias": bias}
    layer.mlp.register_forward_hook(lambda m, i, o: o * scale + bias)


def make(method, attach):
    torch.manual_seed(1)
    model = in_double(LlamaForCausalLM.from_pretrained(HERE / "peft-prompts/base"))
    learned = {}
    if attach:
        c = model.config
        for l, layer in enumerate(model.model.layers):
            attach(layer, f"{PATH}{l}.", learned, c.hidden_size, c.intermediate_size)
    else:
        last = f"model.layers.{model.config.num_hidden_layers - 1}."
        learned = {n: p for n, p in model.named_parameters()
                   if n.startswith(last) or n == "model.norm.weight"}
    logits = []  # from the head itself: transformers rounds its result to float32
    model.lm_head.register_forward_hook(lambda m, i, o: logits.append(o[0]))
    model(input_ids=torch.tensor([TOKENS]))
    logits = logits[0][PROMPT_LENGTH - 1:-1]
    loss = cross_entropy(logits, torch.tensor(TOKENS[PROMPT_LENGTH:]))
    loss.backward()
    tensors = learned | {f"grad.{n}": p.grad for n, p in learned.items()}
    tensors |= {"logits": logits, "loss": loss[None]}
    (HERE / "hooked").mkdir(exist_ok=True)
    save({n: t.detach() for n, t in tensors.items()}, HERE / f"hooked/{method}.safetensors",
         tokens=",".join(map(str, TOKENS)), prompt_length=PROMPT_LENGTH)
    print(method, loss.item(), len(learned))


if __name__ == "__main__":
    torch.set_num_threads(1)
    make("series-adapter", series)
    make("parallel-adapter", parallel)
    make("red", red)
    make("last-layer", None)
