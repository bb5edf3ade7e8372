"""Three small things that the paper has, on the toy world: a codebook, few examples, and length.

    swift build -c release
    python3 Tests/TinyReFTTests/Peers/small.py codebook|few|length [--out runs/small]

codebook (appendix F.2): N prompts `ID0`, `ID1`, … to one letter each, learned by heart by one edit of the last
    prompt token after block 1, or by LoRA there; the best of three learning rates.
few (appendix G.2, table 3): held-out accuracy after 5, 10, 40 and 384 examples, in about 144 steps.
length (section 4.3): accuracy on `mirror` by the length of the word, for edits of more and more places.

A run that stands in its folder is not made again. Needs nothing but Python's standard library.
"""

import argparse
import concurrent.futures
import json
import math
import pathlib
import random
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROGRAM = ROOT / ".build/release/tinyreft"


def train(name, task, *flags):
    """The report of a run, and its folder; None where the numbers did not stay finite."""
    folder = a.out / name
    if not (folder / "report.json").exists():
        done = subprocess.run([PROGRAM, "train", f"--task={task}", "--out", folder, "--threads", "1", *flags],
                              capture_output=True, text=True)
        if done.returncode == 3:
            return None
        if done.returncode:
            raise SystemExit(done.stderr)
    return json.loads((folder / "report.json").read_text())


def task(name, splits):
    folder = a.out / name
    folder.mkdir(parents=True, exist_ok=True)
    for split, lines in splits.items():
        (folder / f"{split}.jsonl").write_text("".join(lines))
    return folder


def mean(values):
    return sum(values) / len(values)


def codebook(pool):
    letters = "abcdefghijklmnopqrstuvwxyz"
    place = ["--layers", "1"]
    methods = {
        "ConsReFT": ["--method", "consreft", "--rank", "1", "--positions", "l1", "--dropout", "0", *place],
        "LoReFT": ["--method", "loreft", "--rank", "1", "--positions", "l1", "--dropout", "0", *place],
        "LoRA on o": ["--method", "lora", "--rank", "1", "--matrices", "o", *place],
    }
    print("| N | method | trained | right | bits per trained number |\n|-|-|-|-|-|")
    for n in (8, 16, 32, 64, 128):
        choice = random.Random(1)
        lines = [json.dumps({"prompt": f"ID{i} -> ", "completion": choice.choice(letters)}) + "\n" for i in range(n)]
        folder = task(f"codebook-{n}", {split: lines for split in ("train", "dev", "test")})
        for name, flags in methods.items():
            runs = [pool.submit(train, f"codebook-{n}-{name.replace(' ', '-')}-{rate}", folder, *flags,
                                "--epochs", "1000", "--learning-rate", rate) for rate in ("0.01", "0.03", "0.1")]
            best = max((r.result() for r in runs if r.result()), key=lambda r: r["accuracy"])
            right, count = round(best["accuracy"] * n), best["trainable_parameters"]
            print(f"| {n} | {name} | {count} | {right} | {right * math.log2(26) / count:.2f} |", flush=True)


def few(pool):
    print("| task | method | " + " | ".join(f"{n} examples" for n in (5, 10, 40, 384)) + " |\n|-|-|-|-|-|-|")
    for name in ("loud", "so", "mirror"):
        files = {split: (ROOT / f"data/tasks/{name}/{split}.jsonl").read_text().splitlines(keepends=True)
                 for split in ("train", "dev", "test")}
        for method, flags in {"LoReFT": [], "LoRA": ["--method", "lora", "--rank", "1"]}.items():
            cells = []
            for n in (5, 10, 40, 384):
                folder = task(f"few-{name}-{n}", files | {"train": files["train"][:n]})
                recipe = flags or ["--rank", "1", "--layers", "all", "--dropout", "0", "--positions",
                                   "all" if name == "mirror" else "f3+l3"]
                runs = [pool.submit(train, f"few-{name}-{method}-{n}-{seed}", folder, *recipe, "--seed", str(seed),
                                    "--epochs", str(max(12, 144 // math.ceil(n / 32))), "--learning-rate", "0.01")
                        for seed in (1, 2, 3)]
                cells.append(f"{mean([r.result()['accuracy'] for r in runs]):.3f}")
            print(f"| `{name}` | {method} | " + " | ".join(cells) + " |", flush=True)


def length(pool):
    groups = [(3, 4), (5, 5), (6, 6)]
    print("| edits | 3 or 4 letters | 5 | 6 |\n|-|-|-|-|")
    reft = ["--rank", "4", "--layers", "all", "--dropout", "0"]
    for name, flags in {
        **{f"LoReFT, `{p}`": [*reft, "--positions", p] for p in ("l1", "f1+l1", "f3+l3", "all", "every")},
        "LoRA on q,v": ["--method", "lora", "--rank", "4"],
    }.items():
        answers = []
        for seed in (1, 2, 3):
            stem = "".join(c for c in name if c.isalnum())
            train(f"length-{stem}-{seed}", "mirror", *flags, "--learning-rate", "0.02", "--seed", str(seed))
            file = a.out / f"length-{stem}-{seed}.jsonl"
            file.unlink(missing_ok=True)
            subprocess.run([PROGRAM, "eval", "--task", "mirror", "--interventions", a.out / f"length-{stem}-{seed}",
                            "--predictions", file], check=True, capture_output=True)
            answers += [json.loads(line) for line in file.read_text().splitlines()]
        shares = [mean([x["right"] for x in answers if low <= len(x["wanted"]) <= high]) for low, high in groups]
        print(f"| {name} | " + " | ".join(f"{s:.3f}" for s in shares) + " |", flush=True)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("study", choices=["codebook", "few", "length"])
parser.add_argument("--out", default="runs/small", type=pathlib.Path)
a = parser.parse_args()
with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
    {"codebook": codebook, "few": few, "length": length}[a.study](pool)
