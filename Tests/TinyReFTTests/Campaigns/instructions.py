"""Does what the chapters tell their readers to do: breaks the code, and shows that the tests turn red.

    python3 Tests/TinyReFTTests/Campaigns/instructions.py            all chapters
    python3 Tests/TinyReFTTests/Campaigns/instructions.py 33 34      these

A chapter says "in `File.swift`, write `NEW` for `OLD`", and prints the tests that turn red. In a copy of the
package each is done in turn, the suites of those tests are run, and every test that the chapter names must
fail. Needs nothing but Swift and Python's standard library. Takes one build of the tests and about 20
seconds a chapter. Exit code 1 if a test stays green.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
INSTRUCTION = re.compile(r"[Ii]n\s+`([\w-]+\.swift)`,\s+write\s+`([^`]+)`\s+for\s+`([^`]+)`")


def instructions():
    """Chapter, file, what to write, for what, and the names of the tests that turn red."""
    for chapter in sorted((ROOT / "docs").glob("*.md")):
        text = chapter.read_text()
        found = list(INSTRUCTION.finditer(text))
        for match, following in zip(found, found[1:] + [None]):
            after = text[match.end():following.start() if following else len(text)].split("\n## ")[0]
            yield chapter.stem, *match.groups(), re.findall(r'✘ Test "([^"]+)"', after)


def suites(folder, tests):
    """The types that hold these tests, to be run alone."""
    names = set()
    for path in (folder / "Tests/TinyReFTTests").rglob("*.swift"):
        source = path.read_text()
        if any(f'"{test}"' in source for test in tests):
            names.update(re.findall(r"^(?:@Suite.*\n)?(?:struct|final class) (\w+)", source, re.M))
    return names


def main():
    wanted = sys.argv[1:]
    failed = 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "package"
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".build*", "runs"))
        for chapter, name, new, old, tests in instructions():
            if wanted and not any(chapter.startswith(w) for w in wanted):
                continue
            if not tests:
                print(f"{chapter}: names no test that turns red", flush=True)
                failed += 1
                continue
            path = next((folder / "Sources/TinyReFT").rglob(name))
            source = path.read_text()
            path.write_text(source.replace(old, new))
            run = subprocess.run(
                ["swift", "test", "--filter", "|".join(f"{s}/" for s in suites(folder, tests))],
                cwd=folder, capture_output=True, text=True)
            path.write_text(source)
            red = set(re.findall(r'✘ Test "([^"]+)"', run.stdout + run.stderr))
            green = [test for test in tests if test not in red]
            print(f"{chapter}: {len(tests) - len(green)} of {len(tests)} turn red"
                  + "".join(f"\n    stays green: {test}" for test in green), flush=True)
            failed += bool(green)
    sys.exit(failed > 0)


main()
