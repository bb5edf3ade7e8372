"""Tables of `tinyreft bench`, one call a line: how cost grows, and what edits cost a reader.

    python3 Tests/TinyReFTTests/Peers/studies.py growth [--svg FILE]     sequence, width and batch
    python3 Tests/TinyReFTTests/Peers/studies.py generation              the three shapes
    python3 Tests/TinyReFTTests/Peers/studies.py overhead                rank, layers and positions

Needs a release build and Python's standard library.
"""
import argparse
import json
import pathlib
import subprocess
import sys

from shapes import SHAPES

TINYREFT = pathlib.Path(__file__).resolve().parents[3] / ".build/release/tinyreft"


def bench(**flags):
    """What `tinyreft bench` measures with these flags."""
    words = [f"--{name.replace('_', '-')}" + ("" if value is True else f"={value}")
             for name, value in flags.items()]
    run = subprocess.run([TINYREFT, "bench", "--json", *words], capture_output=True, text=True)
    if run.returncode:
        sys.exit(run.stderr.splitlines()[0])
    return json.loads(run.stdout)


def generation(**flags):
    """What a prompt and a token cost, on one thread."""
    words = {k: v for k, v in flags.items() if k not in ("batch", "steps")}
    return bench(**words, threads=1, generation=True)


def digits(x):
    """Three of them."""
    return f"{x:,.{max(0, 2 - len(str(int(x))) + 1) if x >= 1 else 3}f}"


def show_growth(svg):
    start = dict(hidden=128, ffn=384, sequence=64, batch=32)
    lines = {
        "sequence": [dict(start, sequence=n) for n in (32, 64, 128, 256, 512)],
        "width": [dict(start, hidden=n, ffn=3 * n) for n in (64, 128, 256, 512)],
        "batch": [dict(start, batch=n) for n in (1, 2, 4, 8, 16, 32, 64)],
    }
    print("            size   ms per step   GFLOP per step   GFLOP/s")
    points = {}
    for name, line in lines.items():
        for shape in line:
            r = bench(**shape, steps=7)
            points.setdefault(name, []).append((r["gflop"], r["milliseconds_per_step"]))
            size = shape["hidden" if name == "width" else name]
            print(f"{name:8}{size:8}{digits(r['milliseconds_per_step']):>14}{digits(r['gflop']):>17}"
                  f"{digits(r['gflops']):>10}", flush=True)
    if svg:
        pathlib.Path(svg).write_text(drawing(points))


def drawing(points):
    """Three lines over two axes, as SVG."""
    left, top, right, bottom = 64, 56, 500, 276
    (most_x, step_x), (most_y, step_y) = (
        ticks(max(p[axis] for line in points.values() for p in line)) for axis in (0, 1))

    def place(x, y):
        return f"{left + x / most_x * (right - left):.1f},{bottom - y / most_y * (bottom - top):.1f}"

    def text(x, y, words, color="#787882", anchor="middle", size=12):
        return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}" text-anchor="{anchor}" '
                f'font-family="system-ui, Helvetica, Arial, sans-serif">{words}</text>')

    parts = [
        "<title>Time of a step over its work</title>",
        "<desc>Milliseconds of a step over its operations, for growing sequence, width and batch</desc>",
        text(left, 22, "Time of a step over its work", "#787882", "start", 15),
        text(left, top - 12, "milliseconds", anchor="start"),
        text((left + right) / 2, bottom + 38, "10⁹ operations in a step"),
    ]
    for y in range(0, most_y + 1, step_y):
        at = float(place(0, y).split(",")[1])
        parts += [f'<polyline points="{place(0, y)} {place(most_x, y)}" fill="none" stroke="#808088" stroke-opacity="0.25"/>',
                  text(left - 8, at + 4, y, anchor="end")]
    for x in range(0, most_x + 1, step_x):
        parts.append(text(float(place(x, 0).split(",")[0]), bottom + 18, x))
    for i, (name, color) in enumerate(zip(points, ("#2b7cc4", "#c8600f", "#22895a"))):
        line = " ".join(place(*p) for p in points[name])
        dots = (place(*p).split(",") for p in points[name])
        parts += [f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>',
                  *(f'<circle cx="{x}" cy="{y}" r="3" fill="{color}"/>' for x, y in dots),
                  text(right + 12, top + 12 + 20 * i, name, color, "start", 13)]
    body = "".join(f"  {part}\n" for part in parts)
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="640" height="320" viewBox="0 0 640 320" '
            f'role="img">\n{body}</svg>\n')


def ticks(most):
    """A round number above `most`, and a round step to it."""
    step = next(s * 10 ** p for p in range(9) for s in (1, 2, 5) if s * 10 ** p * 6 >= most)
    return (int(most // step) + 1) * step, step


def show_generation():
    print("              ms for the prompt      ms for a token after it")
    print("width  prompt    base    adapted         base    adapted")
    for shape in SHAPES.values():
        r = generation(**shape)
        print(f"{shape['hidden']:5}{shape['sequence'] // 2:8}{digits(r['base_prompt_ms']):>8}"
              f"{digits(r['adapted_prompt_ms']):>11}{digits(r['base_token_ms']):>13}"
              f"{digits(r['adapted_token_ms']):>11}", flush=True)


def show_overhead():
    lines = [(1, 1, rank) for rank in (1, 4, 8, 16, 32)]
    lines += [(layers, 1, 8) for layers in (2, 4, 6, 8, 10)]
    lines += [(1, positions, 8) for positions in (2, 4, 6, 8, 10)]
    print("                          ms for the prompt    ms for a token after it")
    print("layers  positions  rank    base      edits        base    adapted")
    for layers, positions, rank in lines:
        edited = range(layers) if layers > 1 else [5]
        r = generation(
            hidden=256, layers=10, ffn=768, sequence=48, rank=rank, positions=f"l{positions}",
            intervened_layers=",".join(map(str, edited)))
        edits = max(0, r["adapted_prompt_ms"] - r["base_prompt_ms"])
        print(f"{layers:6}{positions:11}{rank:6}{digits(r['base_prompt_ms']):>8}{'+' + digits(edits):>11}"
              f"{digits(r['base_token_ms']):>12}{digits(r['adapted_token_ms']):>11}", flush=True)


parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("study", choices=["growth", "generation", "overhead"])
parser.add_argument("--svg", help="where growth draws its figure")
a = parser.parse_args()
if not TINYREFT.exists():
    sys.exit(f"There is no {TINYREFT}. To build it: swift build -c release")
{"growth": lambda: show_growth(a.svg), "generation": show_generation, "overhead": show_overhead}[a.study]()
