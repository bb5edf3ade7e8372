"""Turns a folder that pyreft saved (`reft_model.save`) into one that tinyreft reads.

    python3 docs/from_pyreft.py SAVED OUT [--positions f1+l1]

pyreft's files are pickles, which TinyReFT does not read: a pickle is a program. This script has
torch.load read them (`weights_only=True`), and writes reft.json and interventions.safetensors. pyreft
does not store positions; a folder that came from to_pyreft.py has them in its config.json, for any
other they are given here.

What pyreft's files do not say cannot be checked: an act_fn other than the default would be lost.
"""
import argparse, json, pathlib, re, sys

import torch
from torch.nn.utils.parametrizations import orthogonal
from safetensors.torch import save_file

FREE = {"W1": "learned_source.weight", "b": "learned_source.bias", "W2": "proj_layer.weight"}
CONSTANT = {"b": "learned_source", "R": "rotate_layer"}
# Our method, and pyreft's names of its tensors.
CLASSES = {
    "LoreftIntervention": ("loreft", {"W": "weight", "b": "bias", "R": "rotate_layer"}),
    "NodireftIntervention": ("direft", FREE),
    "DiReFT": ("direft", FREE),
    "NoreftIntervention": ("noreft", FREE),
    "NoReFT": ("noreft", FREE),
    "ConsreftIntervention": ("consreft", CONSTANT),
    "LobireftIntervention": ("lobireft", CONSTANT),
    "DireftIntervention": ("orthonormal-direft", {
        "W": "learned_source.weight", "b": "learned_source.bias", "R": "rotate_layer"}),
}


def layer_of(representation):
    """pyreft writes a place as (8, "block_output") or as "model.layers[8].output"."""
    layer, component, unit = representation[:3]
    if match := re.fullmatch(r"model\.layers\[(\d+)\]\.output", component):
        return int(match[1])
    if (component, unit) != ("block_output", "pos"):
        sys.exit(f"{component}, {unit}: only the output of blocks, by position, has a counterpart")
    return layer


def read(folder, key, names):
    """The tensors of one intervention by our names; R is checked, for pyreft does not."""
    stored = torch.load(folder / f"intkey_{key}.bin", map_location="cpu", weights_only=True)
    path = "rotate_layer.parametrizations.weight."
    if path + "original" in stored:
        # As torch's parametrization left it; what it makes of that is Rᵀ.
        d, r = stored[path + "original"].shape
        rotation = orthogonal(torch.nn.Linear(r, d, bias=False))
        rotation.load_state_dict({name.removeprefix("rotate_layer."): tensor
                                  for name, tensor in stored.items() if name.startswith(path)})
        stored["rotate_layer"] = rotation.weight.detach()
    if missing := [name for name in names.values() if name not in stored]:
        sys.exit(f"{key} lacks {', '.join(missing)}")
    if "proj_layer.bias" in stored:
        sys.exit(f"{key} has a proj_layer.bias, which we have not: train with add_bias=False")
    ours = {name: stored[theirs] for name, theirs in names.items()}
    if "R" in ours:
        ours["R"] = ours["R"].T
        R = ours["R"].double()
        departure = (R @ R.T - torch.eye(len(R))).abs().max().item()
        if departure > 1e-4:
            sys.exit(
                f"{key}: the rows of R are {departure:.2g} away from orthonormal; train again, "
                "without weight decay and as the chapter \"Outgrowing this repository\" says")
    return {name: tensor.contiguous() for name, tensor in ours.items()}


def convert(folder, out, positions=None):
    if not (folder / "config.json").is_file() or out.exists():
        sys.exit(f"{folder} must be a folder that pyreft saved, and {out} must not be there yet")
    config = json.loads((folder / "config.json").read_text())
    types = {re.sub(r".*\.|'>", "", t) for t in config["intervention_types"]}
    if len(types) != 1 or (kind := types.pop()) not in CLASSES:
        sys.exit(f"interventions must be all of one class: {' or '.join(CLASSES)}")
    method, names = CLASSES[kind]
    ours = config.get("tinyreft", {})
    positions = positions or ours.get("positions")
    if not positions:
        sys.exit("pyreft does not store positions: give them, such as --positions f1+l1")
    layers = [layer_of(r) for r in config["representations"]]
    distinct = list(dict.fromkeys(layers))
    sharing = ours.get("sharing", "side" if len(layers) > len(distinct) else "layer")
    sides = [s for s, letter in (("prefix", "f"), ("suffix", "l")) if letter in positions]
    groups = ["shared"] if sharing == "layer" else sides if positions != "all" else ["prefix"]
    if layers != distinct * len(groups):
        sys.exit(f"the layers {layers} are not those of {positions}, shared by {sharing}")
    tensors = {}
    for i, (layer, key) in enumerate(zip(layers, config["sorted_keys"])):
        for name, tensor in read(folder, key, names).items():
            tensors[f"layers.{layer}.{groups[i // len(distinct)]}.{name}"] = tensor
    out.mkdir(parents=True)
    save_file(tensors, out / "interventions.safetensors", {"format": "pt"})
    reft = {
        "format_version": 1, "method": method, "rank": config["representations"][0][4],
        "layers": distinct, "positions": positions, "sharing": sharing,
        "hidden_size": config["intervention_dimensions"][0],
    }
    (out / "reft.json").write_text(json.dumps(reft, indent=2) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("saved", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--positions", help="fP+lS, fP, lS or all")
    arguments = parser.parse_args()
    convert(arguments.saved, arguments.out, arguments.positions)
