#!/usr/bin/env python3
"""Lives the day of docs/app-day.md: one person with the app, one admin, the gateways' sandbox; then the books must be right.

    run.py [--binary PATH] [--engine sqlite|postgres|both]

Without --engine, PostgreSQL is gone through as well where CARTWRIGHT_TEST_POSTGRES_URL is set.
"""
import argparse
import json
import os
import pathlib
import sys
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "contract"))
from client import Client  # noqa: E402
from mail import Mailbox  # noqa: E402
from server import ADMIN, Server  # noqa: E402

SETTINGS = {"SANDBOX": "on", "CARTWRIGHT_RECONCILE_AFTER": "1s", "CARTWRIGHT_RETRY_FIRST": "1s"}
WAIT_SECONDS = 20
EMAIL, PASSWORD = "john.doe@example.com", "SecurePassword123!"


class Unexpected(Exception):
    """An answer, or a member of one, was not what the story tells."""


class Person:
    """Someone who speaks JSON with the server under one token."""

    def __init__(self, port: int) -> None:
        self.client, self.headers = Client(port), [("Content-Type", "application/json"), ("Accept", "application/json")]

    def ask(self, method: str, path: str, status: int, body: dict | None = None, store: str = "") -> dict:
        headers = self.headers + ([("X-Store-ID", store)] if store else [])
        answer = self.client.send(method, path, headers, json.dumps(body).encode() if body is not None else b"")
        if answer.status != status:
            raise Unexpected(f"{method} {path} {body}: {answer.status}, not {status}: {answer.text()}")
        return json.loads(answer.body)

    def log_in(self, path: str, body: dict) -> None:
        data = self.ask("POST", path, 200, body)["data"]
        self.headers.append(("Authorization", f"Bearer {data.get('access') or data['access_token']}"))

    def wait(self, path: str, **members: str) -> dict:
        """What `path` shows as soon as its data has these members."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            data = self.ask("GET", path, 200)["data"]
            if all(data[name] == value for name, value in members.items()):
                return data
            if time.monotonic() > deadline:
                raise Unexpected(f"{path} never showed {members}: {data}")
            time.sleep(0.1)


def same(found: object, expected: object) -> None:
    if found != expected:
        raise Unexpected(f"{found!r}, not {expected!r}")


def open_stores(admin: Person) -> None:
    admin.log_in("/api/v1/auth/login/", {"email": ADMIN[0], "password": ADMIN[1]})
    for store, product, name, price in (("supermart", "prod_001", "Wireless Headphones", "500.00"),
                                        ("techmart", "prod_002", "Bluetooth Speaker", "750.00")):
        admin.ask("POST", "/api/v1/stores/", 201, {"store_id": store, "name": store.title(), "currency": "INR",
                                                   "tax_rate": "18.00", "shipping_cost": "50.00", "delivery_days": 5})
        category = admin.ask("POST", "/api/v1/categories/", 201, {"name": "Sound"}, store)
        admin.ask("POST", "/api/v1/products/", 201, {"name": name, "public_id": product, "category_id": category["id"],
                                                     "price": price, "stock_quantity": 10}, store)
    admin.ask("POST", "/api/v1/coupons/", 201, {"code": "SAVE10", "discount_type": "percent", "value": "10.00"})


def join(john: Person, mails: Mailbox) -> None:
    john.ask("POST", "/api/auth/register/", 201, {"username": "johndoe123", "email": EMAIL, "password": PASSWORD,
                                                  "first_name": "John", "phone_number": "+919876543210"})
    mail = mails.next(EMAIL)
    if mail is None:
        raise Unexpected("the mail with the OTP did not come")
    verified = john.ask("POST", "/api/auth/verify/otp/", 200, {"email": EMAIL, "otp": mail["otp"]})
    same((verified["message"], verified["verification_method"]), ("Account verified successfully.", "otp"))
    john.log_in("/api/auth/jwt/", {"email": EMAIL, "password": PASSWORD, "device_type": "ANDROID",
                                   "device_id": "android_device_12345"})
    sessions = john.ask("GET", "/api/auth/jwt/sessions/", 200)["data"]
    same([(one["device_type"], one["is_current_session"]) for one in sessions
          if one["device_id"] == "android_device_12345"], [("ANDROID", True)])


def add_addresses(john: Person) -> int:
    """The id of the address that things go to."""
    home = {"contact_name": "John Doe", "street_address": "123 Main Street", "city": "Mumbai", "state": "Maharashtra",
            "pin_code": "400001", "phone_number": "+919876543210", "address_type": "HOME"}
    john.ask("POST", "/api/auth/addresses/", 201, home)
    work = john.ask("POST", "/api/auth/addresses/", 201, home | {"street_address": "456 Oak Avenue",
                                                                "address_type": "WORK"})["data"]["id"]
    john.ask("POST", f"/api/auth/addresses/set-default/{work}/", 200)
    same(john.ask("GET", "/api/auth/addresses/default/", 200)["data"]["street_address"], "456 Oak Avenue")
    return work


def order_from_two_stores(john: Person, address: int) -> tuple[int, int]:
    """The ids of the order with the coupon and of the one without."""
    john.ask("POST", "/api/auth/cart/items/", 201, {"store_id": "supermart", "product_id": "prod_001", "quantity": 2})
    john.ask("POST", "/api/auth/cart/items/", 201, {"store_id": "techmart", "product_id": "prod_002", "quantity": 1})
    carts = {one["store_id"]: one for one in john.ask("GET", "/api/auth/carts/", 200)["data"]}
    same({store: one["total_price"] for store, one in carts.items()}, {"supermart": 1000.0, "techmart": 750.0})
    to = {"shipping_address_id": address, "delivery_instructions": "Ring doorbell twice"}
    first = john.ask("POST", "/api/auth/orders/", 201,
                     to | {"cart_id": carts["supermart"]["id"], "coupon_code": "SAVE10"})["data"]
    same([first[name] for name in ("status", "subtotal", "tax_amount", "shipping_cost", "discount_amount", "total_amount")],
         ["PLACED", 1000.0, 180.0, 50.0, 100.0, 1130.0])
    second = john.ask("POST", "/api/auth/orders/", 201, to | {"cart_id": carts["techmart"]["id"]})["data"]
    same(second["total_amount"], 935.0)
    return first["id"], second["id"]


def pay(john: Person, server: Server, order: int, method: str, outcome: str) -> dict:
    """Begins a payment and decides it at the gateway's page, as the buyer does."""
    begun = john.ask("POST", "/api/auth/payments/initiate/", 201, {"order_id": order, "payment_method": method})["data"]
    gateway = Client(urllib.parse.urlsplit(server.sandbox_url).port)
    answer = gateway.send("POST", f"/pay/{method.lower()}/{begun['payment_data']['order_id']}",
                          [("Content-Type", "application/x-www-form-urlencoded")], f"outcome={outcome}&mode=UPI".encode())
    gateway.close()
    if answer.status >= 400:
        raise Unexpected(f"the sandbox answered {answer.status}: {answer.text()}")
    return john.wait(f"/api/auth/payments/status/{order}/", payment_id=begun["payment_id"],
                     status="COMPLETED" if outcome == "success" else "FAILED")


def declined_then_shipped(john: Person, admin: Person, server: Server, order: int) -> None:
    pay(john, server, order, "PAYTM", "failure")
    same(john.ask("GET", f"/api/auth/orders/{order}/", 200)["data"]["status"], "PLACED")
    paid = pay(john, server, order, "PHONEPE", "success")
    same((paid["amount"], paid["payment_method"]), (1130.0, "PHONEPE"))
    john.wait(f"/api/auth/orders/{order}/", status="CONFIRMED")
    admin.ask("POST", f"/api/v1/orders/{order}/ship/", 200, {"tracking_number": "TRK123456789", "carrier_name": "BlueDart"})
    john.wait(f"/api/auth/orders/{order}/", status="SHIPPED", tracking_number="TRK123456789", carrier_name="BlueDart")


def paid_then_cancelled(john: Person, server: Server, order: int) -> None:
    pay(john, server, order, "PAYTM", "success")
    cancelled = john.ask("PATCH", f"/api/auth/orders/{order}/", 200,
                         {"status": "CANCELLED", "cancellation_reason": "Changed mind"})
    same((cancelled["message"], cancelled["data"]["status"]), ("Order cancelled successfully", "CANCELLED"))
    john.wait(f"/api/auth/payments/status/{order}/", status="REFUNDED")
    back = john.ask("GET", "/api/auth/payments/history/?status=REFUNDED", 200)["data"]
    same([(one["order_id"], [(part["action"], part["amount"]) for part in one["transactions"]]) for one in back],
         [(order, [("capture", 935.0), ("refund", 935.0)])])


def ask_for_help(john: Person, admin: Person, order: int) -> None:
    ticket = john.ask("POST", "/api/auth/support/tickets/", 201, {"subject": "Refund", "description": "When does it come?",
                                                                 "category": "payment", "order_id": order})["data"]["id"]
    admin.ask("POST", f"/api/v1/support/tickets/{ticket}/answer/", 201, {"message": "It is on its way."})
    said = john.ask("GET", f"/api/auth/support/tickets/{ticket}/", 200)["data"]["messages"]
    same([(one["message"], one["is_user_message"]) for one in said],
         [("When does it come?", True), ("It is on its way.", False)])


def take_it_all_along(john: Person) -> None:
    data = john.ask("GET", "/api/auth/account/export/", 200)["data"]
    same((len(data["addresses"]), len(data["tickets"])), (2, 1))


def live(server: Server) -> None:
    admin, john = Person(server.port), Person(server.port)
    open_stores(admin)
    join(john, Mailbox(server.mail_dir))
    first, second = order_from_two_stores(john, add_addresses(john))
    declined_then_shipped(john, admin, server, first)
    paid_then_cancelled(john, server, second)
    ask_for_help(john, admin, second)
    take_it_all_along(john)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build" / "release" / "cartwright")
    parser.add_argument("--engine", choices=("sqlite", "postgres", "both"))
    given = parser.parse_args()
    default = "both" if "CARTWRIGHT_TEST_POSTGRES_URL" in os.environ else "sqlite"
    engine = given.engine or default
    engines = ["sqlite", "postgres"] if engine == "both" else [engine]
    for one in engines:
        server = Server(given.binary.resolve(), one, SETTINGS)
        try:
            server.start()
            live(server)
        except Unexpected as error:
            print(f"{one}: {error}\n{server.log_end()}\n0 passed, 1 failed")
            return 1
        finally:
            server.stop()
    print(f"{len(engines)} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
