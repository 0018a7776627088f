#!/usr/bin/env python3
"""Runs every fuzz target of a build for a while: run_fuzz.py BUILD [--seconds N].

New inputs stay in BUILD/corpus/NAME; the ones worth keeping are added to tests/fuzz/corpus/NAME by hand. A crash's
input is left in BUILD/crashes/.
"""
import argparse
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    crashes = options.build / "crashes"
    crashes.mkdir(exist_ok=True)
    failed = 0
    targets = sorted(ROOT.glob("tests/fuzz/*_fuzz.cpp"))
    for source in targets:
        found = options.build / "corpus" / source.stem
        found.mkdir(parents=True, exist_ok=True)
        kept = ROOT / "tests" / "fuzz" / "corpus" / source.stem.removesuffix("_fuzz")
        folders = [str(found)] + ([str(kept)] if kept.is_dir() else [])
        done = subprocess.run([str(options.build / source.stem), f"-max_total_time={options.seconds}", "-timeout=10",
                               "-rss_limit_mb=2048", "-print_final_stats=1", f"-artifact_prefix={crashes}/", *folders],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        runs = next((line.split()[-1] for line in done.stdout.splitlines() if "number_of_executed_units" in line), "?")
        print(f"{source.stem}: {runs} inputs, {'well' if done.returncode == 0 else 'FAILED'}", flush=True)
        if done.returncode:
            failed += 1
            print(done.stdout[-6000:])
    print(f"fuzz: {len(targets) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
