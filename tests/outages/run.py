#!/usr/bin/env python3
"""What the shop needs and does not have for a while: a payment gateway, room on its disk. Nothing is half done, whoever is
refused is told when to come again, and afterwards all is as if nothing had been. Source: contract sections 7 and 11,
attack 40.

    run.py [--binary PATH] [--only gateway|disk]
"""
import argparse
import pathlib
import sys

import full_disk
import gateway
from local_server import BINARY


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", type=pathlib.Path, default=BINARY)
    arguments.add_argument("--only", choices=["gateway", "disk"])
    given = arguments.parse_args()
    binary = given.binary.resolve()
    passed, problems, skipped = 0, [], 0
    if given.only != "disk":
        passed, problems = gateway.run(binary)
    if given.only != "gateway":
        for run in (full_disk.run_mounted, full_disk.run_limited, full_disk.run_tables):
            well, found, left_out = run(binary)
            passed, problems, skipped = passed + well, problems + found, skipped + left_out
    for problem in problems:
        print(problem)
    print(f"{passed} passed, {len(problems)} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
