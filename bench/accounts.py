"""What the customer surface costs: the guards before every handler, a login, and its lists and orders beside the shop's."""
import json
import subprocess

from life import LOGINS, STRONG_HASH
from programs import (CUSTOMERS, PASSWORD, PROGRAMS, Row, alternate, ask, cpu_us_per, load, say, shop)

PRODUCTS = 1000
ORDERS = 100_000
LINES = 3
STRONG = {**STRONG_HASH, "CARTWRIGHT_HASH_QUEUE_MAX": "1024"}
ADDRESS = {"contact_name": "Ann Doe", "street_address": "1 Bench Street", "city": "Mumbai", "state": "Maharashtra",
           "pin_code": "400001", "phone_number": "+919876543210"}
# Orders of one person, each of two lines, and of the app's kind: with the address that was chosen.
MANY_ORDERS = f"""
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ORDERS})
INSERT INTO orders (user_id, customer_email, store_id, currency, surface, subtotal_minor, tax_minor, shipping_minor, discount_minor,
                    total_minor, shipping_address, billing_address, created_at, updated_at, estimated_delivery_at)
SELECT u.id, u.email, 1, 'USD', 'customer', 1000 + i % 977, 0, 0, 0, 1000 + i % 977, '1 Bench Street', '1 Bench Street',
       1700000000 + i, 1700000000 + i, 1700432000 + i FROM n, users u WHERE u.email = 'buyer-0@bench.example';
INSERT INTO order_items (order_id, line, product_id, name, unit_price_minor, quantity)
SELECT o.id, l.line, l.product, 'A measured thing', 500, 1 FROM orders o,
       (SELECT 0 AS line, min(id) AS product FROM products UNION ALL SELECT 1, max(id) FROM products) l WHERE o.total_minor > 0;
INSERT INTO order_deliveries (order_id, address_id, contact_name, street_address, street_address_2, landmark, city, state, pin_code,
                              country, phone_number, kind, instructions, preferred_time)
SELECT id, 1, 'Ann Doe', '1 Bench Street', '', '', 'Mumbai', 'Maharashtra', '400001', 'India', '+919876543210', 'HOME', '', ''
FROM orders;
"""


def guards(seconds):
    with shop(PRODUCTS, customers=0) as folder_of:  # a folder on the measured disk, gone afterwards
        folder_of.server.stop()
        done = subprocess.run([str(PROGRAMS / "guards"), str(folder_of.server.folder), str(seconds)], check=True,
                              stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def guard_rows(given):
    found = [guards(given.seconds) for _ in range(given.rounds)]
    each = sorted(one["guards_us"] for one in found)[len(found) // 2]
    hashing = sorted(one["hash_us"] for one in found)[len(found) // 2]
    say(f"  guards {each:.2f} us, a hash {hashing / 1000:.1f} ms")
    return [Row("a JWT verified, its session found, the request counted against four limits", f"{each:.2f} µs CPU", "", "",
                "≤ 5 µs", each <= 5), login_row(given, hashing)]


def login_row(given, hashing):
    with shop(PRODUCTS, settings=STRONG, customers=LOGINS) as open_shop:
        bodies = open_shop.server.folder / "logins"
        bodies.write_text("".join(json.dumps({"email": f"buyer-{number}@bench.example", "password": PASSWORD}) + "\n"
                                  for number in range(LOGINS)))
        path = open_shop.paths("/api/v1/auth/login/")
        login = alternate(given.rounds, cost=lambda: cpu_us_per(
            open_shop.server.process.pid, lambda: load(open_shop.server.port, connections=4, seconds=given.seconds, paths=path,
                                                       bodies=bodies)))["cost"]
    share = hashing / login
    say(f"  a login {login / 1000:.1f} ms, {share:.1%} of it Argon2id")
    return Row("a login (floor: Argon2id alone)", f"{login / 1000:.2f} ms CPU", f"{hashing / 1000:.2f} ms", f"{1 / share:.3f}",
               "≤ 1.053", share >= 0.95)


def run_sql(open_shop, statements):
    url = open_shop.server.environment["CARTWRIGHT_DATABASE_URL"]
    tool = ["sqlite3", "-bail", url.removeprefix("sqlite:")] if url.startswith("sqlite:") else ["psql", "-qXd", url, "-v",
                                                                                               "ON_ERROR_STOP=1"]
    subprocess.run(tool, input=statements, check=True, text=True, stdout=subprocess.DEVNULL)


def cursor_at(open_shop, page):
    """A cursor that leads beyond that page of twenty."""
    return json.loads(open_shop.get(f"/api/auth/orders/?page={page}").body)["pagination"]["next_cursor"]


def twin_rows(open_shop, given, engine):
    """Each of the app's requests beside what the shop surface has for it."""
    pid, port = open_shop.server.process.pid, open_shop.server.port
    for number in range(LINES):
        ask(open_shop.address, "POST", "/api/v1/cart/", {"product_id": open_shop.product_ids()[0] + number, "quantity": 1},
            open_shop.tokens[0])
    one = open_shop.server.folder / "one-token"
    one.write_text(open_shop.tokens[0] + "\n")
    deep = ORDERS // 40
    cursor = cursor_at(open_shop, deep)
    rows = []
    for what, app, web in (
            (f"carts list, {LINES} lines", "/api/auth/carts/", "/api/v1/cart/"),
            (f"order list, first page of {ORDERS:,}", "/api/auth/orders/", "/api/v1/orders/?page=1"),
            (f"order list, page {deep:,}", f"/api/auth/orders/?page={deep}", f"/api/v1/orders/?page={deep}"),
            (f"order list, by cursor after page {deep:,} (floor: the shop's first page)", f"/api/auth/orders/?cursor={cursor}",
             "/api/v1/orders/?page=1")):

        def cost(path):
            return cpu_us_per(pid, lambda: load(port, connections=16, seconds=given.seconds, tokens=one,
                                                paths=open_shop.paths(path)))

        rows.append(compared(f"customer {what}, {engine}", alternate(given.rounds, app=lambda: cost(app), web=lambda: cost(web))))
    return rows


def compared(what, found):
    ratio = found["app"] / found["web"]
    say(f"  {what}: {found['app']:.0f} us, the shop's {found['web']:.0f} us, {ratio:.2f}")
    return Row(what, f"{found['app']:.0f} µs CPU", f"{found['web']:.0f} µs", f"{ratio:.2f}", "≤ 1.5", ratio <= 1.5)


def order_row(open_shop, given, engine):
    """Orders from carts by the app and by the shop, without what filling the cart costs both."""
    pid, port = open_shop.server.process.pid, open_shop.server.port
    first, last = open_shop.product_ids()
    bodies = []
    for token in open_shop.tokens:
        address = json.loads(ask(open_shop.address, "POST", "/api/auth/addresses/", ADDRESS, token).body)["data"]["id"]
        cart = json.loads(ask(open_shop.address, "GET", "/api/v1/cart/", None, token).body)["id"]
        bodies.append(json.dumps({"cart_id": cart, "shipping_address_id": address}))
    file = open_shop.server.folder / "orders"
    file.write_text("\n".join(bodies) + "\n")
    common = {"connections": CUSTOMERS, "seconds": given.seconds, "tokens": open_shop.token_file, "products": f"{first}-{last}"}

    def cycle(**more):
        return cpu_us_per(pid, lambda: load(port, **common, **more), "cycles")

    cycle()  # every cart is there from here on
    found = alternate(given.rounds, app=lambda: cycle(orders=file), web=cycle, app_two=lambda: cycle(orders=file, lines=2),
                      web_two=lambda: cycle(lines=2))
    # A second line costs an add and a line in the order: taken off, the order itself is left.
    add = min(found["app_two"] - found["app"], found["web_two"] - found["web"])
    return compared(f"customer order from a cart, {engine}", {"app": found["app"] - add, "web": found["web"] - add})


def customer_rows(given):
    rows = []
    for engine, url in (("SQLite", None), ("PostgreSQL", given.postgres)):
        if engine == "PostgreSQL" and not url:
            say("  PostgreSQL: left out (CARTWRIGHT_TEST_POSTGRES_URL is missing)")
            continue
        with shop(PRODUCTS, postgres_url=url) as open_shop:
            run_sql(open_shop, MANY_ORDERS + ("ANALYZE;" if url else ""))
            rows += twin_rows(open_shop, given, engine)
            rows.append(order_row(open_shop, given, engine))
    return rows
