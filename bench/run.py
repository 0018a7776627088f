#!/usr/bin/env python3
"""Measures the server against what the machine can do at least, and writes bench/RESULTS.md (`make bench`).

    run.py             about ten minutes
    run.py --quick     about three
    run.py --long      with ten minutes of load for the memory
    run.py --only reads,million,orders,postgres,payments,past,accounts,customer,nodes,life      some parts; writes nothing
"""
import argparse
import os
import pathlib
import platform
import sqlite3
import subprocess
import sys
import time

import accounts
import life
import lists
import nodes
import orders
import payments
import reads
from programs import PROGRAMS, ROOT, fdatasync_us, say

PARTS = {
    "reads": [reads.floor_rows],
    "million": [reads.million_rows],
    "orders": [orders.sqlite_rows],
    "postgres": [orders.postgres_rows],
    "payments": [payments.payment_rows, payments.slow_gateway_rows],
    "past": [lists.past_rows],
    "accounts": [accounts.guard_rows],
    "customer": [accounts.customer_rows],
    "nodes": [nodes.redis_rows, nodes.checkout_rows],
    "life": [life.start_rows, life.login_rows, life.memory_rows],
}


def output_of(*words):
    try:
        return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
                              check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def machine(given):
    cpu = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    memory = int(pathlib.Path("/proc/meminfo").read_text().split()[1]) / 1048576
    postgres = output_of("psql", "-Atd", given.postgres, "-c",
                         "SELECT current_setting('server_version'), current_setting('fsync'),"
                         " current_setting('synchronous_commit')") if given.postgres else ""
    version, fsync, commit = (postgres.split("|") + ["", "", ""])[:3]
    said = [f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GiB; Linux {platform.release()}",
            f"SQLite {sqlite3.sqlite_version}; compiler {output_of('c++', '--version').splitlines()[0]}"]
    if version:
        said.append(f"PostgreSQL {version.split()[0]}, fsync {fsync}, synchronous_commit {commit}")
    said.append(f"8 KiB made durable (fdatasync): {fdatasync_us(PROGRAMS):.0f} µs; "
                f"load average at the start {os.getloadavg()[0]:.1f}")
    return said


def table(rows):
    yield "| what | measured | floor | ratio | target | met |"
    yield "| --- | ---: | ---: | ---: | --- | --- |"
    for row in rows:
        met = {True: "yes", False: "**no**", None: ""}[row.met]
        yield f"| {row.what} | {row.measured} | {row.floor} | {row.ratio} | {row.target} | {met} |"


def write(rows, given, said, took):
    commit = output_of("git", "rev-parse", "--short", "HEAD")
    mode = "quick" if given.quick else "long" if given.long else "full"
    text = ["# Measurements", "",
            f"Written by `make bench` ({mode}, {given.rounds} rounds of {given.seconds:g} s, {took / 60:.0f} minutes) on "
            f"{time.strftime('%Y-%m-%d', time.gmtime())}, commit {commit}. README.md says what is measured and how.", ""]
    text += [f"* {line}" for line in said] + [""] + list(table(rows)) + [""]
    (ROOT / "bench" / "RESULTS.md").write_text("\n".join(text), encoding="utf-8")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--long", action="store_true")
    arguments.add_argument("--only", default="", help="parts, separated by commas: " + ", ".join(PARTS))
    arguments.add_argument("--postgres", default=os.environ.get("CARTWRIGHT_TEST_POSTGRES_URL"), metavar="URL")
    arguments.add_argument("--products", type=int, default=1_000_000, dest="many_products", metavar="N",
                           help="the large catalogue (1,000,000)")
    arguments.add_argument("--orders", type=int, default=1_000_000, dest="many_orders", metavar="N",
                           help="the long past (1,000,000)")
    given = arguments.parse_args()
    given.rounds, given.seconds = (3, 1.5) if given.quick else (5, 4)
    given.memory_seconds = 20 if given.quick else 600 if given.long else 60
    parts = [part for part in given.only.split(",") if part] or list(PARTS)
    said, began, rows = machine(given), time.monotonic(), []
    for part in parts:
        say(f"{part} …")
        for measure in PARTS[part]:
            rows += measure(given)
    print("\n".join(table(rows)))
    if not given.only:
        write(rows, given, said, time.monotonic() - began)
    sys.exit(0)


if __name__ == "__main__":
    main()
