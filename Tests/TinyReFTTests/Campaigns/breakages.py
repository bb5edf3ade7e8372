"""Breaks every backward pass, term by term, and shows that `swift test` turns red each time.

    python3 Tests/TinyReFTTests/Campaigns/breakages.py            all of them, and writes breakages.md
    python3 Tests/TinyReFTTests/Campaigns/breakages.py LoReFT     only those of LoReFT.swift

breakages.txt says what is broken and how; BreakagesTests.swift, in `swift test`, that the list still
fits the sources. One build for each breakage would take hours, so there is one build with a switch at
every place, `(isBroken(3) ? (broken) : (original))`, in a copy of the package. Then the tests run once
unbroken, and once for each breakage until the first of them turns red: at first the suite that is
named like the source, then all gradient checks, and at last all of `swift test`.

Needs nothing but Swift and Python's standard library. Takes one build of the tests and about two
seconds a breakage: a quarter of an hour on two cores. Exit code 1 if a breakage is not noticed.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import namedtuple
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
LIBRARY = "Sources/TinyReFT"
SWITCH = """import Foundation

private let broken = Int(ProcessInfo.processInfo.environment["BREAKAGE"] ?? "")

func isBroken(_ number: Int) -> Bool { broken == number }
"""

Breakage = namedtuple("Breakage", "id file words context original broken why_not")


def listed():
    """The list, in its order. `context` is where `original` stands, between « and » if it is a part."""
    file, count, breakages = None, 0, []
    for paragraph in (HERE / "breakages.txt").read_text().strip().split("\n\n"):
        lines = paragraph.split("\n")
        if lines[0].startswith("# "):
            file, count = lines[0][2:], 0
            continue
        count += 1
        part = {sign: "\n".join(x[2:] for x in lines[1:] if x[0] == sign) for sign in "-+="}
        original = re.search("«(.*)»", part["-"])
        breakages.append(Breakage(
            f"{Path(file).stem}.{count}", file, lines[0], part["-"],
            original.group(1) if original else part["-"], part["+"], part["="]))
    return breakages


def switched(source, breakages, number):
    """The source with a switch wherever something can be broken."""
    places = {}
    for b in breakages:
        found = b.context.replace("«", "").replace("»", "")
        if source.count(found) != 1:
            sys.exit(f"{b.id}: not found exactly once in {b.file}: {found}")
        start = source.index(found) + max(0, b.context.find("«"))
        places.setdefault((start, start + len(b.original)), []).append(b)
    following = len(source)
    for (start, end), here in sorted(places.items(), reverse=True):
        if end > following:
            sys.exit(f"{here[0].id}: overlaps another breakage; give both the same text to replace")
        cases = "".join(f"isBroken({number[b.id]}) ? ({b.broken}) : " for b in here)
        source = source[:start] + f"({cases}({here[0].original}))" + source[end:]
        following = start
    return source


def test(package, some=None, number=None, limit=None):
    """The first test that turns red, a crash or an endless loop included; None if all are green."""
    # The one reads the table that is about to be written, the other links an object for each source.
    command = ["swift", "test", "--skip-build", "--no-parallel",
               "--skip", "BreakagesTests", "--skip", "LibraryTests"]
    if some:
        command += ["--filter", some]
    environment = os.environ | {"BREAKAGE": str(number), "SWIFT_BACKTRACE": "enable=no"}
    run = subprocess.Popen(
        command, cwd=package, env=environment, start_new_session=True, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def stop(*_):
        os.killpg(run.pid, signal.SIGKILL)
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(limit or 0)
    suite, name = "", ""
    try:
        for line in run.stdout:
            # One after the other, so that the last that was started is the one that runs.
            if started := re.search(r'Suite "?(.+?)(?: \(.*)? started\.', line):
                suite = started.group(1)
            elif started := re.search(r'Test (?!case )"?(.+?)"? started\.', line):
                name = started.group(1)
            elif " recorded an issue " in line:
                os.killpg(run.pid, signal.SIGKILL)
                return f"{suite}: {name}"
        return f"{suite}: {name} (crash)" if run.wait() else None
    except TimeoutError:
        return f"{suite}: {name} (no end)"
    finally:
        signal.alarm(0)
        run.stdout.close()
        run.wait()


def cell(code):
    """Code on one line, as a cell of a table."""
    return "`" + re.sub(r"\s+", " ", code).replace("|", r"\|") + "`"


def row(b, result):
    change = f"{cell(b.original)} | {'dropped' if b.broken == '()' else cell(b.broken)}"
    return f"| {b.id} | {b.words} | {change} | {result} |"


def main(names):
    everything = listed()
    chosen = [b for b in everything if not names or Path(b.file).stem in names]
    if not chosen:
        sys.exit(f"breakages.txt breaks nothing in {', '.join(names)}")
    number = {b.id: k for k, b in enumerate(everything)}
    files = {b.file for b in everything}
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "package"
        shutil.copytree(ROOT, package, ignore=shutil.ignore_patterns(".build*", ".git"))
        sources = {file: (package / LIBRARY / file).read_text() for file in files}
        for file, source in sources.items():
            text = switched(source, [b for b in everything if b.file == file], number)
            (package / LIBRARY / file).write_text(text)
        switch = package / LIBRARY / "Tensor" / "Breakage.swift"
        switch.write_text(SWITCH)
        print(f"Building the tests with {len(everything)} switches.", flush=True)
        subprocess.run(["swift", "build", "--build-tests"], cwd=package, check=True)
        # Some tests read the sources, and are to find them as they were.
        switch.unlink()
        for file, source in sources.items():
            (package / LIBRARY / file).write_text(source)
        start = time.monotonic()
        if red := test(package):
            sys.exit(f"Unbroken, and red all the same: {red}")
        limit = 60 + int(10 * (time.monotonic() - start))

        rows, missed = [], []
        for b in chosen:
            red = None
            for some in rf"\.{Path(b.file).stem}Tests/", "gradients", None:
                red = red or test(package, some, number[b.id], limit)
            if bool(red) == bool(b.why_not):
                missed.append(b.id)
            result = red or ("the same: " + b.why_not if b.why_not else "NOT NOTICED")
            rows.append(row(b, result))
            print(f"{b.id}: {result}", flush=True)
    same = sum(bool(b.why_not) for b in chosen)
    summary = f"{len(rows)} breakages in {len({b.file for b in chosen})} files: " + (
        f"{len(rows) - same - len(missed)} noticed, {same} that change nothing, "
        f"{len(missed)} against expectation.")
    if not names:
        (HERE / "breakages.md").write_text("\n".join([
            "# Breakages", "", "Written by breakages.py from breakages.txt: what was broken, and the",
            "first test that turned red. Crashes and endless loops are red too.", "", summary, "",
            "| id | what is wrong | for | stands | first red test |", "|---|---|---|---|---|", *rows,
            ""]))
    print(summary, *missed)
    sys.exit(bool(missed))


if __name__ == "__main__":
    main(sys.argv[1:])
