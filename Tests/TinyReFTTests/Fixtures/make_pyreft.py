"""Makes pyreft/: interventions that pyreft trained, as its own `save` and from_pyreft.py left them.

    python Tests/TinyReFTTests/Fixtures/make_pyreft.py

A random Llama of 2 blocks and width 6, 20 steps of AdamW on random tokens, one folder a method:
config.json as pyreft wrote it, reft.json and interventions.safetensors as from_pyreft.py converted
it, and expected.safetensors: some random h, and Φ(h) as pyreft computes it.
"""
import pathlib, shutil, tempfile

import pyreft, torch, transformers
from safetensors.torch import save_file

from from_pyreft import convert

HERE = pathlib.Path(__file__).parent / "pyreft"
WIDTH, RANK, LAYERS = 6, 2, [1, 0]


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
    with tempfile.TemporaryDirectory() as saved:
        reft.save(saved)
        shutil.rmtree(HERE / name, ignore_errors=True)
        convert(pathlib.Path(saved), HERE / name, "f1+l2")
        shutil.copy(f"{saved}/config.json", HERE / name)
    save_file(expected, HERE / name / "expected.safetensors")


make("loreft", pyreft.LoreftIntervention, "side")
make("direft", pyreft.NodireftIntervention, "layer")
