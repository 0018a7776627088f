#!/usr/bin/env python3
"""Old and new binaries over one schema, on SQLite and, where CARTWRIGHT_TEST_POSTGRES_URL is set, on PostgreSQL: a node
starts, sells and is restarted on a schema that is newer than it and says that it serves it, and refuses one that does
not (docs/adr/0028).

    run.py [--binary PATH] [--previous PATH]

The older binary is this one, and the newer one's step is made up; with --previous it is a release's, on the schema that
this one makes, beside a node of this one.
"""
import argparse
import contextlib
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "postgres"), str(ROOT / "tools")]
from buyers import Buyers, expect  # noqa: E402
from local_server import BINARY, Server, fresh_postgres  # noqa: E402

SETTINGS = {"CARTWRIGHT_PASSWORD_HASH_KIB": "8", "CARTWRIGHT_PASSWORD_HASH_PASSES": "1",
            "CARTWRIGHT_SECRET_KEY": "upgrade-test-key-of-more-than-32-bytes"}
# What a later release might add: nothing that a binary of today reads or writes.
EXPANSION = """ALTER TABLE orders ADD COLUMN gift_note TEXT;
CREATE TABLE gift_wraps (id BIGINT PRIMARY KEY, order_id BIGINT NOT NULL REFERENCES orders (id));
CREATE INDEX orders_gift_note ON orders (gift_note);"""


class Database:
    def __init__(self, url):
        self.url = url

    def run(self, statements):
        if self.url.startswith("sqlite:"):
            with contextlib.closing(sqlite3.connect(self.url.removeprefix("sqlite:"))) as connection:
                connection.executescript(statements)
                return
        subprocess.run(["psql", "-Xqd", self.url, "-v", "ON_ERROR_STOP=1", "-c", statements], check=True)

    def step(self, number, needs, statements="SELECT 1;"):
        """What `migrate` of a newer binary leaves behind."""
        self.run(f"BEGIN; {statements} INSERT INTO schema_migrations (version, name, applied_at, needs) "
                 f"VALUES ({number}, 'of_tomorrow', 1, {needs}); COMMIT;")


def newest_step():
    return max(int(path.name[:4]) for path in (ROOT / "migrations").glob("*.sql"))


def sells(server):
    with Buyers(server, 2) as buyers:
        buyers.wait_for_orders(5, 20)
    expect(not buyers.wrong, f"answered {buyers.wrong[:3]}")


def a_newer_schema_that_serves_it(folder, database, binary):
    known = newest_step()
    server = Server(folder, database.url, binary, SETTINGS)
    server.prepare()
    server.start()
    try:
        sells(server)
        database.step(known + 1, 0, EXPANSION)
        with Buyers(server, 2) as buyers:  # whose statements were prepared on the older schema
            buyers.wait_for_orders(5, 20)
        expect(not buyers.wrong, f"while the schema grew, answered {buyers.wrong[:3]}")
        expect(server.stop() == 0, "the server did not end well")
        server.start()
        sells(server)
        said = server.command("migrate").stdout
        expect("of_tomorrow" not in said, f"migrate said: {said}")
        server.command("verify")
    finally:
        server.stop()


def a_newer_schema_that_does_not(folder, database, binary):
    known = newest_step()
    server = Server(folder, database.url, binary, SETTINGS)
    server.prepare()
    database.step(known + 1, 0)
    database.step(known + 2, known)  # it takes away what this binary does without
    server.start()
    expect(server.stop() == 0, "the server did not end well")
    database.step(known + 3, known + 1)
    for words in ("serve", "migrate", "verify"):
        done = server.command(words, check=False)
        expect(done.returncode != 0, f"{words} went on")
        expect(re.search(rf"\b{known + 3}\b.*\b{known}\b", done.stdout), f"{words} said: {done.stdout}")


def run_one(test, url, binary):
    """None, or what went wrong."""
    with tempfile.TemporaryDirectory(prefix="cartwright-upgrade-") as folder:
        try:
            test(folder, Database(url or f"sqlite:{folder}/shop.db"), binary)
        except (Exception, SystemExit):
            return traceback.format_exc()
    return None


def previous_beside_this(previous, binary, url):
    """The older release makes and fills the shop, this one migrates it, and both sell."""
    with tempfile.TemporaryDirectory(prefix="cartwright-upgrade-") as old, \
            tempfile.TemporaryDirectory(prefix="cartwright-upgrade-") as new:
        older, newer = Server(old, url, previous, SETTINGS), Server(new, url, binary, SETTINGS)
        try:
            older.prepare()
            newer.admin_password = older.admin_password
            older.start()
            with Buyers(older, 2) as buyers:
                buyers.wait_for_orders(5, 20)
                newer.command("migrate")
                buyers.wait_for_orders(5, 20)
                newer.start()
                buyers.wait_for_orders(5, 20)
                buyers.address = newer.address
                buyers.wait_for_orders(5, 20)
            expect(not buyers.wrong, f"answered {buyers.wrong[:3]}")
            expect(older.stop() == 0, "the older server did not end well")
            older.start()
            newer.command("verify")
        except (Exception, SystemExit):
            return traceback.format_exc()
        finally:
            older.stop()
            newer.stop()
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY)
    parser.add_argument("--previous", type=pathlib.Path)
    options = parser.parse_args()
    server_url, binary = os.environ.get("CARTWRIGHT_TEST_POSTGRES_URL"), options.binary.resolve()
    results = []
    for test in (a_newer_schema_that_serves_it, a_newer_schema_that_does_not):
        for engine in ("sqlite", "postgres") if server_url else ("sqlite",):
            began = time.monotonic()
            with fresh_postgres(server_url) if engine == "postgres" else contextlib.nullcontext() as url:
                results.append(run_one(test, url, binary))
            print(f"{test.__name__} ({engine}): {'ok' if results[-1] is None else 'FAILED'} ({time.monotonic() - began:.1f} s)")
    if options.previous:
        with fresh_postgres(server_url) as url:
            results.append(previous_beside_this(options.previous.resolve(), binary, url))
    problems = [problem for problem in results if problem]
    for problem in problems:
        print(problem)
    print(f"{len(results) - len(problems)} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
