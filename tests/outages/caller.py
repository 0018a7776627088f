"""Requests with all of their answer, over a server of tools/local_server.py."""
import collections
import http.client
import json
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from local_server import ADMIN_EMAIL  # noqa: E402

ADDRESS = {"shipping_address": "1 Out St", "billing_address": "1 Out St"}
WEAK_HASH = {"CARTWRIGHT_PASSWORD_HASH_KIB": "8", "CARTWRIGHT_PASSWORD_HASH_PASSES": "1"}
PASSWORD = "out of the question"
WAIT_S = 30

Full = collections.namedtuple("Full", "status headers json seconds")


class Wrong(Exception):
    """Something is not as it must be; the message says what."""


def expect(holds, what):
    if not holds:
        raise Wrong(what)


def wait_for(what, holds):
    deadline = time.monotonic() + WAIT_S
    while not holds():
        expect(time.monotonic() < deadline, f"{what}: not within {WAIT_S} s")
        time.sleep(0.05)


def send(address, method, path, body=None, token=None, headers=()):
    """One request on a connection of its own. An answer that is no JSON is `Wrong`."""
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", **dict(headers)}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    began = time.monotonic()
    connection = http.client.HTTPConnection(*address, timeout=60)
    try:
        connection.request(method, path, data, sent)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    try:
        return Full(answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(text),
                    time.monotonic() - began)
    except ValueError as problem:
        raise Wrong(f"{method} {path}: {answer.status} {text[:200]!r}") from problem


class Caller:
    """An admin and a buyer of a server that runs."""

    def __init__(self, server):
        self.server, self.address = server, server.address
        self.admin = self.fine("POST", "/api/v1/auth/login/", {"email": ADMIN_EMAIL, "password": server.admin_password},
                               token="")["data"]["access_token"]
        self.buyer = self.fine("POST", "/api/v1/auth/register/", {
            "email": "buyer@outage.example", "password": PASSWORD, "password_confirm": PASSWORD, "user_type": "customer",
            "first_name": "B", "last_name": "B"}, token="")["data"]["access_token"]
        category = self.fine("POST", "/api/v1/categories/", {"name": "Outages"})["id"]
        self.product = self.fine("POST", "/api/v1/products/", {
            "name": "Candle", "description": "For outages", "price": "10.00", "stock_quantity": 1_000_000,
            "category_id": category})["id"]

    def send(self, method, path, body=None, token=None, headers=()):
        return send(self.address, method, path, body, self.admin if token is None else token, headers)

    def fine(self, *what, **how):
        answer = self.send(*what, **how)
        expect(answer.status in (200, 201), f"{what[:2]}: {answer.status} {answer.json}")
        return answer.json

    def order(self, key=None, units=1):
        return self.send("POST", "/api/v1/orders/", {**ADDRESS, "items": [{"product_id": self.product, "quantity": units}]},
                         self.buyer, [("Idempotency-Key", key)] if key else [])

    def stock(self):
        return self.fine("GET", f"/api/v1/products/{self.product}/")["stock_quantity"]
