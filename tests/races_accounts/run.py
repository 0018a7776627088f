#!/usr/bin/env python3
"""Races over HTTP about accounts, carts, addresses and payments, on both surfaces at once; the books must be right afterwards.

    run.py [--binary PATH] [--engine sqlite|postgres|both] [--only RACE]

Without --engine, PostgreSQL is raced as well where CARTWRIGHT_TEST_POSTGRES_URL is set.
"""
import argparse
import collections.abc
import os
import pathlib
import resource
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import accounts  # noqa: E402
import app  # noqa: E402
import pages  # noqa: E402
from crowd import Wrong  # noqa: E402
from shop import ROOT, Shop  # noqa: E402

FILES_MIN = 4096
# What makes a password cheap to hash is not raced here.
WEAK_HASH = {"CARTWRIGHT_PASSWORD_HASH_KIB": "8", "CARTWRIGHT_PASSWORD_HASH_PASSES": "1"}
PLAIN = WEAK_HASH | {"CARTWRIGHT_REFRESH_GRACE": f"{accounts.GRACE_SECONDS}s"}
COUNTING = WEAK_HASH | {"CARTWRIGHT_RATE_LIMITS": "on", "CARTWRIGHT_ANONYMOUS_PER_MINUTE": "1000"}

Race = tuple[str, collections.abc.Callable[[Shop], None]]


class Run:
    def __init__(self, binary: pathlib.Path, engine: str, only: str) -> None:
        self.binary, self.engine, self.only = binary, engine, only
        self.passed = self.failed = 0

    def told(self, name: str, problem: Exception | None, shop: Shop) -> None:
        self.passed, self.failed = self.passed + (problem is None), self.failed + (problem is not None)
        if problem is not None:
            print(f"{self.engine} {name}: {type(problem).__name__}: {problem}\n{shop.server.log_end(4)}")

    def on_one_server(self, races: list[Race], settings: dict[str, str]) -> None:
        """Runs the races one after the other. Ending the server recomputes the books."""
        races = [(name, race) for name, race in races if self.only in name]
        if not races:
            return
        shop = Shop(self.binary, self.engine, settings)
        try:
            for name, race in races:
                started = time.monotonic()
                try:
                    race(shop)
                    self.told(name, None, shop)
                except Exception as problem:  # noqa: BLE001 - the others are still to be run
                    self.told(name, problem, shop)
                print(f"  {self.engine:8} {name:28} {time.monotonic() - started:5.1f} s")
        finally:
            shop.close()
        self.passed += 1


def listed(*races: collections.abc.Callable[[Shop], None]) -> list[Race]:
    return [(race.__name__, race) for race in races]


def with_a_theft(races: list[Race]) -> list[Race]:
    """The races between a token's exchange and its coming back, which takes as long as the grace."""
    stolen: list[accounts.StolenToken] = []
    return [("stolen_token", lambda shop: stolen.append(accounts.StolenToken(shop))), *races,
            ("stolen_token", lambda shop: stolen.pop().comes_back())]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build" / "release" / "cartwright")
    parser.add_argument("--engine", choices=("sqlite", "postgres", "both"))
    parser.add_argument("--only", default="", help="races whose names hold this")
    given = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(FILES_MIN, hard)), hard))
    engine = given.engine or ("both" if "CARTWRIGHT_TEST_POSTGRES_URL" in os.environ else "sqlite")
    runs = [Run(given.binary.resolve(), one, given.only) for one in (("sqlite", "postgres") if engine == "both" else (engine,))]
    races = pages.Races()
    for run in runs:
        run.on_one_server(with_a_theft(listed(*accounts.RACES, *app.RACES)), PLAIN)
        run.on_one_server(listed(accounts.limits), COUNTING)
        run.on_one_server(listed(*races.all()), WEAK_HASH | races.settings)
    failed = sum(run.failed for run in runs)
    print(f"{sum(run.passed for run in runs)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
