"""Reports and lists of a shop with a long past, beside the same of a shop with a short one."""
import contextlib
import functools
import os
import shutil
import time

from order_history import fill_postgres, fill_sqlite
from orders import PRODUCTS
from programs import PROGRAMS, Row, catalogue_database, converse, process_cpu_s, request, say, shop

FEW = 1000
OWN_ORDERS = 15
PAGE_SIZE = 20
REQUESTS_MAX = 600
LEARNING = 2  # times three requests, in which a list learns what it counts once


def past_database(orders):
    """A SQLite database with the catalogue and so many orders; kept beside the catalogue's, whose name tells the schema."""
    catalogue = catalogue_database(PRODUCTS)
    path = catalogue.with_name(f"orders-{orders}-{catalogue.name}")
    if not path.exists():
        began = time.monotonic()
        new = path.with_suffix(".new")
        shutil.copyfile(catalogue, new)
        fill_sqlite(new, orders, PRODUCTS)
        os.replace(new, path)
        say(f"  {orders:,} orders written in {time.monotonic() - began:.0f} s")
    return path


@contextlib.contextmanager
def shop_with_past(orders, postgres_url):
    """A shop with so many orders of others, and some of its first customer's own."""
    def before_start(server):
        if postgres_url:
            fill_postgres(server.environment["CARTWRIGHT_DATABASE_URL"], orders, PRODUCTS)
        else:
            shutil.copyfile(past_database(orders), server.folder / "shop.db")
            server.prepare()

    with shop(PRODUCTS, postgres_url, {"CARTWRIGHT_RESERVATION_TTL": "0"}, 1, before_start) as open_shop:
        first, _ = open_shop.product_ids()
        answers = []

        def stock_and_buy():
            answers.append((yield request("POST", f"/api/v1/products/{first}/adjust-stock/",
                                          {"delta": 1000, "reason": "bench"}, open_shop.admin)))
            for _ in range(OWN_ORDERS):
                answers.append((yield request("POST", "/api/v1/orders/", {
                    "shipping_address": "1 Bench Street", "billing_address": "1 Bench Street",
                    "items": [{"product_id": first, "quantity": 1}]}, open_shop.tokens[0])))

        converse(open_shop.address, [stock_and_buy()])
        if any(answer.status not in (200, 201) for answer in answers):
            raise SystemExit(f"orders of one's own: {answers[-1]}")
        yield open_shop


def cost_us(open_shop, token, path, seconds, clock):
    """What one request costs by that clock, asked one after another for a while."""
    asked = 0

    def client():
        nonlocal asked
        ends = time.monotonic() + seconds
        while asked < 3 or (asked < REQUESTS_MAX and time.monotonic() < ends):
            answer = yield request("GET", path, None, token)
            asked += 1
            if answer.status != 200:
                raise SystemExit(f"GET {path}: {answer.status} {answer.body[:200]!r}")

    before = clock()
    converse(open_shop.address, [client()])
    return (clock() - before) * 1e6 / asked


def questions(orders):
    """Name, who asks, path. Some orders of the past are deleted, so the middle is nearly the middle."""
    middle = max(1, orders // PAGE_SIZE // 2)
    return [("reports/summary/", "admin", "/api/v1/reports/summary/"),
            ("reports/daily/", "admin", "/api/v1/reports/daily/"),
            ("orders/, first page", "admin", "/api/v1/orders/?page=1"),
            ("orders/, a page in the middle", "admin", f"/api/v1/orders/?page={middle}"),
            ("orders/, last page", "admin", "/api/v1/orders/?page=last"),
            ("orders/ of one buyer", "buyer", "/api/v1/orders/"),
            ("orders/ of one buyer, customer surface", "buyer", "/api/auth/orders/"),
            ("payments/, first page", "admin", "/api/v1/payments/"),
            ("payments/, last page", "admin", "/api/v1/payments/?page=last"),
            ("payments/?status=COMPLETED", "admin", "/api/v1/payments/?status=COMPLETED"),
            ("payments/?gateway=stripe, last page", "admin", "/api/v1/payments/?gateway=stripe&page=last")]


def engine_rows(engine, given, postgres_url):
    many, rows = given.many_orders, []
    with shop_with_past(FEW, postgres_url) as small, shop_with_past(many, postgres_url) as large:
        for (name, who, few_path), (_, _, many_path) in zip(questions(FEW), questions(many)):
            cost = []
            for open_shop, path in ((small, few_path), (large, many_path)):
                token = open_shop.admin if who == "admin" else open_shop.tokens[0]
                # Much of a PostgreSQL request's work is the database's: there the time counts.
                clock = time.monotonic if postgres_url else functools.partial(process_cpu_s, open_shop.server.process.pid)
                for _ in range(LEARNING):
                    cost_us(open_shop, token, path, 0, clock)
                cost.append(cost_us(open_shop, token, path, given.seconds, clock))
            ratio = cost[1] / max(cost[0], 1)
            say(f"  {engine}, {name}: {cost[1]:.0f} us of {many:,}, {cost[0]:.0f} us of {FEW:,}, {ratio:.2f}")
            unit = "µs" if postgres_url else "µs CPU"
            rows.append(Row(f"{name}, {many:,} orders, {engine} (floor: {FEW:,})", f"{cost[1]:.0f} {unit}",
                            f"{cost[0]:.0f} µs", f"{ratio:.2f}", "≤ 2", ratio <= 2))
    return rows


def past_rows(given):
    PROGRAMS.mkdir(parents=True, exist_ok=True)
    rows = engine_rows("SQLite", given, None)
    if given.postgres:
        rows += engine_rows("PostgreSQL", given, given.postgres)
    return rows
