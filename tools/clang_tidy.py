#!/usr/bin/env python3
"""Runs clang-tidy over the sources of build/clang, side by side.

    clang_tidy.py [--clang-tidy PROGRAM] [-j N] [PATH...]

PATHs are prefixes ("src/features"); without any, the whole tree but the tests beside it. What passed is not looked
at again until it, a header of ours that it includes or the checks change: the answers are kept in build/clang-tidy.
"""
import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "clang"
KEPT = ROOT / "build" / "clang-tidy"
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


@functools.cache
def includes(path: pathlib.Path) -> tuple[pathlib.Path, ...]:
    """Our own headers that the file names."""
    named = (ROOT / "src" / name for name in INCLUDE.findall(path.read_text()))
    return tuple(header for header in named if header.exists())


def digest(path: pathlib.Path, arguments: str) -> str:
    """Of everything of ours that may change what the file means; where the checkout lies does not."""
    reached, waiting = set(), [path]
    while waiting:
        file = waiting.pop()
        if file not in reached:
            reached.add(file)
            waiting += includes(file)
    sha = hashlib.sha256((ROOT / ".clang-tidy").read_bytes() + arguments.replace(str(ROOT), "").encode())
    for file in sorted(reached):
        sha.update(file.read_bytes())
    return sha.hexdigest()


def look(program: str, entry: dict) -> tuple[str, int, str]:
    key = digest(pathlib.Path(entry["file"]), entry.get("command") or shlex.join(entry["arguments"]))
    if (KEPT / key).exists():
        return entry["file"], 0, ""
    done = subprocess.run([program, "--quiet", "-p", str(BUILD), entry["file"]], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        (KEPT / key).touch()
    return entry["file"], done.returncode, done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clang-tidy", default="clang-tidy-19")
    parser.add_argument("-j", type=int, default=os.cpu_count())
    parser.add_argument("paths", nargs="*", default=["src"])
    options = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)

    wanted = []
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
        if any(name.startswith(p) for p in options.paths) and not name.endswith("_test.cpp"):
            wanted.append(entry)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
        for file, code, output in pool.map(lambda entry: look(options.clang_tidy, entry), wanted):
            if code:
                failed += 1
                print(f"--- {pathlib.Path(file).relative_to(ROOT)}\n{output}", flush=True)
    print(f"clang-tidy: {len(wanted) - failed} passed, {failed} failed")
    return 1 if failed or not wanted else 0


if __name__ == "__main__":
    sys.exit(main())
