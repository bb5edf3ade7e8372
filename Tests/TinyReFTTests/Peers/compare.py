"""Runs TinyReFT, PyTorch with hooks, and pyreft in turn, and prints how much faster TinyReFT is.

    python3 Tests/TinyReFTTests/Peers/compare.py [--rounds 5] [--threads 2] [--shapes 64,128,288]
    python3 Tests/TinyReFTTests/Peers/compare.py --products

Each measurement is a process of its own, and they alternate, so that a slow minute is everyone's.
Figures are medians over the rounds. The weights are random and TinyReFT's are others, so its loss
is not compared; the two peers draw the same weights, and must agree.
"""
import argparse
import json
import pathlib
import subprocess
import sys
from importlib import metadata
from statistics import median

from shapes import GOALS, SHAPES

HERE = pathlib.Path(__file__).resolve().parent
NAMES = "TinyReFT", "PyTorch", "pyreft"


def run(command, remedy):
    """The object that a command prints last; when the command fails, one line that says why."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        sys.exit(f"Error: {command[0]}: {error.strerror}. {remedy}")
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["no message"]
        why = next((line for line in said if line.startswith("Error")), said[-1])
        sys.exit(f"{' '.join(command[:2])} failed: {why} {remedy}")
    return json.loads(done.stdout.splitlines()[-1])


def tinyreft(a, *flags):
    """What `tinyreft bench` measured."""
    return run([a.tinyreft, "bench", "--json", *flags], "To build it: swift build -c release")


def peer(script, *flags):
    """What a script beside this one measured."""
    return run([sys.executable, str(HERE / script), *flags], f"What it needs: {HERE}/README.md")


def table(*rows):
    """Prints rows of text, their columns as wide as they must be."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths)))


def medians(kept, key):
    """Over the rounds, of each of the three; TinyReFT has no libraries to load."""
    return [median(one.get(key, 0) for one in each) for each in zip(*kept)]


def compare_steps(a):
    """Training steps: one line for each shape, then whatever makes the figures doubtful."""
    results = {shape: [] for shape in a.shapes}
    for r in range(a.rounds):
        for shape, kept in results.items():
            flags = [f"--{k}={v}" for k, v in SHAPES[shape].items()] + [f"--threads={a.threads}"]
            ours = tinyreft(a, *flags)
            torch, pyreft = (peer(f"{name}_step.py", *flags) for name in ("torch", "pyreft"))
            if abs(torch["loss"] - pyreft["loss"]) > 1e-4:
                sys.exit(f"Error: the peers' losses differ at {shape}: not the same work")
            kept.append((ours, torch, pyreft))
            times = [f"{one['milliseconds_per_step']:.1f}" for one in kept[-1]]
            print(f"round {r + 1}, shape {shape}: {' / '.join(times)} ms", file=sys.stderr)
    rows, doubts = [], []
    for shape, kept in results.items():
        goal = GOALS[shape]
        ms, mb = medians(kept, "milliseconds_per_step"), medians(kept, "peak_memory_mb")
        share = median(ours["gflops"] / ours["matmul_gflops"] for ours, _, _ in kept)
        rows.append([
            str(shape), *(f"{x:.1f}" for x in ms), f"{min(ms[1:]) / ms[0]:.2f}", str(goal["floor"]),
            str(goal["aim"]), f"{share:.0%}", f"{goal['share']:.0%}", *(f"{x:.0f}" for x in mb),
            f"{mb[1] / mb[0]:.1f}", str(goal["memory"])])
        for name, each in zip(NAMES, zip(*kept)):
            times = [one["milliseconds_per_step"] for one in each]
            low, high = min(times), max(times)
            if high > 1.5 * low:
                doubts.append(f"Not steady at {shape}: {name} took {low:.1f} to {high:.1f} ms.")
    table(["shape", *(f"{name} ms" for name in NAMES), "faster", "floor", "aim", "of mm", "floor",
           *(f"{name} MB" for name in NAMES), "less", "floor"], *rows)
    _, torch, pyreft = medians(kept, "libraries_mb")
    print(f"Of the peers' memory, {torch:.0f} and {pyreft:.0f} MB are libraries.")
    print(*doubts, sep="\n", end="\n" if doubts else "")


def compare_products(a):
    """Matrix products on one thread: one line for each size."""
    ours, theirs = [], []
    tiny = "--threads=1 --steps=1 --batch=1 --layers=1 --hidden=8 --ffn=8 --sequence=4".split()
    for r in range(a.rounds):
        theirs.append(peer("products.py")["products"])
        sizes = [f"{one['rows']},{one['inner']},{one['columns']}" for one in theirs[-1]]
        ours.append([tinyreft(a, f"--product={size}", *tiny)["matmul_gflops"] for size in sizes])
        print(f"round {r + 1}", file=sys.stderr)
    rows = []
    for i, product in enumerate(theirs[0]):
        mine, peers = median(one[i] for one in ours), median(one[i]["gflops"] for one in theirs)
        size = " × ".join(str(product[key]) for key in ("rows", "inner", "columns"))
        rows.append([product["name"], size, f"{mine:.1f}", f"{peers:.1f}", f"{mine / peers:.2f}",
                     "0.9" if i else "1.0"])
    table(["product", "rows × inner × columns", "TinyReFT", "torch.mm", "ratio", "floor"], *rows)


parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--shapes", default=",".join(map(str, SHAPES)))
parser.add_argument("--tinyreft", default=str(HERE.parents[2] / ".build/release/tinyreft"))
parser.add_argument("--products", action="store_true", help="matrix products, not steps")
a = parser.parse_args()
if a.rounds < 1 or not set(a.shapes.split(",")) <= set(map(str, SHAPES)):
    parser.error(f"--rounds is at least 1, and --shapes are of {', '.join(map(str, SHAPES))}")
a.shapes = [int(s) for s in a.shapes.split(",")]
try:
    print(", ".join(f"{p} {metadata.version(p)}" for p in ("torch", "transformers", "pyreft")))
except metadata.PackageNotFoundError as missing:
    sys.exit(f"Error: no {missing.name} for {sys.executable}; how to get it: {HERE}/README.md")
(compare_products if a.products else compare_steps)(a)
