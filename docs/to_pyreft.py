"""Turns interventions that tinyreft trained into a folder that pyreft opens.

    python3 docs/to_pyreft.py RUN OUT

RUN is what `tinyreft train` wrote. Afterwards pyreft.ReftModel.load(OUT, model), with the same base in
transformers as `model`. For DiReFT and NoReFT this file has to be found there (PYTHONPATH=docs), since
pyreft's own classes of them do not load what they saved.
"""
import json, pathlib, sys

import torch
from pyreft import interventions as pyreft
from safetensors.torch import load_file


class DiReFT(pyreft.NodireftIntervention):
    """The same, but that it need not be told `add_bias`, which pyreft does not save (its issue 82)."""

    def __init__(self, **kwargs):
        super().__init__(**{"add_bias": False, **kwargs})


class NoReFT(pyreft.NoreftIntervention):
    """As above."""

    def __init__(self, **kwargs):
        super().__init__(**{"add_bias": False, **kwargs})


CLASSES = {
    "loreft": pyreft.LoreftIntervention,
    "direft": DiReFT,  # not pyreft's DireftIntervention, which keeps R orthonormal
    "noreft": NoReFT,
    "consreft": pyreft.ConsreftIntervention,
    "lobireft": pyreft.LobireftIntervention,
    "orthonormal-direft": pyreft.DireftIntervention,
}


def state(kind, ours, d, r):
    """What pyreft saves of one intervention that has our tensors."""
    phi = kind(embed_dim=d, low_rank_dimension=r, dtype=torch.float32)
    source = {"weight": ours.get("W", ours.get("W1")), "bias": ours["b"]}
    if isinstance(phi.learned_source, torch.nn.Linear):
        phi.learned_source.load_state_dict(source)
    else:
        phi.learned_source.data = ours["b"]
    if "W2" in ours:
        phi.proj_layer.weight.data = ours["W2"]
    if "R" in ours:
        # torch turns a fixed frame, here not at all; R are its first columns, bit for bit.
        phi.rotate_layer.weight = ours["R"].T
        phi.rotate_layer.parametrizations.weight[0].base[:, :r] = ours["R"].T
    saved = phi.state_dict()
    if "rotate_layer" in saved:
        saved["rotate_layer"] = ours["R"].T.contiguous()
    # pyreft loads into numbers of bfloat16, which would round ours: let them be replaced.
    saved._metadata = {name: {"assign_to_params_buffers": True} for name, _ in phi.named_modules()}
    return saved


def convert(run, out):
    """Writes `out`, and returns (layer, group, file) of each intervention, in pyreft's order."""
    if not (run / "reft.json").is_file():
        sys.exit(f"{run} has no reft.json: pyreft has counterparts of ReFT methods only")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        sys.exit(f"{out} is not an empty folder")
    c = json.loads((run / "reft.json").read_text())
    for field, lacks in (("sharing", ["position"]), ("positions", ["every"])):
        if c[field] in lacks:
            sys.exit(f"{run / 'reft.json'}: pyreft has nothing like {field} {c[field]!r}")
    if c["method"] not in CLASSES:
        sys.exit(f"{run / 'reft.json'}: pyreft has no {c['method']!r}: it has {', '.join(CLASSES)}")
    if (run / "classifier.json").exists():
        print("The classifier stays behind: pyreft's folders hold interventions only.")
    tensors = load_file(run / "interventions.safetensors")
    kind, d, r = CLASSES[c["method"]], c["hidden_size"], c["rank"]
    groups = sorted({name.split(".")[2] for name in tensors})  # all prefixes, then all suffixes
    places = [(layer, group) for group in groups for layer in c["layers"]]
    keys = [f"layer_{layer}_comp_block_output_unit_pos_nunit_1#{groups.index(group)}"
            for layer, group in places]
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)  # of a frame, what is not R is drawn
    for (layer, group), key in zip(places, keys):
        path = f"layers.{layer}.{group}."
        ours = {name.removeprefix(path): tensor for name, tensor in tensors.items()
                if name.startswith(path)}
        torch.save(state(kind, ours, d, r), out / f"intkey_{key}.bin")
    module = "to_pyreft" if kind.__module__ == __name__ else kind.__module__
    (out / "config.json").write_text(json.dumps({
        "sorted_keys": keys,
        "intervention_types": [f"<class '{module}.{kind.__name__}'>" for _ in keys],
        "intervention_dimensions": [d for _ in keys],
        "intervention_constant_sources": [True for _ in keys],
        # Layer, component, unit, number of units, rank, and nine fields that ReFT leaves alone.
        "representations": [[layer, "block_output", "pos", 1, r] + 9 * [None] for layer, _ in places],
        "mode": "parallel",
        # pyreft does not store positions: whoever calls it passes them.
        "tinyreft": {"positions": c["positions"], "sharing": c["sharing"]},
    }, indent=2) + "\n")
    return [(layer, group, f"intkey_{key}.bin") for (layer, group), key in zip(places, keys)]


if __name__ == "__main__":
    if len(sys.argv) != 3 or "-h" in sys.argv or "--help" in sys.argv:
        sys.exit(__doc__)
    for layer, group, file in convert(*map(pathlib.Path, sys.argv[1:])):
        print(f"layer {layer}, {group}: {file}")
