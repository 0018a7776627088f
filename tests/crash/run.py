#!/usr/bin/env python3
"""Kills the server with SIGKILL while orders with Idempotency-Keys are being placed and paid, starts it again, and sends
every request once more: each key has one order, whoever was answered gets that very answer, and what the gateway took is
what the shop knows of. After each kill `cartwright verify` finds nothing.

    run.py [--engine sqlite|postgres] [--binary PATH] [--kills N]       twenty: --kills 20
"""
import argparse
import base64
import http.client
import json
import pathlib
import subprocess
import sys
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT.parent / "contract"))
import client  # noqa: E402
import server  # noqa: E402

BINARY = ROOT.parent.parent / "build" / "release" / "cartwright"
BUYERS = 8
SECONDS_OF_LOAD = 0.4
STOCK = 100_000
PASSWORD = "horse-battery-7"
SETTLED_SECONDS = 30
SETTINGS = {"CARTWRIGHT_PASSWORD_HASH_KIB": "8", "CARTWRIGHT_PASSWORD_HASH_PASSES": "1", "SANDBOX": "on",
            "CARTWRIGHT_GATEWAY_TIMEOUT": "2s", "CARTWRIGHT_RECONCILE_AFTER": "1s"}


def ask(port: int, method: str, path: str, token: str | None, body: dict | None, key: str | None = None) -> client.Answer:
    headers = [("Content-Type", "application/json")]
    if token:
        headers.append(("Authorization", f"Bearer {token}"))
    if key:
        headers.append(("Idempotency-Key", key))
    connection = client.Client(port)
    try:
        return connection.send(method, path, headers, json.dumps(body).encode() if body is not None else b"")
    finally:
        connection.close()


def at_stripe(url: str, method: str, path: str, form: dict | None = None) -> dict:
    """What the sandbox answers a buyer's browser, or whoever looks at its books."""
    key = base64.b64encode(f"{server.STRIPE_KEY}:".encode()).decode()
    headers = [("Authorization", f"Basic {key}"), ("Content-Type", "application/x-www-form-urlencoded")]
    connection = client.Client(int(url.rsplit(":", 1)[1]))
    try:
        return json.loads(connection.send(method, path, headers, urllib.parse.urlencode(form or {}).encode()).body)
    finally:
        connection.close()


class Buyer:
    """Places one order after another, each with its own key, and pays it, until the server is gone."""

    def __init__(self, running: server.Server, number: int) -> None:
        self.sandbox = running.sandbox_url
        account = {"email": f"buyer{number}@crash.example", "password": PASSWORD, "password_confirm": PASSWORD}
        answer = ask(running.port, "POST", "/api/v1/auth/register/", None, account)
        self.token = json.loads(answer.body)["data"]["access_token"]
        self.sent: list[str] = []
        self.answered: dict[str, bytes] = {}

    def buy(self, port: int, product: int) -> None:
        while True:
            key = f"order-{len(self.sent)}"
            self.sent.append(key)
            try:
                answer = place(port, self.token, product, key)
                if answer.status == 201:
                    self.answered[key] = answer.body
                    self.pay(port, json.loads(answer.body)["id"])
            except (OSError, http.client.HTTPException):
                return

    def pay(self, port: int, order: int) -> None:
        """By card, at the sandbox; the shop hears of it by the webhook and by the buyer, whichever comes first."""
        begun = ask(port, "POST", f"/api/v1/orders/{order}/create-payment/", self.token, {})
        if begun.status != 200:
            return
        intent = json.loads(begun.body)["payment_intent_id"]
        at_stripe(self.sandbox, "POST", f"/v1/payment_intents/{intent}/confirm", {"payment_method": "pm_card_visa"})
        ask(port, "POST", f"/api/v1/orders/{order}/confirm-payment/", self.token, {})

    def again(self, port: int, product: int) -> list[str]:
        """Sends everything once more, twice at once. What is wrong with the answers."""
        problems = []
        for key in self.sent:
            answers: list[client.Answer] = []
            both = [threading.Thread(target=lambda: answers.append(place(port, self.token, product, key)))
                    for _ in range(2 if key not in self.answered else 1)]
            for thread in both:
                thread.start()
            for thread in both:
                thread.join()
            bodies = {answer.body for answer in answers if answer.status == 201}
            if len(bodies) != 1 or any(answer.status not in (201, 409) for answer in answers):
                problems.append(f"{key}: {[(answer.status, answer.text()[:80]) for answer in answers]}")
            elif key in self.answered and self.answered[key] not in bodies:
                problems.append(f"{key}: answered 201 before the crash, and otherwise after it")
            else:
                self.answered[key] = bodies.pop()
        return problems


def place(port: int, token: str, product: int, key: str) -> client.Answer:
    order = {"shipping_address": "1 Main St", "billing_address": "1 Main St",
             "items": [{"product_id": product, "quantity": 1}]}
    return ask(port, "POST", "/api/v1/orders/", token, order, key)


def restart(running: server.Server) -> None:
    running.process.kill()
    running.process.wait()
    with running.log.open("ab") as log:
        running.process = subprocess.Popen([running.binary, "serve"], env=running.environment, cwd=running.dir,
                                           stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    deadline = time.monotonic() + server.START_SECONDS
    while True:
        try:
            if ask(running.port, "GET", "/health/ready", None, None).status == 200:
                return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise server.Broken(f"the server did not start again:\n{running.log_end()}")
        time.sleep(0.02)


def admin_of(running: server.Server) -> str:
    login = ask(running.port, "POST", "/api/v1/auth/login/", None, dict(zip(("email", "password"), server.ADMIN)))
    return json.loads(login.body)["data"]["access_token"]


def make_product(running: server.Server, token: str) -> int:
    category = json.loads(ask(running.port, "POST", "/api/v1/categories/", token, {"name": "Crash"}).body)
    product = {"name": "Crash helmet", "description": "Hard", "price": "1.00", "stock_quantity": STOCK,
               "category_id": category["id"]}
    return json.loads(ask(running.port, "POST", "/api/v1/products/", token, product).body)["id"]


def intents_paid(url: str) -> set[int]:
    """The orders that the sandbox has money for. One that it has twice is a problem of its own."""
    paid: list[int] = []
    last = ""
    while True:
        page = at_stripe(url, "GET", f"/v1/payment_intents?limit=100{last}")
        paid += [int(intent["metadata"]["order_id"]) for intent in page["data"] if intent["amount_received"]]
        if not page["has_more"]:
            break
        last = f"&starting_after={page['data'][-1]['id']}"
    if len(set(paid)) != len(paid):
        raise server.Broken(f"{len(paid) - len(set(paid))} orders were paid twice at the gateway")
    return set(paid)


def unsettled(running: server.Server, admin: str) -> str:
    """What the shop and the gateway do not agree on; empty where they do."""
    taken = intents_paid(running.sandbox_url)
    summary = json.loads(ask(running.port, "GET", "/api/v1/reports/summary/", admin, None).body)
    known = summary["paid_orders"], summary["total_revenue"]
    return "" if known == (len(taken), float(len(taken))) else f"the gateway took {len(taken)}, the shop knows {known}"


def wait_until_settled(running: server.Server, admin: str) -> list[str]:
    """Answers and webhooks that were lost with the process are asked for by the reconciliation."""
    deadline = time.monotonic() + SETTLED_SECONDS
    while problem := unsettled(running, admin):
        if time.monotonic() > deadline:
            return [problem]
        time.sleep(0.2)
    return []


def crash(running: server.Server, buyers: list[Buyer], product: int) -> list[str]:
    threads = [threading.Thread(target=buyer.buy, args=(running.port, product)) for buyer in buyers]
    for thread in threads:
        thread.start()
    time.sleep(SECONDS_OF_LOAD)
    running.process.kill()
    for thread in threads:
        thread.join()
    restart(running)
    running.command("verify")
    problems = [problem for buyer in buyers for problem in buyer.again(running.port, product)]
    placed = sum(len(buyer.sent) for buyer in buyers)
    left = json.loads(ask(running.port, "GET", f"/api/v1/products/{product}/", buyers[0].token, None).body)
    if left["stock_quantity"] != STOCK - placed:
        problems.append(f"{placed} keys took {STOCK - left['stock_quantity']} units")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY)
    parser.add_argument("--kills", type=int, default=5)
    options = parser.parse_args()
    running = server.Server(options.binary.resolve(), options.engine, dict(SETTINGS))
    failures, passed = [], 0
    try:
        running.start()
        admin = admin_of(running)
        product = make_product(running, admin)
        buyers = [Buyer(running, number) for number in range(BUYERS)]
        for number in range(options.kills):
            problems = crash(running, buyers, product)
            passed += not problems
            failures += [f"kill {number + 1}: {problem}" for problem in problems[:10]]
        problems = wait_until_settled(running, admin)
        passed += not problems
        failures += problems
        print(f"{sum(len(buyer.sent) for buyer in buyers)} orders, {len(intents_paid(running.sandbox_url))} paid, "
              f"{options.kills} kills")
    except server.Broken as error:
        failures.append(str(error))
    try:
        running.stop()
        passed += 1
    except server.Broken as error:
        failures.append(str(error))
    for failure in failures:
        print(failure)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
