"""Shows that the rivals are attached from outside: takes them away, and the rest stands.

    python3 Tests/TinyReFTTests/Campaigns/without_rivals.py

In a copy of the package it deletes both folders called Rivals, chapter 70 with its figure and every
mention of them, and empties the registry. What is left has to build, pass all its tests and train.
No other line of a source is touched.

Needs nothing but Swift, git and Python's standard library; takes some minutes. Exit code 1 when
something does not stand.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
REGISTRY = "Sources/TinyReFT/Files/Methods.swift"
CHAPTER = "70-rivals"


def edit(path, change):
    """The file with its text changed; an edit that finds nothing is an error."""
    text = path.read_text()
    changed = change(text)
    if changed == text:
        sys.exit(f"{path}: nothing to change; let without_rivals.py follow it")
    path.write_text(changed)


def without_lines(pattern):
    return lambda text: "".join(
        line for line in text.splitlines(keepends=True) if not re.search(pattern, line))


def take_away(copy):
    rivals = {path.stem for path in (copy / "Sources/TinyReFT/Rivals").glob("*.swift")}
    for folder in ["Sources/TinyReFT/Rivals", "Tests/TinyReFTTests/Rivals"]:
        shutil.rmtree(copy / folder)
    edit(copy / REGISTRY, lambda text: text.replace("= Rivals.self", "= nil"))
    edit(copy / "Package.swift", lambda text: text.replace(' "Rivals",', ""))

    # The chapter, its figure and the code that draws it; the tables of contents; links, of which the
    # words stay.
    for path in [
        f"docs/{CHAPTER}.md", f"docs/figures/{CHAPTER}.svg",
        "Tests/TinyReFTTests/Figures/RivalsFigure.swift",
    ]:
        (copy / path).unlink()
    edit(copy / "Tests/TinyReFTTests/Figures/Figures.swift", without_lines(re.escape(CHAPTER)))
    for page in [copy / "README.md", *(copy / "docs").glob("*.md")]:
        text = without_lines(rf"^\|.*{CHAPTER}\.md")(page.read_text())
        text = re.sub(rf"\[([^\]]*)\]\((docs/)?{CHAPTER}\.md\)", r"\1", text)
        page.write_text(text.replace("loreft,lora", "loreft,direft"))

    # What is broken on purpose in files that are gone.
    campaigns = copy / "Tests/TinyReFTTests/Campaigns"
    edit(campaigns / "breakages.txt", lambda text: re.sub(
        r"^# Rivals/.*?(?=^# |\Z)", "", text, flags=re.M | re.S))
    edit(campaigns / "breakages.md", without_lines(rf"^\| ({'|'.join(sorted(rivals))})\.\d"))


def run(copy, *words):
    print("$", *words, flush=True)
    result = subprocess.run(
        words, cwd=copy, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        told = [line for line in result.stdout.splitlines() if re.search("✘|error:", line)]
        sys.exit("\n".join(told[:40]) + "\nDoes not stand without the rivals.")
    return result.stdout


def main():
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tinyreft"
        # What git knows, and what is new and not ignored.
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, text=True, check=True)
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, copy / name)
        take_away(copy)
        tests = run(copy, "swift", "test")
        print(re.findall(r"Test run with .*", tests)[-1])
        train = run(copy, "swift", "run", "-c", "release", "tinyreft", "train")
        print(next(line for line in train.splitlines() if line.startswith("after")))
    print("Everything else stands.")


main()
