#!/usr/bin/env python3
"""Two nodes and more on one PostgreSQL and one Redis: run.py [--binary PATH] [--only WORD]. That limits are shared and
exact, that what one node ends or changes the others know within a second with and without Redis, that no request fails
because of Redis, and that web nodes and workers do what is theirs, once.
"""
import argparse
import contextlib
import os
import pathlib
import re
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "tools")]
import encrypted  # noqa: E402
import limits  # noqa: E402
import news  # noqa: E402
import roles  # noqa: E402
import local_redis  # noqa: E402
from local_server import BINARY  # noqa: E402
from shop import open_shop  # noqa: E402

NEVER_LOGGED = re.compile(r"hunter2-of-redis|correct-horse|eyJhbGciOi")


def skip(why):
    print(f"nodes skipped: {why}")
    print("0 passed, 0 failed, 1 skipped")
    return 0


def logs(shop_folders):
    for folder in shop_folders:
        with contextlib.suppress(OSError):
            yield (pathlib.Path(folder) / "server.log").read_text()


def run_one(test, postgres_url, binary):
    """None, or what went wrong."""
    with local_redis.local_redis() as redis, open_shop(postgres_url, binary) as shop:
        try:
            test(shop, redis)
            for text in logs(shop.folders):
                if NEVER_LOGGED.search(text):
                    return "a secret is in a log"
        except Exception:
            return traceback.format_exc() + "".join(text[-1500:] for text in logs(shop.folders))
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY)
    parser.add_argument("--only", default="", help="tests with this in their names")
    options = parser.parse_args()
    postgres_url = os.environ.get("CARTWRIGHT_TEST_POSTGRES_URL")
    if not postgres_url:
        return skip("CARTWRIGHT_TEST_POSTGRES_URL is not set (tools/with_postgres.sh sets it)")
    if not local_redis.there():
        return skip("there is no redis-server")
    tests = [test for module in (limits, news, roles, encrypted) for test in module.TESTS if options.only in test.__name__]
    passed, failed = 0, 0
    for test in tests:
        began = time.monotonic()
        problem = run_one(test, postgres_url, options.binary.resolve())
        print(f"{test.__name__}: {'ok' if problem is None else 'FAILED'} ({time.monotonic() - began:.1f} s)")
        if problem is None:
            passed += 1
        else:
            failed += 1
            print(problem)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
