#!/usr/bin/env python3
"""What a node does while its PostgreSQL is restarted, demoted, or replaced by its standby, and while a pooler before it
is full, restarted, or led elsewhere: nobody is answered anything but what was asked for or 503 with Retry-After, it goes
on by itself, and every order is there once.

    run.py [--binary PATH] [--only WORD]
"""
import argparse
import contextlib
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "cluster"), str(ROOT / "tools")]
from buyers import Buyers, expect, send  # noqa: E402
from local_server import BINARY, Server  # noqa: E402
from machines import POSTGRES_BIN, PgBouncer, Postgres  # noqa: E402

SETTINGS = {
    "CARTWRIGHT_PASSWORD_HASH_KIB": "8", "CARTWRIGHT_PASSWORD_HASH_PASSES": "1", "CARTWRIGHT_DATABASE_CONNECT_TIMEOUT": "2s",
    "CARTWRIGHT_DATABASE_STATEMENT_TIMEOUT": "3s", "CARTWRIGHT_DATABASE_CONNECTIONS": "4",
    "CARTWRIGHT_DATABASE_CONNECTION_WAIT": "2s",
}
# How long after its database is there again a node may still refuse, on a busy machine.
BACK_WITHIN_S = 5
# While it is away nobody waits: the server refuses the connection at once.
REFUSED_WITHIN_S = 2


class Stage:
    """Machines and a server of one test."""

    def __init__(self, stack, folder, binary):
        self.stack, self.folder, self.binary = stack, pathlib.Path(folder), binary
        self.server = None

    def postgres(self, name="primary", copy_of=None):
        machine = Postgres(self.folder, name, copy_of)
        self.stack.callback(machine.kill)
        machine.start()
        if copy_of is None:
            machine.ask("CREATE DATABASE shop", "postgres")
        return machine

    def pooler(self, postgres, **settings):
        machine = PgBouncer(self.folder, "pgbouncer", postgres)
        self.stack.callback(machine.kill)
        path = machine.folder / "pgbouncer.ini"
        path.write_text(path.read_text() + "".join(f"{name} = {value}\n" for name, value in settings.items()))
        machine.start()
        return machine

    def serve(self, *ports, **settings):
        folder = self.folder / "node"
        folder.mkdir()
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        self.server = Server(folder, f"postgresql://postgres@{hosts}/shop", self.binary, SETTINGS | settings)
        self.server.prepare()
        self.stack.callback(self.server.stop)
        self.server.start()
        return self.server

    def expect_whole(self, buyers, postgres):
        """Every order that was answered is there, and no other; the books are right; the process is the same."""
        expect(not buyers.wrong, f"answered what nobody may be answered: {buyers.wrong[:3]}")
        expect(self.server.process.poll() is None, "the server died")
        there = sorted(int(line) for line in postgres.ask("SELECT id FROM orders").split())
        expect(there == sorted(buyers.orders), f"{len(buyers.orders)} orders were answered, {len(there)} are there")
        expect(self.server.stop() == 0, "the server did not end well")
        self.server.command("verify")
        log = (self.server.folder / "server.log").read_text()
        expect(not re.search(r"\bfault\b", log), "a fault is in the log:\n" + log[-1500:])


def restart(postgres):
    """As an operator does it: sessions are ended, and for a second nobody is there."""
    postgres.run(POSTGRES_BIN / "pg_ctl", "stop", "-D", postgres.data, "-m", "fast", "-w")
    postgres.process.wait()
    time.sleep(1)
    postgres.start()


def a_restart(stage):
    postgres = stage.postgres()
    with Buyers(stage.serve(postgres.port)) as buyers:
        buyers.wait_for_orders(20, 10)
        began = time.monotonic()
        restart(postgres)
        buyers.wait_for_orders(20, BACK_WITHIN_S)
        took = buyers.refused_since(began)
    expect(took, "nobody noticed")
    expect(max(took) < REFUSED_WITHIN_S, f"somebody waited {max(took):.1f} s to be refused")
    stage.expect_whole(buyers, postgres)


def primary_and_standby(stage):
    """The standby has each order that was answered: commits wait for it."""
    primary = stage.postgres()
    standby = stage.postgres("standby", primary)
    primary.ask("ALTER SYSTEM SET synchronous_standby_names = 'standby'", "postgres")
    primary.ask("SELECT pg_reload_conf()", "postgres")
    return primary, standby


def a_standby_takes_over(stage):
    primary, standby = primary_and_standby(stage)
    with Buyers(stage.serve(primary.port, standby.port)) as buyers:
        buyers.wait_for_orders(20, 10)
        primary.kill()
        buyers.wait_for_refusals(5, 5)
        standby.promote()
        buyers.wait_for_orders(20, BACK_WITHIN_S)
    stage.expect_whole(buyers, standby)


def a_primary_comes_back_as_a_standby(stage):
    """Nothing is written there, nor read, until it is promoted: 25006 is no fault."""
    postgres = stage.postgres()
    with Buyers(stage.serve(postgres.port)) as buyers:
        buyers.wait_for_orders(20, 10)
        postgres.run("touch", postgres.data / "standby.signal")
        restart(postgres)
        buyers.wait_for_refusals(20, 5)
        status, told, _ = send(buyers.address, "GET", "/health/ready")
        expect(status == 503 and "retry-after" in told, f"ready: {status} {told}")
        postgres.promote()
        buyers.wait_for_orders(20, BACK_WITHIN_S)
    stage.expect_whole(buyers, postgres)


def a_pooler_and_its_database_are_restarted(stage):
    postgres = stage.postgres()
    pooler = stage.pooler(postgres)
    with Buyers(stage.serve(pooler.port)) as buyers:
        buyers.wait_for_orders(20, 10)
        restart(postgres)
        buyers.wait_for_orders(20, BACK_WITHIN_S)
        pooler.kill()
        buyers.wait_for_refusals(5, 5)
        pooler.start()
        buyers.wait_for_orders(20, BACK_WITHIN_S)
    stage.expect_whole(buyers, postgres)


def a_pooler_is_led_to_the_standby(stage):
    """One name that moves."""
    primary, standby = primary_and_standby(stage)
    pooler = stage.pooler(primary)
    with Buyers(stage.serve(pooler.port)) as buyers:
        buyers.wait_for_orders(20, 10)
        pooler.point_at(standby)
        buyers.wait_for_refusals(10, 5)
        primary.kill()
        standby.promote()
        buyers.wait_for_orders(20, BACK_WITHIN_S)
    stage.expect_whole(buyers, standby)


def a_pooler_is_full(stage):
    """Where it has no more connections for a node ("no more connections allowed") those that it has do; where it lets
    them wait too long ("query_wait_timeout") that is 503."""
    postgres = stage.postgres()
    pooler = stage.pooler(postgres, max_client_conn=3, default_pool_size=1, query_wait_timeout=1)
    with Buyers(stage.serve(pooler.port, CARTWRIGHT_DATABASE_CONNECTIONS="8")) as buyers:
        buyers.wait_for_orders(20, 20)
        expect(not buyers.refused, f"{len(buyers.refused)} were refused though there were connections")
        holder = subprocess.Popen(["psql", "-Xqd", postgres.url(), "-c", "BEGIN; LOCK TABLE carts; SELECT pg_sleep(60)"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        buyers.wait_for_refusals(5, 10)
        postgres.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)'")
        holder.wait()
        buyers.wait_for_orders(5, 20)
    stage.expect_whole(buyers, postgres)


TESTS = [a_restart, a_standby_takes_over, a_primary_comes_back_as_a_standby, a_pooler_and_its_database_are_restarted,
         a_pooler_is_led_to_the_standby, a_pooler_is_full]


def run_one(test, binary):
    """None, or what went wrong."""
    with tempfile.TemporaryDirectory(prefix="cartwright-postgres-") as folder, contextlib.ExitStack() as stack:
        pathlib.Path(folder).chmod(0o755)  # PostgreSQL runs as somebody else
        stage = Stage(stack, folder, binary)
        try:
            test(stage)
        except (Exception, SystemExit):
            log = pathlib.Path(folder) / "node" / "server.log"
            return traceback.format_exc() + (log.read_text()[-1500:] if log.exists() else "")
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY)
    parser.add_argument("--only", default="", help="tests with this in their names")
    options = parser.parse_args()
    passed, failed = 0, 0
    for test in TESTS:
        if options.only not in test.__name__:
            continue
        began = time.monotonic()
        problem = run_one(test, options.binary.resolve())
        print(f"{test.__name__}: {'ok' if problem is None else 'FAILED'} ({time.monotonic() - began:.1f} s)", flush=True)
        if problem:
            print(problem)
        passed, failed = passed + (problem is None), failed + (problem is not None)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
