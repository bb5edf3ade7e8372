"""Makes Fixtures/decoders: small Llamas at random, and what PyTorch computes with them.

    python Tests/TinyReFTTests/Fixtures/make_decoders.py

Each folder is a Hugging Face directory with a trace.safetensors in the form of `tinyreft trace`. Below it
stand folders of interventions, with a trace of a usual prompt and one of a prompt that is too short for
its positions. trajectory.safetensors holds the losses of 20 AdamW steps and the parameters after them.

PyTorch computes in float64. transformers rounds to float32 in four places whatever the model's type:
RMSNorm, the rotary embedding, the softmax of its own attention, and the logits. The first two are
replaced (`in_double`), PyTorch's attention is used, the head is called by itself, and the float32 model
is asked whether it still agrees. Gram-Schmidt, the
interventions and the positions are written again here, from the paper; pyreft's own classes are asked
whether they agree.
"""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM, get_scheduler
from transformers.models.llama import modeling_llama
from pyreft import LoreftIntervention, NodireftIntervention

OUT = Path(__file__).parent / "decoders"

# Sizes are pairwise different, and heads · head_dim is not hidden_size.
DECODERS = {
    "plain": dict(vocab_size=37, hidden_size=18, intermediate_size=26, num_hidden_layers=2,
                  num_attention_heads=3, num_key_value_heads=3, head_dim=6, tie_word_embeddings=True,
                  rope_theta=10000.0, rms_norm_eps=1e-5),
    "grouped": dict(vocab_size=31, hidden_size=20, intermediate_size=22, num_hidden_layers=3,
                    num_attention_heads=4, num_key_value_heads=2, head_dim=8, tie_word_embeddings=False,
                    rope_theta=500000.0, rms_norm_eps=1e-6),
    # Wavelengths of its four pairs lie in all three of the ranges that the scaling tells apart.
    "llama3": dict(vocab_size=29, hidden_size=14, intermediate_size=18, num_hidden_layers=2,
                   num_attention_heads=4, num_key_value_heads=1, head_dim=8, tie_word_embeddings=True,
                   rope_theta=500.0, rms_norm_eps=1e-3,
                   rope_scaling=dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0,
                                     high_freq_factor=4.0, original_max_position_embeddings=64)),
}

# Of the decoder `grouped`. Layers are out of order once: files and walks must not care.
INTERVENTIONS = [
    dict(method=method, rank=rank, layers=layers, positions=positions, sharing=sharing)
    for method in ("loreft", "direft")
    for rank, layers, positions, sharing in [
        (3, [0, 2], "f2+l3", "side"), (2, [2, 1], "f2+l3", "layer"), (2, [1], "f2+l3", "position"),
        (4, [0], "l1", "side"), (1, [0, 1, 2], "all", "layer")]
]


# The decoder in double precision


class RMSNorm(torch.nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.weight, self.epsilon = norm.weight, norm.variance_epsilon

    def forward(self, x):
        return self.weight * x / (x.pow(2).mean(-1, keepdim=True) + self.epsilon).sqrt()


class Rotary(torch.nn.Module):
    def __init__(self, config):
        super().__init__()
        w = config.head_dim
        frequencies = config.rope_theta ** (-torch.arange(0, w, 2, dtype=torch.float64) / w)
        if config.rope_scaling:
            s = config.rope_scaling
            turns = s["original_max_position_embeddings"] * frequencies / (2 * math.pi)
            low, high = s["low_freq_factor"], s["high_freq_factor"]
            share = ((turns - low) / (high - low)).clamp(0, 1)
            frequencies = frequencies * (share + (1 - share) / s["factor"])
        self.frequencies = frequencies

    def forward(self, x, position_ids):
        angles = position_ids[..., None].double() * self.frequencies
        angles = torch.cat([angles, angles], -1)
        return angles.cos(), angles.sin()


def in_double(model):
    """The same decoder, every operation in float64."""
    double = LlamaForCausalLM(model.config).double().eval()
    double.load_state_dict(model.state_dict())
    for layer in double.model.layers:
        layer.input_layernorm = RMSNorm(layer.input_layernorm)
        layer.post_attention_layernorm = RMSNorm(layer.post_attention_layernorm)
        layer.self_attn.rotary_emb = Rotary(model.config)
    double.model.norm = RMSNorm(double.model.norm)
    double.model.rotary_emb = Rotary(model.config)
    return double


# Interventions, from the paper


def gram_schmidt(A):
    rows = []
    for a in A:
        for _ in range(2):
            for r in rows:
                a = a - (r @ a) * r
        rows.append(a / a.norm())
    return torch.stack(rows)


class LoReFT(torch.nn.Module):
    names = ("R", "W", "b")

    def forward(self, h):
        R = gram_schmidt(self.R)
        return h + (h @ self.W.T + self.b - h @ R.T) @ R

    def of_pyreft(self, d, r):
        phi = LoreftIntervention(embed_dim=d, low_rank_dimension=r, dtype=torch.float32)
        phi.load_state_dict(dict(weight=self.W.float(), bias=self.b.float(), rotate_layer=self.R.T.float()))
        return phi


class DiReFT(torch.nn.Module):
    names = ("W1", "W2", "b")

    def forward(self, h):
        return h + (h @ self.W1.T + self.b) @ self.W2

    def of_pyreft(self, d, r):
        phi = NodireftIntervention(
            embed_dim=d, low_rank_dimension=r, add_bias=False, dtype=torch.float32)
        phi.load_state_dict({"learned_source.weight": self.W1.float(), "proj_layer.weight": self.W2.float(),
                             "learned_source.bias": self.b.float()}, strict=False)
        return phi


def ends(positions, n):
    """How many tokens are edited at the front and at the end of a prompt of n (section 4.1)."""
    if positions == "all":
        return n, 0
    counts = {part[0]: int(part[1:]) for part in positions.split("+")}
    p, s = counts.get("f", 0), counts.get("l", 0)
    return (p, s) if n >= p + s else (min(p, n // 2), min(s, (n + 1) // 2))


def groups(positions, sharing, n):
    """{name of the Φ: rows that it edits}, for a prompt of n tokens."""
    p, s = ends(positions, n)
    front, back = list(range(p)), list(range(n - s, n))
    if sharing == "layer":
        return {"shared": front + back}
    if sharing == "side":
        return {"prefix": front, "suffix": back}
    return {f"prefix.{i}": [i] for i in front} | {f"suffix.{i}": [n - 1 - i] for i in range(s)}


class Method(torch.nn.Module):
    """Hooks that edit the output of the decoder's blocks."""

    def __init__(self, c, d, seed):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.c, self.prompt_length, self.phis = c, None, {}
        # Every Φ that a prompt of any length can ask for, in the order of their names.
        for layer in c["layers"]:
            for group in groups(c["positions"], c["sharing"], 1000):
                if c["positions"] == "l1" and group == "prefix":
                    continue
                phi = {"loreft": LoReFT, "direft": DiReFT}[c["method"]]()
                for name in phi.names:
                    size = (c["rank"],) if name == "b" else (c["rank"], d)
                    value = torch.randn(size, generator=generator, dtype=torch.float64) / math.sqrt(d)
                    if name == "R":
                        value = gram_schmidt(value)
                    # Files hold float32, and both sides start from the file.
                    setattr(phi, name, torch.nn.Parameter(value.float().double()))
                self.phis[f"layers.{layer}.{group}"] = phi
                self.add_module(f"{layer} {group}".replace(".", "_"), phi)

    def attach(self, model):
        return [model.model.layers[l].register_forward_hook(self.hook(l)) for l in self.c["layers"]]

    def hook(self, layer):
        def edit(module, inputs, outputs):
            h = outputs[0].clone()
            for group, rows in groups(self.c["positions"], self.c["sharing"], self.prompt_length).items():
                if rows:
                    h[:, rows] = self.phis[f"layers.{layer}.{group}"](h[:, rows])
            return (h, *outputs[1:])
        return edit

    def tensors(self):
        return {f"{path}.{name}": getattr(phi, name)
                for path, phi in self.phis.items() for name in phi.names}


# Traces


def loss_of(model, tokens, prompt_length):
    """The mean loss of the tokens behind the prompt, and every state on the way."""
    states = []
    hooks = [model.model.embed_tokens.register_forward_hook(lambda m, i, o: states.append(o[0]))]
    hooks += [layer.register_forward_hook(lambda m, i, o: states.append(o[0][0]))
              for layer in model.model.layers]
    h = model.model(torch.tensor([tokens]), use_cache=False).last_hidden_state
    logits = model.lm_head(h)[0].double()
    for hook in hooks:
        hook.remove()
    loss = cross_entropy(logits[prompt_length - 1:-1], torch.tensor(tokens[prompt_length:]))
    return loss, logits, states


def trace(model, parameters, tokens, prompt_length):
    for p in parameters.values():
        p.grad = None
    loss, logits, states = loss_of(model, tokens, prompt_length)
    loss.backward()
    tensors = {f"hidden.{l}": h for l, h in enumerate(states)} | {"logits": logits, "loss": loss[None]}
    # A Φ that a short prompt does not ask for has no gradient, which is a gradient of zeros.
    for name, p in parameters.items():
        tensors[f"grad.{name}"] = p.grad if p.grad is not None else torch.zeros_like(p)
    return tensors


def save(tensors, path, **metadata):
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: t.detach().float().contiguous().clone() for name, t in tensors.items()}
    save_file(tensors, path, {"format": "pt"} | {name: str(value) for name, value in metadata.items()})


def save_trace(model, parameters, tokens, prompt_length, path):
    tensors = trace(model, parameters, tokens, prompt_length)
    save(tensors, path, tokens=",".join(map(str, tokens)), prompt_length=prompt_length)
    return tensors


def close(a, b, tolerance):
    error = ((a - b).norm() / b.norm()).item()
    assert error < tolerance, error


def make_decoder(name, sizes, seed):
    torch.manual_seed(seed)
    config = LlamaConfig(**sizes, max_position_embeddings=128, bos_token_id=1, eos_token_id=2,
                         attn_implementation="sdpa")
    model = LlamaForCausalLM(config).eval()
    for p in model.parameters():
        # transformers starts so small that attention is nearly even: nothing would be tested.
        torch.nn.init.normal_(p, std=1 / math.sqrt(p.shape[-1])) if p.dim() == 2 else \
            torch.nn.init.uniform_(p, 0.5, 1.5)
    model.save_pretrained(OUT / name)
    (OUT / name / "generation_config.json").unlink()
    double = in_double(model)
    tokens = torch.randint(0, sizes["vocab_size"], (11,)).tolist()
    # `named_parameters` has a tied matrix once, under the name of the embedding.
    parameters = dict(double.named_parameters())
    parameters = {n: parameters[n] for n in load_file(OUT / name / "model.safetensors")}
    tensors = save_trace(double, parameters, tokens, 6, OUT / name / "trace.safetensors")
    with torch.no_grad():
        close(loss_of(model, tokens, 6)[1], tensors["logits"], 1e-5)
    return double, tokens


def make_interventions(double, c, tokens, seed):
    for p in double.parameters():
        p.requires_grad_(False)
    d, r = double.config.hidden_size, c["rank"]
    method = Method(c, d, seed)
    folder = OUT / "grouped" / f"{c['method']}-{c['sharing']}-{c['positions']}"
    save(method.tensors(), folder / "interventions.safetensors")
    reft = dict(format_version=1, hidden_size=d, **c)
    (folder / "reft.json").write_text(json.dumps(reft, indent=2, sort_keys=True) + "\n")
    hooks = method.attach(double)
    for file, prompt_length in [("trace", 7), ("short", 3)]:
        method.prompt_length = prompt_length
        save_trace(double, method.tensors(), tokens, prompt_length, folder / f"{file}.safetensors")
    for phi in method.phis.values():
        h = torch.randn(5, d)
        with torch.no_grad():
            close(phi.of_pyreft(d, r)(h), phi(h.double()), 1e-5)
    for hook in hooks:
        hook.remove()


# Training


def make_trajectory(double, c, seed, phi_of_pyreft):
    """20 steps of AdamW on three examples of different lengths, the loss as `train` takes it."""
    d, generator = double.config.hidden_size, torch.Generator().manual_seed(seed)
    method = Method(c, d, seed)
    folder = OUT / "grouped" / f"trajectory-{c['method']}"
    save(method.tensors(), folder / "interventions.safetensors")
    reft = dict(format_version=1, hidden_size=d, **c)
    (folder / "reft.json").write_text(json.dumps(reft, indent=2, sort_keys=True) + "\n")
    if phi_of_pyreft:
        pyreft = {path: phi.of_pyreft(d, c["rank"]).double() for path, phi in method.phis.items()}
        parameters = [p for phi in pyreft.values() for p in phi.parameters()]
        method.phis, ours = pyreft, method.phis
    else:
        parameters = list(method.tensors().values())
    examples = [(torch.randint(0, double.config.vocab_size, (n,), generator=generator).tolist(), p)
                for n, p in [(9, 5), (7, 4), (12, 8)]]
    optimizer = torch.optim.AdamW(parameters, lr=0.02, weight_decay=0.1)
    schedule = get_scheduler("linear", optimizer, num_warmup_steps=4, num_training_steps=20)
    hooks, losses = method.attach(double), []
    for _ in range(20):
        optimizer.zero_grad()
        total = sum(len(tokens) - p for tokens, p in examples)
        loss = 0
        for tokens, p in examples:
            method.prompt_length = p
            loss = loss + loss_of(double, tokens, p)[0] * (len(tokens) - p) / total
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    for hook in hooks:
        hook.remove()
    if phi_of_pyreft:
        for path, phi in pyreft.items():
            ours[path].W1.data = phi.learned_source.weight.data
            ours[path].b.data = phi.learned_source.bias.data
            ours[path].W2.data = phi.proj_layer.weight.data
        method.phis = ours
    end = {name: gram_schmidt(p) if name.endswith(".R") else p for name, p in method.tensors().items()}
    save(end | {"losses": torch.tensor(losses, dtype=torch.float64)}, folder / "trajectory.safetensors",
         examples=";".join(",".join(map(str, tokens)) for tokens, _ in examples),
         prompt_lengths=",".join(str(p) for _, p in examples))
    print(folder.name, [round(loss, 4) for loss in losses[::5]], round(losses[-1], 4))


if __name__ == "__main__":
    torch.set_num_threads(1)
    made = {name: make_decoder(name, sizes, seed) for seed, (name, sizes) in enumerate(DECODERS.items())}
    double, tokens = made["grouped"]
    for seed, c in enumerate(INTERVENTIONS):
        make_interventions(double, c, tokens, 100 + seed)
    c = dict(rank=3, layers=[0, 2], positions="f1+l2", sharing="side")
    make_trajectory(double, c | dict(method="loreft"), 200, phi_of_pyreft=False)
    make_trajectory(double, c | dict(method="direft"), 201, phi_of_pyreft=True)
