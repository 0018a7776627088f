"""A shop with sixty-four buyers and a sandbox, and what the races ask of it."""
import collections
import contextlib
import hashlib
import hmac
import itertools
import json
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from http_crowd import Elsewhere, ask, converse, form_request, request  # noqa: E402
from local_server import (ADMIN_EMAIL, BINARY, STRIPE_KEY, STRIPE_WEBHOOK_SECRET, local_sandbox,  # noqa: E402
                          local_server)

CROWD = 64
WAIT_S = 20
PASSWORD = "sixty-four at once"
ADDRESS = {"shipping_address": "1 Race St", "billing_address": "1 Race St"}
# Hashing sixty-four passwords is not what is raced; jobs that look soon make waiting for them short.
SETTINGS = {"CARTWRIGHT_PASSWORD_HASH_KIB": "8", "CARTWRIGHT_PASSWORD_HASH_PASSES": "1",
            "CARTWRIGHT_RECONCILE_AFTER": "600s", "CARTWRIGHT_DATABASE_CONNECTIONS": "16"}


class Wrong(Exception):
    """A race was not won as it must be; the message says what came."""


def expect(holds, what):
    if not holds:
        raise Wrong(what)


def statuses(answers):
    return dict(sorted(collections.Counter(answer.status for answer in answers).items()))


def first_line(answers, status):
    return next((answer.body[:300].decode(errors="replace") for answer in answers if answer.status == status), "")


def expect_statuses(answers, wanted):
    found = statuses(answers)
    odd = next((status for status in found if wanted.get(status) != found[status]), 0)
    expect(found == wanted, f"answers {found}, expected {wanted}; for example {first_line(answers, odd)}")


class Shop:
    def __init__(self, server, sandbox):
        self.server, self.sandbox, self.address = server, sandbox, server.address
        answer = ask(self.address, "POST", "/api/v1/auth/login/", {"email": ADMIN_EMAIL, "password": server.admin_password})
        self.admin = json.loads(answer.body)["data"]["access_token"]
        made = self.at_once(request("POST", "/api/v1/auth/register/", {
            "email": f"racer-{number}@race.example", "password": PASSWORD, "password_confirm": PASSWORD,
            "user_type": "customer", "first_name": "Racer", "last_name": str(number)}) for number in range(CROWD))
        expect_statuses(made, {201: CROWD})
        self.buyers = [json.loads(answer.body)["data"]["access_token"] for answer in made]
        self.numbers = itertools.count(1)
        self.category = self.call("POST", "/api/v1/categories/", {"name": "Races"})["id"]

    # One after another

    def call(self, method, path, body=None, token=None):
        """What a request that must go well answers. The admin asks unless somebody else is named."""
        answer = ask(self.address, method, path, body, token or self.admin)
        expect(answer.status in (200, 201), f"{method} {path}: {answer.status} {answer.body[:300]!r}")
        return json.loads(answer.body)

    def product(self, stock, price="10.00"):
        return self.call("POST", "/api/v1/products/", {
            "name": f"Product {next(self.numbers)}", "description": "Raced for", "price": price, "stock_quantity": stock,
            "category_id": self.category})["id"]

    def stock(self, product):
        return self.call("GET", f"/api/v1/products/{product}/")["stock_quantity"]

    def coupon(self, **terms):
        code = f"RACE{next(self.numbers)}"
        self.call("POST", "/api/v1/coupons/", {"code": code, "discount_type": "percent", "value": "10.00", **terms})
        return code

    def placed(self, product, quantity=1, buyer=0):
        """An order that is there before the race."""
        answer = self.at_once([self.order(self.buyers[buyer], {product: quantity})])[0]
        expect(answer.status == 201, f"placing an order: {answer.status} {answer.body[:300]!r}")
        return json.loads(answer.body)["id"]

    def seen(self, order):
        return self.call("GET", f"/api/v1/orders/{order}/")

    def payments(self, order):
        """The order's payments with their movements, newest first."""
        listed = self.call("GET", f"/api/v1/payments/?order_id={order}")["results"]
        return [self.call("GET", f"/api/v1/payments/{payment['id']}/") for payment in listed]

    def intent(self, order, buyer=0):
        return self.call("POST", f"/api/v1/orders/{order}/create-payment/", {}, self.buyers[buyer])["payment_intent_id"]

    def pay_at_stripe(self, intent, method="pm_card_visa"):
        """What the buyer's browser does; the shop knows nothing of it yet where webhooks are off."""
        answers = []

        def browser():
            answers.append((yield Elsewhere(self.sandbox, form_request(
                f"/v1/payment_intents/{intent}/confirm", {"payment_method": method}, STRIPE_KEY))))

        converse(self.address, [browser()])
        return answers[0].status

    def intent_to_confirm(self, product, buyer=0):
        """An order whose intent has been paid at Stripe, which the shop has not heard of."""
        order = self.placed(product, buyer=buyer)
        intent = self.intent(order, buyer)
        expect(self.pay_at_stripe(intent) == 200, "the sandbox takes the card")
        return order, intent

    def behave(self, **conduct):
        answer = ask(self.sandbox, "POST", "/sandbox/control", {"gateway": "stripe", **conduct})
        expect(answer.status == 200, f"the sandbox: {answer.body!r}")

    def audited(self, action, subject):
        return self.call("GET", f"/api/v1/audit-log/?action={action}&subject_id={subject}")["count"]

    def wait_for(self, what, holds):
        deadline = time.monotonic() + WAIT_S
        while not holds():
            expect(time.monotonic() < deadline, f"{what}: not within {WAIT_S} s")
            time.sleep(0.05)

    # Requests for a race

    def order(self, token, items, headers=(), **more):
        lines = [{"product_id": product, "quantity": quantity} for product, quantity in items.items()]
        return request("POST", "/api/v1/orders/", {**ADDRESS, "items": lines, **more}, token, headers)

    def webhook(self, event, kind, intent, amount, **more):
        return request(*self.webhook_call(event, kind, intent, amount, **more))

    def webhook_call(self, event, kind, intent, amount, **more):
        """A delivery as Stripe signs it: what `request` and `ask` are given."""
        body = json.dumps({"id": event, "object": "event", "type": kind, "livemode": False, "data": {"object": {
            "id": intent, "object": "payment_intent", "amount": amount, "amount_received": amount, "currency": "usd",
            "status": kind.split(".")[1], **more}}}).encode()
        now = int(time.time())
        code = hmac.new(STRIPE_WEBHOOK_SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
        return "POST", "/api/v1/webhooks/stripe/", body, None, [("Stripe-Signature", f"t={now},v1={code}")]

    def at_once(self, requests):
        """The answers to requests that are sent side by side, each on a connection of its own."""
        requests = list(requests)
        answers = [None] * len(requests)

        def client(number):
            answers[number] = yield requests[number]

        converse(self.address, [client(number) for number in range(len(requests))])
        return answers


@contextlib.contextmanager
def open_shop(binary, postgres_url=None, settings=None):
    with local_server(postgres_url, binary, {**SETTINGS, **(settings or {})}) as server, local_sandbox(server) as sandbox:
        server.start()
        shop = Shop(server, sandbox)
        shop.behave(webhooks=False)
        yield shop
