"""Compares `tinyreft trace` with Fixtures/decoders, and prints the largest relative errors.

    python Tests/TinyReFTTests/Fixtures/check_decoders.py .build/release/tinyreft

The tests make the same comparison in memory; here the command's own files are compared. An error is
|ours - PyTorch's| / |PyTorch's|, norms of whole tensors.
"""

import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
from safetensors import safe_open

fixtures = Path(__file__).parent / "decoders"


def read(path):
    with safe_open(path, "np") as file:
        return {name: file.get_tensor(name).astype(np.float64) for name in file.keys()}, file.metadata()


errors = defaultdict(list)
for path in sorted(fixtures.rglob("*.safetensors")):
    theirs, metadata = read(path)
    if "tokens" not in metadata:
        continue
    base = path.parent if (path.parent / "config.json").exists() else path.parent.parent
    adapted = [] if base == path.parent else ["--interventions", path.parent]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "trace.safetensors"
        subprocess.run(
            [sys.argv[1], "trace", "--base", base, *adapted, "--tokens", metadata["tokens"],
             "--prompt-length", metadata["prompt_length"], "--out", out],
            check=True, stdout=subprocess.DEVNULL)
        ours, _ = read(out)
    assert ours.keys() == theirs.keys(), path
    for name, expected in theirs.items():
        size = np.linalg.norm(expected)
        error = np.linalg.norm(ours[name] - expected) / size if size else np.abs(ours[name]).max()
        errors[name.split(".")[0]].append(error)

for kind, values in errors.items():
    print(f"{kind:8} {len(values):4} tensors   largest relative error {max(values):.1e}")
