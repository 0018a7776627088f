"""A gateway that is slow, silent, down, or does its work and says nothing of it."""
import base64
import hashlib
import hmac
import json
import threading
import time
import urllib.parse

from caller import WEAK_HASH, Caller, Wrong, expect, send, wait_for
from local_server import STRIPE_KEY, STRIPE_WEBHOOK_SECRET, local_sandbox, local_server

GATEWAY_THREADS = 2
SETTINGS = {**WEAK_HASH, "CARTWRIGHT_GATEWAY_TIMEOUT": "1s", "CARTWRIGHT_RECONCILE_AFTER": "1s",
            "CARTWRIGHT_RETRY_FIRST": "1s", "CARTWRIGHT_RETRY_MAX": "1s", "CARTWRIGHT_GATEWAY_THREADS": str(GATEWAY_THREADS)}
# The client of Stripe tries twice by itself.
TRIES = 2


class Shop(Caller):
    def __init__(self, server, sandbox):
        super().__init__(server)
        self.sandbox = sandbox

    def behave(self, **conduct):
        calm = {"delay_ms": 0, "fail_next": 0, "drop_after_work": 0, "webhooks": False, "duplicate_webhooks": False,
                "reorder_webhooks": False}
        answer = send(self.sandbox, "POST", "/sandbox/control", {"gateway": "stripe", **calm, **conduct})
        expect(answer.status == 200, f"the sandbox: {answer.json}")

    def at_stripe(self, method, path, **form):
        key = base64.b64encode(f"{STRIPE_KEY}:".encode()).decode()
        return send(self.sandbox, method, path, urllib.parse.urlencode(form).encode(), None,
                    [("Authorization", f"Basic {key}"), ("Content-Type", "application/x-www-form-urlencoded")]).json

    def placed(self):
        answer = self.order()
        expect(answer.status == 201, f"an order: {answer.status} {answer.json}")
        return answer.json["id"]

    def create(self, order):
        return self.send("POST", f"/api/v1/orders/{order}/create-payment/", {}, self.buyer)

    def confirm(self, order):
        return self.send("POST", f"/api/v1/orders/{order}/confirm-payment/", {}, self.buyer)

    def tell(self, intent, amount):
        """A webhook of Stripe's: the intent has the money."""
        body = json.dumps({"id": f"evt_{intent}", "object": "event", "type": "payment_intent.succeeded", "livemode": False,
                           "data": {"object": {"id": intent, "object": "payment_intent", "amount": amount,
                                               "amount_received": amount, "currency": "usd", "status": "succeeded"}}}).encode()
        now = int(time.time())
        code = hmac.new(STRIPE_WEBHOOK_SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
        return self.send("POST", "/api/v1/webhooks/stripe/", body, "", [("Stripe-Signature", f"t={now},v1={code}")])

    def status(self, order):
        return self.fine("GET", f"/api/v1/orders/{order}/")["status"]

    def payments(self, order):
        return self.fine("GET", f"/api/v1/payments/?order_id={order}")["results"]

    def intents(self, order):
        """What the gateway has for that order."""
        all_of_them = self.at_stripe("GET", "/v1/payment_intents?limit=100")["data"]
        return [intent for intent in all_of_them if intent["metadata"].get("order_id") == str(order)]

    def begun(self):
        order = self.placed()
        answer = self.create(order)
        expect(answer.status == 200, f"create-payment: {answer.status} {answer.json}")
        return order, answer.json["payment_intent_id"]

    def pay(self, intent):
        paid = self.at_stripe("POST", f"/v1/payment_intents/{intent}/confirm", payment_method="pm_card_visa")
        expect(paid.get("status") == "succeeded", f"the sandbox takes the card: {paid}")

    def paid(self):
        order, intent = self.begun()
        self.pay(intent)
        expect(self.confirm(order).status == 200, "the order is paid")
        return order, intent


def expect_away(answer):
    expect(answer.status == 503 and answer.headers.get("retry-after", "").isdigit() and "error" in answer.json,
           f"a gateway that is away: {answer.status} {answer.headers} {answer.json}")


def slow(shop):
    """No answer within the time: 503 in that time, and one intent for all tries, which the reconciliation finds."""
    order = shop.placed()
    shop.behave(delay_ms=3000)
    answer = shop.create(order)
    expect_away(answer)
    expect(answer.seconds < 2.5, f"the time-out of 1 s took {answer.seconds:.1f} s")
    expect(shop.status(order) == "pending", "nothing is half done")
    shop.behave()
    wait_for("the reconciliation", lambda: shop.payments(order)[0]["gateway_reference"])
    answer = shop.create(order)
    expect(answer.status == 200, f"once it answers again: {answer.status}")
    wait_for("the late work", lambda: len(shop.intents(order)) == 1)
    expect(shop.intents(order)[0]["id"] == answer.json["payment_intent_id"], "the intent is the gateway's only one")


def silent_after_making(shop):
    """The intent was made and the connection broke: the same intent is found by the next try."""
    order = shop.placed()
    shop.behave(drop_after_work=TRIES)
    expect_away(shop.create(order))
    expect(len(shop.intents(order)) == 1, f"{len(shop.intents(order))} intents")
    answer = shop.create(order)
    expect(answer.status == 200 and answer.json["payment_intent_id"] == shop.intents(order)[0]["id"], f"{answer}")


def silent_after_paying(shop):
    """Paid, and nobody can tell: neither webhook nor confirmation gets through. The reconciliation settles it."""
    order, intent = shop.begun()
    shop.pay(intent)
    shop.behave(drop_after_work=TRIES)
    expect_away(shop.confirm(order))
    wait_for("the reconciliation", lambda: shop.status(order) == "completed")
    expect([payment["captured"] for payment in shop.payments(order)] == ["10.00"], f"{shop.payments(order)}")
    expect(shop.confirm(order).status == 200, "the buyer hears of it")


def never_told(shop):
    """The buyer closed his browser, and no webhook came."""
    order, intent = shop.begun()
    shop.pay(intent)
    wait_for("the reconciliation", lambda: shop.status(order) == "completed")


def refund_lost(shop):
    """The refund was made and the connection broke, then the gateway was down: one refund, however often it is asked for."""
    for trouble in ({"drop_after_work": TRIES}, {"fail_next": 3 * TRIES, "status": 500}):
        order, intent = shop.paid()
        shop.behave(**trouble)
        shop.fine("POST", f"/api/v1/orders/{order}/refund/", {"amount": "4.00"})
        wait_for("the refund", lambda: shop.payments(order)[0]["refunded"] == "4.00")
        made = shop.at_stripe("GET", f"/v1/refunds?payment_intent={intent}&limit=100")["data"]
        expect([refund["amount"] for refund in made] == [400], f"refunds {made}")
        shop.behave()


def unruly_webhooks(shop):
    """A decline, then a success, each told twice and in the wrong order: paid, and the goods are taken."""
    before = shop.stock()
    order, intent = shop.begun()
    shop.behave(webhooks=True, duplicate_webhooks=True, reorder_webhooks=True)
    declined = shop.at_stripe("POST", f"/v1/payment_intents/{intent}/confirm", payment_method="pm_card_chargeDeclined")
    expect("error" in declined, f"the sandbox declines: {declined}")
    shop.pay(intent)
    wait_for("the webhooks", lambda: shop.status(order) == "completed")
    expect(shop.stock() == before - 1, f"stock went from {before} to {shop.stock()}")


def webhooks_beside_hanging_calls(shop):
    """Every thread for gateways waits for one that is silent, and more buyers wait for them: a webhook is answered at once."""
    asked = [shop.begun()[0] for _ in range(4 * GATEWAY_THREADS)]
    order, intent = shop.begun()
    shop.behave(delay_ms=3000)
    buyers = [threading.Thread(target=shop.confirm, args=(other,)) for other in asked]
    for buyer in buyers:
        buyer.start()
    time.sleep(0.3)
    answer = shop.tell(intent, 1000)
    expect(answer.status == 200 and answer.seconds < 0.5, f"a webhook: {answer.status} after {answer.seconds:.1f} s")
    expect(shop.status(order) == "completed", "what it told has been done")
    expect(sum(buyer.is_alive() for buyer in buyers) > GATEWAY_THREADS, "all others still wait")
    for buyer in buyers:
        buyer.join()


ALL = [slow, silent_after_making, silent_after_paying, never_told, refund_lost, unruly_webhooks,
       webhooks_beside_hanging_calls]


def run(binary, postgres_url=None):
    """Gives (passed, problems)."""
    passed, problems = 0, []
    with local_server(postgres_url, binary, SETTINGS) as server, local_sandbox(server) as sandbox:
        server.start()
        shop = Shop(server, sandbox)
        for outage in ALL:
            shop.behave()
            try:
                outage(shop)
                found = server.command("verify", check=False)
                expect(found.returncode == 0, f"cartwright verify: {found.stdout}")
                passed += 1
            except Wrong as wrong:
                problems.append(f"gateway {outage.__name__}: {wrong}")
        if problems:
            problems.append((server.folder / "server.log").read_text()[-3000:])
    return passed, problems
