#!/usr/bin/env python3
"""Runs the contract files against the real server; README.md beside this file says how they are written.

    run.py [--engine sqlite|postgres|both] [--binary PATH] [FILE...]
"""
import argparse
import concurrent.futures
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import http_file  # noqa: E402
import server  # noqa: E402
import session  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent
BINARY = ROOT.parent.parent / "build" / "release" / "cartwright"
# Files of one server run side by side: they share nothing but the admin.
FILES_AT_ONCE = 4


def settings_of(path: pathlib.Path) -> tuple[str, dict[str, str]]:
    """Which server a file runs on: the shared one (""), or one of its own with the settings of its @server line."""
    for item in http_file.read(path):
        if isinstance(item, http_file.Directive) and item.word == "server":
            return str(path), dict(pair.split("=", 1) for pair in item.rest.split() if "=" in pair)
    return "", {}


def run_group(binary: pathlib.Path, engine: str, settings: dict[str, str], files: list[pathlib.Path]) -> tuple[int, list[str]]:
    running = server.Server(binary, engine, settings)
    passed, failures = 0, []
    try:
        running.start()
        with concurrent.futures.ThreadPoolExecutor(FILES_AT_ONCE) as pool:
            for count, failed in pool.map(lambda path: session.Session(path, running).run(), files):
                passed += count
                failures += failed
    except server.Broken as error:
        failures.append(f"[{engine}] {error}")
    try:
        running.stop()
        passed += 1
    except server.Broken as error:
        failures.append(f"[{engine}] after {', '.join(path.name for path in files)}: {error}")
    return passed, failures


def run_engine(binary: pathlib.Path, engine: str, files: list[pathlib.Path]) -> tuple[int, list[str]]:
    groups: dict[str, tuple[dict[str, str], list[pathlib.Path]]] = {}
    for path in files:
        name, settings = settings_of(path)
        groups.setdefault(name, (settings, []))[1].append(path)
    passed, failures = 0, []
    for settings, members in groups.values():
        count, failed = run_group(binary, engine, settings, members)
        passed += count
        failures += failed
    return passed, failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=["sqlite", "postgres", "both"], default="sqlite")
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    files = options.files or sorted(ROOT.rglob("*.http"))
    engines = ["sqlite", "postgres"] if options.engine == "both" else [options.engine]
    if "postgres" in engines and "CARTWRIGHT_TEST_POSTGRES_URL" not in os.environ:
        parser.error("PostgreSQL's run needs CARTWRIGHT_TEST_POSTGRES_URL; tools/with_postgres.sh sets it")

    passed, failures = 0, []
    try:
        for engine in engines:
            count, failed = run_engine(options.binary.resolve(), engine, files)
            passed += count
            failures += failed
    except http_file.Malformed as error:
        failures.append(str(error))
    for failure in filter(None, failures):
        print(failure, end="\n\n")
    if follows := failures.count(session.FOLLOWS):
        print(f"{follows} steps more failed, for they need what failed above.")
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
