#!/usr/bin/env python3
"""Kills the server with SIGKILL while orders with Idempotency-Keys are being placed, starts it again, and sends every
request once more: each key has one order, and whoever was answered gets that very answer.

    run.py [--engine sqlite|postgres] [--binary PATH] [--kills N]
"""
import argparse
import http.client
import json
import pathlib
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT.parent / "contract"))
import client  # noqa: E402
import server  # noqa: E402

BINARY = ROOT.parent.parent / "build" / "release" / "cartwright"
BUYERS = 8
SECONDS_OF_LOAD = 0.4
STOCK = 100_000
PASSWORD = "horse-battery-7"
WEAK_HASH = {"CARTWRIGHT_PASSWORD_HASH_KIB": "8", "CARTWRIGHT_PASSWORD_HASH_PASSES": "1"}


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


class Buyer:
    """Places one order after another, each with its own key, until the server is gone."""

    def __init__(self, running: server.Server, number: int) -> None:
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
            except (OSError, http.client.HTTPException):
                return
            if answer.status == 201:
                self.answered[key] = answer.body

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


def make_product(running: server.Server) -> int:
    login = ask(running.port, "POST", "/api/v1/auth/login/", None, dict(zip(("email", "password"), server.ADMIN)))
    token = json.loads(login.body)["data"]["access_token"]
    category = json.loads(ask(running.port, "POST", "/api/v1/categories/", token, {"name": "Crash"}).body)
    product = {"name": "Crash helmet", "description": "Hard", "price": "1.00", "stock_quantity": STOCK,
               "category_id": category["id"]}
    return json.loads(ask(running.port, "POST", "/api/v1/products/", token, product).body)["id"]


def crash(running: server.Server, buyers: list[Buyer], product: int) -> list[str]:
    threads = [threading.Thread(target=buyer.buy, args=(running.port, product)) for buyer in buyers]
    for thread in threads:
        thread.start()
    time.sleep(SECONDS_OF_LOAD)
    running.process.kill()
    for thread in threads:
        thread.join()
    restart(running)
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
    running = server.Server(options.binary.resolve(), options.engine, WEAK_HASH)
    failures, passed = [], 0
    try:
        running.start()
        product = make_product(running)
        buyers = [Buyer(running, number) for number in range(BUYERS)]
        for number in range(options.kills):
            problems = crash(running, buyers, product)
            passed += not problems
            failures += [f"kill {number + 1}: {problem}" for problem in problems[:10]]
        print(f"{sum(len(buyer.sent) for buyer in buyers)} orders, {options.kills} kills")
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
