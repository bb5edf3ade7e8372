"""Held-out accuracy over trained numbers, LoRA's and LoReFT's, of one adapter for a union of tasks.

    swift build -c release
    python3 Tests/TinyReFTTests/Peers/parameters.py [--bases data/base,runs/d128] [--out runs/parameters]

Where the paper's 15 to 65 times fewer numbers come from: its comparison takes methods at the sizes in which
they are used; this one takes every size. The union is mirror, quiz and so, as the paper's COMMONSENSE170K is a
union. Of four learning rates dev chooses one, with seed 1; that one is trained with seeds 2 and 3 too, and
only then are held-out examples looked at. Prints a table for each base and three ratios, and draws
docs/figures/71-parameters.svg. A run that stands in its folder is not made again. Needs nothing but Python's
standard library.
"""

import argparse
import concurrent.futures
import json
import math
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROGRAM = ROOT / ".build/release/tinyreft"
TASKS = ["mirror", "quiz", "so"]
RATES = ["0.001", "0.005", "0.02", "0.1"]
FIVE = "q,k,v,up,down"

# A line of the figure: its name, its colour, and the flags of each of its sizes.
LINES = [
    (f"LoRA on {FIVE}", "#c8600f",
     [["--method", "lora", "--matrices", FIVE, "--rank", str(r)] for r in (1, 2, 4, 8, 16, 32)]),
    ("LoRA on q,v", "#9a5fc0", [["--method", "lora", "--matrices", "q,v", "--rank", str(r)] for r in (1, 4)]),
    ("LoRA on o", "#787882", [["--method", "lora", "--matrices", "o", "--rank", str(r)] for r in (1, 4)]),
] + [
    (f"LoReFT at {name}", color,
     [["--rank", str(r), "--layers", "all", "--dropout", "0", "--positions", positions, "--sharing", sharing]
      for r in (1, 2, 4, 8)])
    for name, color, positions, sharing in [
        ("all", "#2b7cc4", "all", "layer"), ("f3+l3, tied", "#22895a", "f3+l3", "layer"),
        ("f3+l3, by side", "#22895a", "f3+l3", "side")]
]


def union(folder):
    """The tasks as one, a file for each split."""
    folder.mkdir(parents=True, exist_ok=True)
    for split in "train", "dev", "test":
        parts = [(ROOT / f"data/tasks/{task}/{split}.jsonl").read_text() for task in TASKS]
        (folder / f"{split}.jsonl").write_text("".join(parts))
    return folder


def run(base, task, out, flags, rate, seed):
    """The report of a run; made if it is not there. None where the numbers did not stay finite."""
    name = "_".join(f.replace("/", "-") for f in flags if not f.startswith("--"))
    folder = out / base.name / f"{name}_{rate}_{seed}"
    if not (folder / "report.json").exists():
        words = ["train", "--base", base, f"--task={task}", "--out", folder, "--threads", "1",
                 "--learning-rate", rate, "--seed", str(seed), *flags]
        done = subprocess.run([PROGRAM, *words], capture_output=True, text=True)
        if done.returncode == 3:
            return None
        if done.returncode:
            raise SystemExit(done.stderr)
    return json.loads((folder / "report.json").read_text())


def measure(base, task, out, pool):
    """For each line its points: (trained numbers, held-out accuracies of three seeds, rate)."""
    def rank(report):
        return (report["dev_accuracy"], -report["after"]["dev"]["loss"]) if report else (-1, 0)

    settings = [flags for _, _, sizes in LINES for flags in sizes]
    first = {(i, rate): pool.submit(run, base, task, out, flags, rate, 1)
             for i, flags in enumerate(settings) for rate in RATES}
    chosen = [max(RATES, key=lambda rate: rank(first[i, rate].result())) for i in range(len(settings))]
    more = [[pool.submit(run, base, task, out, flags, chosen[i], seed) for seed in (2, 3)]
            for i, flags in enumerate(settings)]
    points = iter([
        (first[i, chosen[i]].result()["trainable_parameters"],
         [report["accuracy"] if report else 0
          for report in [first[i, chosen[i]].result()] + [m.result() for m in more[i]]], chosen[i])
        for i in range(len(settings))])
    return [(name, color, [next(points) for _ in sizes]) for name, color, sizes in LINES]


def mean(values):
    return sum(values) / len(values)


def show(base, lines):
    """The table of a base, and the ratios."""
    print(f"\n{base}: held-out accuracy, mean of three seeds (least to most)\n")
    print("| | trained | accuracy | rate |\n|-|-|-|-|")
    for (name, _, points), (_, _, sizes) in zip(lines, LINES):
        for (count, accuracies, rate), flags in zip(points, sizes):
            size = flags[flags.index("--rank") + 1]
            end = "†" if rate in (RATES[0], RATES[-1]) else ""
            print(f"| {name}, r {size} | {count:,} | {mean(accuracies):.3f} "
                  f"({min(accuracies):.3f} to {max(accuracies):.3f}) | {rate}{end} |")
    lora = [p for name, _, points in lines if name.startswith("LoRA") for p in points]
    reft = [p for name, _, points in lines if name.startswith("LoReFT") for p in points]
    best = max(mean(p[1]) for p in lora + reft)
    need = [min((p[0] for p in points if mean(p[1]) >= best - 0.01), default=None) for points in (lora, reft)]
    usual = [lines[0][2][-1], lines[4][2][-1]]
    print(f"\nas used: LoRA r 32 on five, {usual[0][0]:,} numbers, {mean(usual[0][1]):.3f}; LoReFT r 8 at f3+l3, "
          f"tied, {usual[1][0]:,} numbers, {mean(usual[1][1]):.3f}; {usual[0][0] / usual[1][0]:.1f} times as many")
    print(f"needed for within a point of the best, {best:.3f}: LoRA {need[0]}, LoReFT {need[1]}", flush=True)


def drawing(panels):
    """Accuracy over trained numbers, a panel for each base, as SVG."""
    counts = [p[0] for _, lines in panels for _, _, points in lines for p in points]
    low, high = math.floor(math.log10(min(counts))), math.log10(max(counts)) + 0.1
    floor = 0.75

    def text(x, y, words, color="#787882", anchor="middle", size=11):
        return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}" text-anchor="{anchor}" '
                f'font-family="system-ui, Helvetica, Arial, sans-serif">{words}</text>')

    title = "One adapter for three tasks: held-out accuracy over trained numbers"
    parts = [f"<title>{title}</title>", f"<desc>{DESCRIPTION}</desc>", text(20, 24, title, anchor="start", size=15)]
    for i, (name, color, _) in enumerate(LINES):
        x, y = 20 + 230 * (i % 3), 46 + 18 * (i // 3)
        parts += [f'<circle cx="{x + 4}" cy="{y - 4}" r="3.5" fill="{color}"/>',
                  text(x + 14, y, name + (" (dashed)" if "side" in name else ""), color, "start")]
    for panel, (base, lines) in enumerate(panels):
        left, top, right, bottom = 60 + 380 * panel, 100, 390 + 380 * panel, 320

        def place(count, accuracy):
            return (left + (math.log10(count) - low) / (high - low) * (right - left),
                    bottom - (max(accuracy, floor) - floor) / (1 - floor) * (bottom - top))

        width = json.loads((pathlib.Path(base) / "config.json").read_text())["hidden_size"]
        parts.append(text(left, top - 12, f"a base of width {width}", anchor="start", size=13))
        for step in range(6):
            accuracy = floor + step * (1 - floor) / 5
            y = place(10 ** low, accuracy)[1]
            parts += [f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#808088" '
                      'stroke-opacity="0.25"/>', text(left - 6, y + 4, f"{accuracy:.0%}", anchor="end")]
        for power in range(low, math.floor(high) + 1):
            parts.append(text(place(10 ** power, floor)[0], bottom + 16, f"{10 ** power:,}"))
        parts.append(text((left + right) / 2, bottom + 34, "trained numbers"))
        for name, color, points in lines:
            dash = ' stroke-dasharray="4 4"' if "side" in name else ""
            spots = [(place(count, mean(a)), place(count, min(a)), place(count, max(a))) for count, a, _ in points]
            line = " ".join(f"{x:.1f},{y:.1f}" for (x, y), _, _ in spots)
            parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"{dash}/>')
            for (x, y), (_, least), (_, most) in spots:
                parts += [f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{least:.1f}" y2="{most:.1f}" stroke="{color}"/>',
                          f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>']
    body = "".join(f"  {part}\n" for part in parts)
    width = 60 + 380 * len(panels)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="370" viewBox="0 0 {width} 370" '
            f'role="img">\n{body}</svg>\n')


DESCRIPTION = "Two panels: LoRA on q,v and on five matrices lies above LoReFT at every number of trained numbers"

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--bases", default="data/base", help="folders, with commas")
parser.add_argument("--out", default="runs/parameters", type=pathlib.Path)
parser.add_argument("--svg", help="where the figure is drawn")
a = parser.parse_args()
task = union(a.out / "mirror-quiz-so")
with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
    panels = []
    for folder in a.bases.split(","):
        lines = measure(pathlib.Path(folder), task, a.out, pool)
        show(folder, lines)
        panels.append((folder, lines))
if a.svg:
    pathlib.Path(a.svg).write_text(drawing(panels))
