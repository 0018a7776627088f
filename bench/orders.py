"""Adding to the cart and checking out: throughput, CPU, waiting."""
import json
import re
import shutil
import statistics
import subprocess
import time

from programs import (CUSTOMERS, PROGRAMS, Row, alternate, converse, cpu_us_per, http_floor, load, load_ended,
                      load_started, process_cpu_s, request, say, shop, whole_answer)

PRODUCTS = 10_000
READS_PER_S = 500


def floor_database(open_shop, name):
    """A copy of the shop's database for the bare loop to write to."""
    copy = open_shop.server.folder / f"floor-{name}.db"
    subprocess.run(["sqlite3", str(open_shop.server.folder / "shop.db"), f".backup {copy}"], check=True)
    return copy


def sqlite_floor(database, seconds, lines):
    """The bare loop's orders per second, and CPU microseconds per order."""
    done = subprocess.run([str(PROGRAMS / "sqlite_floor"), str(database), str(seconds), str(lines)], check=True,
                          stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout)
    return found["orders"] / found["seconds"], found["cpu_seconds"] * 1e6 / found["orders"]


def sqlite_rows(given):
    rows = []
    with shop(PRODUCTS) as open_shop:
        for lines in (1, 3):
            rows += against_bare_loop(open_shop, lines, given)
        rate = float(rows[0].measured.split()[0].replace(",", ""))
        rows.append(half_load(open_shop, rate / 2, given))
        rows.append(big_order(open_shop))
        rows += reads_beside_orders(open_shop, given)
    return rows


def against_bare_loop(open_shop, lines, given):
    """Orders per second and CPU per order, beside the same statements in a bare loop on a copy of the database."""
    open_shop.order_load(0.5, lines)
    copy = floor_database(open_shop, lines)
    rates, costs = {"server": [], "floor": []}, {"server": [], "floor": []}
    for _ in range(given.rounds):
        before = process_cpu_s(open_shop.server.process.pid)
        result = open_shop.order_load(given.seconds, lines)
        costs["server"].append((process_cpu_s(open_shop.server.process.pid) - before) * 1e6 / result["cycles"])
        rates["server"].append(result["cycles"] / result["seconds"])
        rate, cost = sqlite_floor(copy, given.seconds, lines)
        rates["floor"].append(rate)
        costs["floor"].append(cost)
    rate = {name: statistics.median(values) for name, values in rates.items()}
    cost = {name: statistics.median(values) for name, values in costs.items()}
    what = f"{lines} × add to cart + checkout, SQLite, {CUSTOMERS} connections"
    say(f"  {what}: {rate['server']:.0f}/s of {rate['floor']:.0f}/s, {cost['server']:.0f} us of {cost['floor']:.0f} us")
    counts = lines == 1
    return [Row(f"{what}: orders", f"{rate['server']:,.0f} /s", f"{rate['floor']:,.0f} /s",
                f"{rate['server'] / rate['floor']:.2f}", "≥ 0.5" if counts else "",
                rate["server"] / rate["floor"] >= 0.5 if counts else None),
            Row(f"{what}: server CPU per order", f"{cost['server']:.0f} µs CPU", f"{cost['floor']:.0f} µs",
                f"{cost['server'] / cost['floor']:.2f}", "≤ 2" if counts else "",
                cost["server"] / cost["floor"] <= 2 if counts else None)]


def half_load(open_shop, rate, given):
    p99 = statistics.median(open_shop.order_load(given.seconds * 2, rate=rate)["last_us"]["p99"] / 1000
                            for _ in range(given.rounds))
    say(f"  checkout at {rate:.0f}/s: p99 {p99:.1f} ms")
    return Row(f"checkout at half that load ({rate:,.0f} /s), p99", f"{p99:.1f} ms", "", "", "< 25 ms", p99 < 25)


def big_order(open_shop, lines=1000):
    """A checkout of a thousand lines."""
    first, last = open_shop.product_ids()
    token, took = open_shop.tokens[0], []

    def buyer():
        for _ in range(5):
            for number in range(lines):
                answer = yield request("POST", "/api/v1/cart/", {"product_id": first + number * 7 % (last - first),
                                                                 "quantity": 1}, token)
                if answer.status != 201:
                    raise SystemExit(f"adding line {number}: {answer.status} {answer.body[:200]!r}")
            began = time.perf_counter()
            answer = yield request("POST", "/api/v1/cart/checkout/", {"shipping_address": "1 Bench Street",
                                                                      "billing_address": "1 Bench Street"}, token)
            took.append((time.perf_counter() - began) * 1000)
            if answer.status != 201 or len(json.loads(answer.body)["items"]) != lines:
                raise SystemExit(f"a checkout of {lines} lines: {answer.status} {answer.body[:200]!r}")

    converse(open_shop.address, [buyer()])
    middle = statistics.median(took)
    say(f"  {lines} lines: {middle:.1f} ms")
    return Row(f"checkout of {lines:,} lines, one at a time", f"{middle:.1f} ms", "", "", "< 50 ms", middle < 50)


def read_paths(open_shop):
    first, last = open_shop.product_ids()
    return ([f"/api/v1/products/{number}/" for number in range(first, last, 10)]
            + [f"/api/v1/products/?page={number}" for number in range(1, 100)])


def read_p99_ms(open_shop, seconds, port=None):
    """Of the shop's reads, or of the same requests sent to another port."""
    return load(port or open_shop.server.port, connections=16, seconds=seconds, rate=READS_PER_S,
                tokens=open_shop.token_file, paths=open_shop.paths(*read_paths(open_shop)))["last_us"]["p99"] / 1000


def reads_beside_orders(open_shop, given):
    """Reads' p99 beside the shop's checkouts: of the shop, and of a bare server that has nothing to do with it.

    Load and servers share the cores, so the bare server's row says what the scheduler alone adds to any read.
    """
    first, last = open_shop.product_ids()
    answer = whole_answer(open_shop.address, read_paths(open_shop)[-1], open_shop.tokens[0])
    with http_floor(answer) as (_, bare_port):
        ports = {"shop": open_shop.server.port, "bare": bare_port}
        quiet, busy = {name: [] for name in ports}, {name: [] for name in ports}
        for _ in range(given.rounds):
            for name, port in ports.items():
                quiet[name].append(read_p99_ms(open_shop, given.seconds, port))
                orders = load_started(open_shop.server.port, connections=CUSTOMERS, seconds=given.seconds + 0.6,
                                      tokens=open_shop.token_file, products=f"{first}-{last}")
                time.sleep(0.3)
                busy[name].append(read_p99_ms(open_shop, given.seconds, port))
                load_ended(orders)
    quiet = {name: statistics.median(found) for name, found in quiet.items()}
    busy = {name: statistics.median(found) for name, found in busy.items()}
    say(f"  reads: p99 {quiet['shop']:.2f} ms quiet, {busy['shop']:.2f} ms beside checkouts; "
        f"a bare server's {quiet['bare']:.2f} and {busy['bare']:.2f}")
    what = f"catalogue reads ({READS_PER_S} /s), p99 beside checkouts at full load"
    ratio = busy["shop"] / quiet["shop"]
    return [Row(f"{what} (floor: quiet)", f"{busy['shop']:.2f} ms", f"{quiet['shop']:.2f} ms", f"{ratio:.2f}", "≤ 2",
                ratio <= 2),
            Row("the same, of a bare server beside them (floor: quiet)", f"{busy['bare']:.2f} ms",
                f"{quiet['bare']:.2f} ms", f"{busy['bare'] / quiet['bare']:.2f}", "", None)]


def pgbench(url, seconds, variables):
    words = ["pgbench", "-n", "-M", "prepared", "-c", "8", "-j", "2", "-T", str(max(1, round(seconds))),
             "-f", str(PROGRAMS.parent.parent.parent / "bench" / "checkout.pgbench.sql")]
    for name, value in variables.items():
        words += ["-D", f"{name}={value}"]
    done = subprocess.run([*words, url], check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return float(re.search(r"tps = ([\d.]+)", done.stdout)[1])


def pgbench_variables(open_shop, url):
    """For the customers of a shop that have carts already."""
    first, last = open_shop.product_ids()
    users = subprocess.run(["psql", "-Atd", url, "-c", "SELECT min(user_id) FROM carts"], check=True,
                           stdout=subprocess.PIPE, text=True).stdout.strip()
    return {"product_first": first, "product_last": last, "user_first": users, "users_each": CUSTOMERS // 8}


def postgres_rows(given):
    if not given.postgres or not shutil.which("pgbench"):
        say("  PostgreSQL: left out (CARTWRIGHT_TEST_POSTGRES_URL or pgbench is missing)")
        return []
    with shop(PRODUCTS, postgres_url=given.postgres) as open_shop:
        open_shop.order_load(0.5)
        url = open_shop.server.environment["CARTWRIGHT_DATABASE_URL"]
        variables = pgbench_variables(open_shop, url)

        def measured():
            result = open_shop.order_load(given.seconds)
            return result["cycles"] / result["seconds"]

        found = alternate(given.rounds, server=measured, pgbench=lambda: pgbench(url, given.seconds, variables))
        cost = cpu_us_per(open_shop.server.process.pid, lambda: open_shop.order_load(given.seconds), "cycles")
    ratio = found["server"] / found["pgbench"]
    say(f"  PostgreSQL: {found['server']:.0f}/s, pgbench {found['pgbench']:.0f}/s, {cost:.0f} us")
    return [Row(f"1 × add to cart + checkout, PostgreSQL, {CUSTOMERS} connections: orders (floor: pgbench)",
                f"{found['server']:,.0f} /s", f"{found['pgbench']:,.0f} /s", f"{ratio:.2f}", "≥ 0.7", ratio >= 0.7),
            Row("the same: server CPU per order", f"{cost:.0f} µs CPU", "", "", "", None)]
