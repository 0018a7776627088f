#!/usr/bin/env python3
"""Who may call what: every route of the running server's own table (`cartwright routes --json`) is called by nobody, by a
customer whose things they are not, and by an admin. What is refused must change nothing, byte for byte.

    run.py [--binary PATH]        on SQLite, for who may call is decided before any database is asked
"""
import argparse
import json
import pathlib
import re
import sqlite3
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "contract"))
import client  # noqa: E402
import server  # noqa: E402

BINARY = ROOT.parent / "build" / "release" / "cartwright"
PASSWORD = "correct-horse-7"
# Paths whose object belongs to somebody: the route is open to customers, the object is not.
OWNED = re.compile(r"/(orders|cart/items|addresses|addresses/set-default|payment-methods/(cards|upi)|"
                   r"payment-methods/(cards|upi)/set-default|support/tickets)/<\w+>/")
# Open to users by the table, for the reference words the refusal otherwise than the server does.
ADMINS_BY_HANDLER = re.compile(r"^/api/v1/reports/")
# They end the session that calls them, so each call has one of its own.
ENDS_SESSION = {("POST", "/api/auth/logout/"), ("POST", "/api/auth/jwt/logout/"), ("DELETE", "/api/auth/account/")}


class World:
    """A server with a product, and a customer, Ann, who has an order and something in her cart."""

    def __init__(self, running: server.Server) -> None:
        self.running = running
        self.leavers = 0
        self.client = client.Client(running.port)
        self.admin = self.login(*server.ADMIN)
        self.ann = self.register("ann@authority.example")
        self.bob = self.register("bob@authority.example")
        category = self.made(self.admin, "/api/v1/categories/", {"name": "Things"})
        product = self.made(self.admin, "/api/v1/products/",
                            {"name": "Thing", "category_id": category, "price": "1.00", "stock_quantity": 9})
        item = self.made(self.ann, "/api/v1/cart/", {"product_id": product, "quantity": 1})
        lines = [{"product_id": product, "quantity": 1}]
        order = self.made(self.ann, "/api/v1/orders/", {"shipping_address": "a", "billing_address": "b", "items": lines})
        address = self.made(self.ann, "/api/auth/addresses/",
                            {"contact_name": "Ann", "street_address": "1 Road", "city": "Pune", "state": "Maharashtra",
                             "pin_code": "411001", "phone_number": "+919876543210"})
        card = self.made(self.ann, "/api/auth/payment-methods/cards/",
                         {"card_type": "VISA", "last_four": "1234", "expiry_month": 12, "expiry_year": 2090,
                          "card_holder_name": "Ann", "gateway_token": "tok_1"})
        upi = self.made(self.ann, "/api/auth/payment-methods/upi/", {"upi_id": "ann@paytm"})
        ticket = self.made(self.ann, "/api/auth/support/tickets/", {"subject": "Late", "description": "Where is it?"})
        # The first of each kind: one id serves the three kinds of `set-default`.
        assert address == card == upi
        self.ids = {"categories": category, "products": product, "items": item, "orders": order, "addresses": address,
                    "set-default": address, "cards": card, "upi": upi, "tickets": ticket}

    def send(self, token: str | None, method: str, path: str, body: dict | None) -> client.Answer:
        headers = [("Content-Type", "application/json")] if body is not None else []
        if token:
            headers.append(("Authorization", f"Bearer {token}"))
        return self.client.send(method, path, headers, b"" if body is None else json.dumps(body).encode())

    def made(self, token: str, path: str, body: dict) -> int:
        answer = self.send(token, "POST", path, body)
        if answer.status != 201:
            raise server.Broken(f"POST {path} answered {answer.status}: {answer.text()}")
        made = json.loads(answer.body)
        return made.get("data", made)["id"]

    def token(self, path: str, body: dict) -> str:
        answer = self.send(None, "POST", path, body)
        if answer.status >= 300:
            raise server.Broken(f"POST {path} answered {answer.status}: {answer.text()}")
        return json.loads(answer.body)["data"]["access_token"]

    def login(self, email: str, password: str) -> str:
        return self.token("/api/v1/auth/login/", {"email": email, "password": password})

    def register(self, email: str) -> str:
        return self.token("/api/v1/auth/register/", {"email": email, "password": PASSWORD, "password_confirm": PASSWORD})

    def fresh(self, who: str) -> str | None:
        """A token of a session that may end."""
        if who == "nobody":
            return None
        if who == "admin":
            return self.login(*server.ADMIN)
        self.leavers += 1
        return self.register(f"leaver{self.leavers}@authority.example")

    def path(self, template: str) -> str:
        """The route's path with the ids of what is there."""
        folder = template.split("<")[0].rstrip("/").split("/")[-1]
        return re.sub(r"<\w+>", str(self.ids.get(folder, 1)), template)

    def snapshot(self) -> dict[str, list]:
        """Everything that the database holds, once the jobs have done what was theirs to do."""
        deadline = time.monotonic() + 20
        while (held := self.read_all())["outbox"] and time.monotonic() < deadline:
            time.sleep(0.1)
        return held

    def read_all(self) -> dict[str, list]:
        url = self.running.environment["CARTWRIGHT_DATABASE_URL"].removeprefix("sqlite:")
        with sqlite3.connect(f"file:{url}?mode=ro", uri=True) as database:
            names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: database.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}


def expected(access: str, path: str, who: str):
    """A predicate on the status, and its name."""
    if access != "anyone" and who == "nobody":
        return lambda status: status == 401, "401"
    if (access == "admin" or ADMINS_BY_HANDLER.search(path)) and who == "other":
        return lambda status: status == 403, "403"
    if OWNED.search(path) and who == "other":
        return lambda status: status in (403, 404), "403 or 404"
    return lambda status: status not in (401, 403) and status < 500, "neither 401, 403 nor 5xx"


def refuses(access: str, path: str, who: str) -> bool:
    return expected(access, path, who)[1][0] == "4"


def check(world: World, routes: list[dict]) -> tuple[int, list[str]]:
    passed, failures = 0, []
    callers = {"nobody": None, "other": world.bob, "admin": world.admin}

    def ask(route: dict, who: str) -> None:
        nonlocal passed
        method, path = route["method"], route["path"]
        holds, name = expected(route["access"], path, who)
        body = None if method in ("GET", "HEAD", "DELETE") else {}
        token = world.fresh(who) if (method, path) in ENDS_SESSION else callers[who]
        answer = world.send(token, method, world.path(path), body)
        if holds(answer.status):
            passed += 1
        else:
            failures.append(f"{method} {path} ({route['access']}) by {who}: expected {name}, got {answer.status} {answer.text()[:200]}")

    cases = [(route, who) for route in routes for who in callers]
    before = world.snapshot()
    for route, who in cases:
        if refuses(route["access"], route["path"], who):
            ask(route, who)
    after = world.snapshot()
    changed = [name for name in before if before[name] != after[name]]
    if changed:
        failures.append(f"refused requests changed {', '.join(changed)}")
    else:
        passed += 1
    # Then what is allowed, deletions last.
    for route, who in sorted(cases, key=lambda case: case[0]["method"] == "DELETE"):
        if not refuses(route["access"], route["path"], who):
            ask(route, who)
    return passed, failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY)
    options = parser.parse_args()
    running = server.Server(options.binary.resolve(), "sqlite", {"SANDBOX": "on"})
    try:
        running.start()
        routes = json.loads(running.command("routes", "--json"))
        passed, failures = check(World(running), routes)
    except server.Broken as error:
        passed, failures = 0, [str(error)]
    try:
        running.stop()
    except server.Broken as error:
        failures.append(str(error))
    for failure in failures:
        print(failure)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
