#!/usr/bin/env python3
"""Races over HTTP: sixty-four clients at once for what only some of them can have. After each race the books are right
(`cartwright verify`). Source: contract section 11, attacks 1 to 26.

    run.py [--engine sqlite|postgres|both] [--binary PATH] [--only NAME] [--rounds N] [--seed N]

PostgreSQL is the one that CARTWRIGHT_TEST_POSTGRES_URL names (tools/with_postgres.sh sets it).
"""
import argparse
import os
import pathlib
import random
import sys
import time

from shop import BINARY, Wrong, open_shop  # noqa: I001  (it finds tools/)

import expiry_races
import payment_races
import races


def of(*modules):
    return {name.removeprefix("race_"): race for module in modules for name, race in vars(module).items()
            if name.startswith("race_")}


# By the settings of the shop that they are run in.
GROUPS = [({}, of(races, payment_races)), (expiry_races.SETTINGS, of(expiry_races))]


def run(engine, settings, wanted, given, seed):
    """Races on one engine. Gives how many held, and what did not."""
    passed, problems = 0, []
    url = os.environ["CARTWRIGHT_TEST_POSTGRES_URL"] if engine == "postgres" else None
    with open_shop(given.binary, url, settings) as shop:
        for turn in range(given.rounds):
            pick = random.Random(seed + turn)
            for name, race in wanted.items():
                began = time.monotonic()
                try:
                    race(shop, pick)
                    found = shop.server.command("verify", check=False)
                    if found.returncode:
                        raise Wrong(f"cartwright verify: {found.stdout.strip()}")
                    passed += 1
                except Wrong as wrong:
                    problems.append(f"{engine}: {name} (seed {seed + turn}): {wrong}")
                if given.verbose:
                    print(f"{engine} {name} {time.monotonic() - began:.2f} s", flush=True)
        log = (shop.server.folder / "server.log").read_text()
    return passed, problems, [line for line in log.splitlines() if "error" in line][:20]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--engine", choices=["sqlite", "postgres", "both"], default="sqlite")
    arguments.add_argument("--binary", type=pathlib.Path, default=BINARY)
    arguments.add_argument("--only", default="", help="races whose names hold this")
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments.add_argument("--verbose", action="store_true")
    given = arguments.parse_args()
    print(f"seed {given.seed}")
    passed, failed = 0, 0
    for engine in ["sqlite", "postgres"] if given.engine == "both" else [given.engine]:
        for settings, group in GROUPS:
            wanted = {name: race for name, race in group.items() if given.only in name}
            if not wanted:
                continue
            held, problems, log = run(engine, settings, wanted, given, given.seed)
            passed, failed = passed + held, failed + len(problems)
            for line in problems + (log if problems else []):
                print(line)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
