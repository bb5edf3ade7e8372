"""Makes pyreft/: interventions that pyreft trained, as its own `save` and from_pyreft.py left them.

    python Tests/TinyReFTTests/Fixtures/make_pyreft.py

A random Llama of 2 blocks and width 6, 20 steps of AdamW on random tokens, one folder a method:
reft.json and interventions.safetensors as docs/from_pyreft.py converted it, and expected.safetensors: some random h, and Φ(h) as pyreft computes it. In gradients.safetensors
the loss is the sum of `dphi` ⊙ Φ(h): its slopes at h, and under our names at W, b and so on; for R
at A, of which R is the Gram-Schmidt, where A = R.
"""
import pathlib, shutil, sys, tempfile

import pyreft, torch, transformers
from pyreft import interventions as classes
from safetensors.torch import save_file

sys.path.append(str(pathlib.Path(__file__).resolve().parents[3] / "docs"))
from from_pyreft import convert

HERE = pathlib.Path(__file__).parent / "pyreft"
WIDTH, RANK, LAYERS = 6, 2, [1, 0]


class Rotation(torch.nn.Module):
    """pyreft's rotate_layer over a weight that may be the result of anything."""

    def __init__(self, weight):
        super().__init__()
        self.weight = weight

    def forward(self, x):
        return x @ self.weight


def gradients(phi, h, dphi):
    h = h.clone().requires_grad_()
    leaves = {"h": h}
    if hasattr(phi, "rotate_layer"):
        A = leaves["R"] = phi.rotate_layer.weight.detach().T.clone().requires_grad_()
        Q, triangle = torch.linalg.qr(A.T)
        phi.rotate_layer = Rotation(Q * triangle.diagonal().sign())  # Gram-Schmidt's signs
    if hasattr(phi, "proj_layer"):
        leaves["W2"] = phi.proj_layer.weight
    source = phi.learned_source
    if isinstance(source, torch.nn.Linear):
        leaves |= {"W1" if "W2" in leaves else "W": source.weight, "b": source.bias}
    else:
        leaves["b"] = source
    slopes = torch.autograd.grad((dphi * phi(h)).sum(), list(leaves.values()))
    return dict(zip(leaves, slopes))


def make(name, kind, sharing):
    torch.manual_seed(7)
    base = transformers.LlamaForCausalLM(transformers.LlamaConfig(
        vocab_size=9, hidden_size=WIDTH, intermediate_size=5, num_hidden_layers=2,
        num_attention_heads=3, num_key_value_heads=1, max_position_embeddings=16))
    layers = LAYERS * (2 if sharing == "side" else 1)
    reft = pyreft.get_reft_model(base, pyreft.ReftConfig(representations=[
        {"layer": layer, "component": "block_output", "low_rank_dimension": RANK,
         "intervention": kind(embed_dim=WIDTH, low_rank_dimension=RANK, dtype=torch.float32,
                              add_bias=False)} for layer in layers]))
    tokens = torch.randint(9, (4, 7))
    ends = ([[0]], [[3, 4]]) if sharing == "side" else ([[0, 3, 4]],)
    places = [end * len(tokens) for end in ends for _ in LAYERS]
    optimizer = torch.optim.AdamW(reft.get_trainable_parameters(), lr=0.05, weight_decay=0)
    for _ in range(20):
        loss = reft({"input_ids": tokens}, unit_locations={"sources->base": (None, places)},
                    labels=tokens)[1].loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    h = torch.randn(3, WIDTH)
    expected = {"h": h}
    for i, (layer, phi) in enumerate(zip(layers, reft.interventions.values())):
        group = ("prefix", "suffix")[i // len(LAYERS)] if sharing == "side" else "shared"
        expected[f"layers.{layer}.{group}"] = phi(h).detach()
    dphi = torch.randn(3, WIDTH)
    slopes = {"dphi": dphi}
    with tempfile.TemporaryDirectory() as saved:
        reft.save(saved)
        shutil.rmtree(HERE / name, ignore_errors=True)
        convert(pathlib.Path(saved), HERE / name, "f1+l2")
    for i, (layer, phi) in enumerate(zip(layers, reft.interventions.values())):
        group = ("prefix", "suffix")[i // len(LAYERS)] if sharing == "side" else "shared"
        for tensor, slope in gradients(phi, h, dphi).items():
            slopes[f"layers.{layer}.{group}.{tensor}"] = slope.contiguous()
    save_file(expected, HERE / name / "expected.safetensors")
    save_file(slopes, HERE / name / "gradients.safetensors")


make("loreft", pyreft.LoreftIntervention, "side")
make("direft", pyreft.NodireftIntervention, "layer")
make("noreft", classes.NoreftIntervention, "layer")
make("consreft", classes.ConsreftIntervention, "layer")
make("lobireft", classes.LobireftIntervention, "layer")
make("orthonormal-direft", classes.DireftIntervention, "layer")
