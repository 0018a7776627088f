#!/usr/bin/env python3
"""Runs the checks and tests of `make test` and sums them up in one line: N passed, N failed.

Each stage is quiet when it passes; a failing one shows everything it said. Stages: checks, tools, unit, authority,
mail, crm, contract-sqlite, contract-postgres, crash-sqlite, crash-postgres, races-sqlite, races-postgres, outages,
purchase, races-accounts, story, tls, backup-sqlite, backup-postgres, nodes, failover, pooler-postgres,
standby-postgres, upgrade, cluster, peers, replay.
PostgreSQL's run where CARTWRIGHT_TEST_POSTGRES_URL is set (tools/with_postgres.sh sets it).
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PASSED_GTEST = re.compile(r"^\[  PASSED  \] (\d+) tests?\.", re.M)
FAILED_GTEST = re.compile(r"^ *(\d+) FAILED TESTS?$", re.M)
SKIPPED_GTEST = re.compile(r"^\[  SKIPPED \] (\d+) tests?", re.M)
UNIT_SHARDS = 2
# What is run once more through PgBouncer: what buys and pays, and the driver.
POOLED_CONTRACT = [f"tests/contract/{name}.http" for name in (
    "shop/cart", "shop/checkout", "shop/orders", "shop/payments", "shop/idempotency", "shop/stock", "customer/carts",
    "customer/orders", "customer/payments")]
POOLED_UNITS = ("--gtest_filter=Engines/DatabaseTest*/postgres:Engines/PostgresTest*:Engines/LaterTest*/postgres:"
                "Engines/TogetherTest*/postgres:Engines/MigratorTest*/postgres:*OrderStatements*/postgres")
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
RAN_UNITTEST = re.compile(r"^Ran (\d+) tests? in", re.M)


class Count:
    def __init__(self, passed: int = 0, failed: int = 0, skipped: int = 0) -> None:
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def add(self, other: "Count") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def count(output: str, code: int) -> Count:
    """What a stage's output says it ran; a stage that says nothing is one check. A bad exit is never no failure."""
    found = Count()
    plain = PLAIN.findall(output)
    if plain:
        found = Count(*(sum(int(x or 0) for x in column) for column in zip(*plain)))
    elif PASSED_GTEST.search(output):
        found.passed = sum(map(int, PASSED_GTEST.findall(output)))
        found.failed = sum(map(int, FAILED_GTEST.findall(output)))
        found.skipped = sum(map(int, SKIPPED_GTEST.findall(output)))
    elif RAN_UNITTEST.search(output):
        found.passed = int(RAN_UNITTEST.findall(output)[-1]) - (1 if code else 0)
    elif code == 0:
        found.passed = 1
    if code != 0 and found.failed == 0:
        found.failed = 1
    return found


def stages(build: pathlib.Path) -> list[tuple[str, list[str]]]:
    python = sys.executable
    contract = [python, "tests/contract/run.py", "--binary", str(build / "cartwright")]
    crash = [python, "tests/crash/run.py", "--binary", str(build / "cartwright")]
    races = [python, "tests/races/run.py", "--binary", str(build / "cartwright")]
    backup = [python, "tests/backup/run.py", "--binary", str(build / "cartwright")]
    listed = [
        ("checks", [python, "tools/check_layers.py"]),
        ("checks", [python, "tools/tidy.py"]),
        ("checks", [python, "tools/format.py", "--check"]),
        ("tools", [python, "-m", "unittest", "discover", "-s", "tests/tools", "-p", "*_test.py"]),
        ("unit", [str(build / "unit_tests"), "--gtest_brief=1"]),
        ("authority", [python, "tests/authority/run.py", "--binary", str(build / "cartwright")]),
        ("mail", [python, "tests/mail/run.py", "--binary", str(build / "cartwright")]),
        ("crm", [python, "tests/crm/run.py", "--binary", str(build / "cartwright")]),
        ("contract-sqlite", [*contract, "--engine", "sqlite"]),
        ("contract-postgres", [*contract, "--engine", "postgres"]),
        ("crash-sqlite", [*crash, "--engine", "sqlite"]),
        ("crash-postgres", [*crash, "--engine", "postgres"]),
        ("races-sqlite", [*races, "--engine", "sqlite"]),
        ("races-postgres", [*races, "--engine", "postgres"]),
        ("outages", [python, "tests/outages/run.py", "--binary", str(build / "cartwright")]),
        ("purchase", [python, "tests/purchase/run.py", "--binary", str(build / "cartwright")]),
        ("races-accounts", [python, "tests/races_accounts/run.py", "--binary", str(build / "cartwright")]),
        ("story", [python, "tests/story/run.py", "--binary", str(build / "cartwright")]),
        ("tls", [python, "tests/tls/run.py", "--binary", str(build / "cartwright")]),
        ("backup-sqlite", [*backup, "--engine", "sqlite"]),
        ("backup-postgres", [*backup, "--engine", "postgres"]),
        ("nodes", [python, "tests/nodes/run.py", "--binary", str(build / "cartwright")]),
        ("failover", [python, "tests/postgres/run.py", "--binary", str(build / "cartwright")]),
        ("pooler-postgres", ["tools/with_pgbouncer.sh", *contract, "--engine", "postgres", *POOLED_CONTRACT]),
        ("pooler-postgres", ["tools/with_pgbouncer.sh", str(build / "unit_tests"), "--gtest_brief=1", POOLED_UNITS]),
        ("standby-postgres", ["tools/with_standby.sh", str(build / "unit_tests"), "--gtest_brief=1",
                              "--gtest_filter=*Replica*"]),
        ("upgrade", [python, "tests/upgrade/run.py", "--binary", str(build / "cartwright")]),
        ("cluster", [python, "tests/cluster/run.py", "--binary", str(build / "cartwright"), "--short"]),
        ("peers", [python, "tests/peers/run.py", "--binary", str(build / "cartwright")]),
    ]
    replay = ROOT / "tools" / "replay.py"
    if replay.exists():
        listed.append(("replay", [python, str(replay), "--short"]))
    return listed


def carry_out(name: str, command: list[str]) -> tuple[int, str]:
    """Exit status and output. The unit tests run as two halves side by side: they wait more than they work."""
    halves = UNIT_SHARDS if name == "unit" else 1
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                env=os.environ | {"GTEST_TOTAL_SHARDS": str(halves), "GTEST_SHARD_INDEX": str(half)})
               for half in range(halves)]
    with concurrent.futures.ThreadPoolExecutor(halves) as pool:
        outputs = list(pool.map(lambda process: process.communicate()[0].decode(errors="replace"), running))
    return max((process.returncode for process in running), key=abs), "\n".join(outputs)


def run(name: str, command: list[str]) -> Count:
    shown = " ".join(pathlib.Path(c).name if "/" in c else c for c in command if c != sys.executable)
    started = time.monotonic()
    code, output = carry_out(name, command)
    seconds = time.monotonic() - started
    found = count(output, code)
    if found.failed:
        # The closing line is ours alone: what a stage counted is in ours.
        print(f"--- {name}: {shown}")
        print(PLAIN.sub("", output).rstrip())
    print(f"{name:18} {shown[:48]:48} {found.passed:5} passed {found.failed:4} failed {seconds:6.1f} s", flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--only", default="", help="stages, separated by commas")
    options = parser.parse_args()
    only = [name for name in options.only.split(",") if name]
    os.environ.setdefault("ASAN_OPTIONS", "detect_stack_use_after_return=1:strict_string_checks=1")
    os.environ.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    os.environ.setdefault("TSAN_OPTIONS", f"halt_on_error=1:second_deadlock_stack=1:die_after_fork=0:suppressions={ROOT}/tests/tsan.supp")

    total = Count()
    for name, command in stages(options.build.resolve()):
        if only and name not in only:
            continue
        if name.endswith("-postgres") and "CARTWRIGHT_TEST_POSTGRES_URL" not in os.environ:
            print(f"{name:18} skipped: CARTWRIGHT_TEST_POSTGRES_URL is not set")
            total.skipped += 1
            continue
        total.add(run(name, command))
    skipped = f", {total.skipped} skipped" if total.skipped else ""
    print(f"{total.passed} passed, {total.failed} failed{skipped}")
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
