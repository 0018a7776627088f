"""Races of payments by Paytm, PhonePe and Stripe: attacks 11, 14, 15, 17, 19, 20 and 39, over the sandbox.

The gateways' callbacks go to a `Letterbox` of ours instead of the shop, which hands them on as often and in such order
as a race wants.
"""
import base64
import collections.abc
import hashlib
import http.server
import json
import subprocess
import threading
import time
import urllib.parse

import app
from crowd import Ask, Wrong, expect, tally
from shop import Person, Shop

from server import PAGE_GATEWAYS, STRIPE_KEY

CROWD, ROUNDS = 32, 3
WAIT_SECONDS = 30
PAYTM, PHONEPE = "/api/auth/payments/paytm/callback/", "/api/auth/payments/phonepe/callback/"
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
METHODS = ("PAYTM", "PHONEPE")


class Letterbox:
    """Takes what gateways send to the shop."""

    def __init__(self) -> None:
        self.got: list[Ask] = []
        box = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                kept = tuple((name, self.headers[name]) for name in ("Content-Type", "X-VERIFY") if self.headers[name])
                box.got.append(Ask("POST", self.path, body, headers=kept))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self, reference: str) -> Ask:
        """The next callback that comes of that payment."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            for one in [one for one in self.got if reference in what_it_says(one)]:
                self.got.remove(one)
                return one
            time.sleep(0.01)
        raise Wrong(f"no callback of {reference} came")


def what_it_says(callback: Ask) -> str:
    said = callback.body.decode()
    return said if callback.path == PAYTM else base64.b64decode(json.loads(said)["response"]).decode()


def paytm_form(key: str = PAGE_GATEWAYS["PAYTM_KEY"], **fields: str) -> Ask:
    """A callback as Paytm signs it: the values by their names' order, AES over their hash."""
    salt = "AbC1"
    data = "|".join(value for _, value in sorted(fields.items()))
    plain = hashlib.sha256(f"{data}|{salt}".encode()).hexdigest() + salt
    done = subprocess.run(["openssl", "enc", "-aes-128-cbc", "-base64", "-A", "-K", key.encode().hex(), "-iv",
                           b"@@@@&&&&####$$$$".hex()], input=plain.encode(), capture_output=True, check=True)
    signed = fields | {"CHECKSUMHASH": done.stdout.decode().strip()}
    return Ask("POST", PAYTM, urllib.parse.urlencode(signed).encode(), headers=FORM)


def phonepe_answer(salt: str = PAGE_GATEWAYS["PHONEPE_SALT_KEY"], code: str = "PAYMENT_SUCCESS", **data: object) -> Ask:
    response = base64.b64encode(json.dumps({"success": True, "code": code, "data": data}).encode()).decode()
    verify = hashlib.sha256((response + salt).encode()).hexdigest() + "###1"
    return Ask("POST", PHONEPE, {"response": response}, headers=(("X-VERIFY", verify),))


class Begun:
    """A payment at one of the two gateways, for the customer's order of 1130.00."""

    def __init__(self, shop: Shop, data: dict) -> None:
        self.shop, self.id, self.method = shop, data["payment_id"], data["payment_method"]
        self.order, self.reference = data["order_id"], data["payment_data"]["order_id"]
        self.sandbox = urllib.parse.urlsplit(shop.server.sandbox_url).port

    def decision(self, outcome: str) -> Ask:
        return Ask("POST", f"/pay/{self.method.lower()}/{self.reference}", f"outcome={outcome}&mode=UPI".encode(), headers=FORM,
                   port=self.sandbox)

    def decided(self, outcome: str, letters: Letterbox) -> Ask:
        """The buyer decides. The callback that comes of it, which the shop has not got yet."""
        expect(self.shop.at_once([self.decision(outcome)])[0].status in (200, 303), True, "the sandbox' answer")
        return letters.next(self.reference)

    def claim(self, failed: bool, amount: int = 113000, merchant: str = "", key: str = "") -> Ask:
        """What the gateway would say, signed with its key or another."""
        if self.method == "PAYTM":
            return paytm_form(key=key or PAGE_GATEWAYS["PAYTM_KEY"], MID=merchant or PAGE_GATEWAYS["PAYTM_MID"],
                              ORDERID=self.reference, TXNAMOUNT=f"{amount // 100}.{amount % 100:02}",
                              STATUS="TXN_FAILURE" if failed else "TXN_SUCCESS", RESPCODE="01")
        return phonepe_answer(key or PAGE_GATEWAYS["PHONEPE_SALT_KEY"], "PAYMENT_ERROR" if failed else "PAYMENT_SUCCESS",
                              merchantId=merchant or PAGE_GATEWAYS["PHONEPE_MERCHANT_ID"],
                              merchantTransactionId=self.reference, amount=amount)

    def state(self) -> tuple[str, int, int]:
        """Status, and what was captured and given back."""
        return self.shop.rows(f"SELECT status, captured_minor, refunded_minor FROM payments WHERE id = {self.id}")[0]


def changed(callback: Ask) -> Ask:
    """The callback with its last letter before the end another."""
    body = callback.body if isinstance(callback.body, bytes) else json.dumps(callback.body).encode()
    if callback.path == PAYTM:
        return Ask("POST", PAYTM, body.replace(b"TXN_SUCCESS", b"TXN_PENDING"), headers=callback.headers)
    return Ask("POST", PHONEPE, body.replace(b"ey", b"eY", 1), headers=callback.headers)


class Races:
    def __init__(self) -> None:
        self.letters = Letterbox()
        self.settings = {"SANDBOX": "on", "CARTWRIGHT_PUBLIC_URL": self.letters.url, "CARTWRIGHT_RETRY_FIRST": "1s",
                         "CARTWRIGHT_RECONCILE_AFTER": "1h"}

    def all(self) -> list[collections.abc.Callable[[Shop], None]]:
        return [self.retries, self.begun_at_once, self.forged, self.replayed, self.reordered, self.cancelled_meanwhile,
                self.three_gateways]

    def order(self, shop: Shop) -> tuple[Person, int]:
        person = shop.buyer()
        product = shop.product(10)
        answer = shop.at_once([app.fill_cart(shop, person, product, 2)])[0]
        expect(answer.status, 201, answer.text())
        return person, answer.json()["data"]["id"]

    def begin(self, shop: Shop, method: str, person: Person | None = None, order: int = 0) -> Begun:
        if person is None:
            person, order = self.order(shop)
        wish = {"order_id": order, "payment_method": method}
        return Begun(shop, person.ask("POST", "/api/auth/payments/initiate/", wish, 201).json()["data"])

    def payments(self, shop: Shop, order: int) -> list[tuple]:
        return shop.rows("SELECT status, pays_order, captured_minor, refunded_minor, attempt FROM payments"
                         f" WHERE order_id = {order} ORDER BY id")

    def retries(self, shop: Shop) -> None:
        """Trying again, many times at once: after two tries one more, and never two that are live."""
        for method in METHODS:
            for tries_before in (2, 0):
                person, order = self.order(shop)
                failed = self.begin(shop, method, person, order)
                shop.at_once([failed.decided("failure", self.letters)])
                first = failed.id
                for _ in range(tries_before):
                    answer = person.ask("POST", f"/api/auth/payments/history/{first}/retry/", status=200)
                answers = shop.at_once([person.will("POST", f"/api/auth/payments/history/{first}/retry/")] * CROWD)
                good = sum(answer.status == 200 for answer in answers)
                expect((good, {answer.status for answer in answers}), (3 - tries_before, {200, 400}), f"{tally(answers)}")
                rows = self.payments(shop, order)
                expect([row[4] for row in rows], [1, 2, 3, 4], "attempts")
                expect([row[0] for row in rows], ["FAILED", "FAILED", "FAILED", "PENDING"], "statuses")

    def begun_at_once(self, shop: Shop) -> None:
        """One order begun many times at both gateways: one payment at each."""
        person, order = self.order(shop)
        answers = shop.at_once([person.will("POST", "/api/auth/payments/initiate/", {"order_id": order, "payment_method": method})
                                for method in METHODS * (CROWD // 2)])
        expect(tally(answers), {201: CROWD}, "begun")
        expect(len({answer.json()["data"]["payment_id"] for answer in answers}), 2, "payments")
        expect(len({answer.json()["data"]["payment_data"]["token"] for answer in answers}), 2, "tokens")

    def forged(self, shop: Shop) -> None:
        """What the gateway did not sign, or signed of something else, changes nothing; what it signed it is still asked about."""
        for method in METHODS:
            person, order = self.order(shop)
            mine, other = self.begin(shop, method, person, order), self.begin(shop, method)
            right = mine.claim(failed=False)
            forged = [mine.claim(failed=False, key="Another_Key_0016"), mine.claim(failed=True, key="Another_Key_0016"),
                      changed(right), mine.claim(failed=False, amount=100), mine.claim(failed=False, merchant="SOMEBODY"),
                      Ask("POST", right.path, right.body, headers=other.claim(False).headers if method == "PHONEPE" else ())]
            answers = shop.at_once(forged * 8)
            expect({answer.status // 100 for answer in answers}, {4}, f"forged {tally(answers)}")
            # The gateway would say so itself, but knows of no such thing.
            expect({answer.status for answer in shop.at_once([right, mine.claim(failed=False)] * 8)}, {200}, "not paid yet")
            expect((mine.state(), other.state()), (("PENDING", 0, 0), ("PENDING", 0, 0)), "states")
            expect(person.ask("GET", f"/api/auth/orders/{order}/", status=200).json()["data"]["status"], "PLACED", "order")
            shop.at_once([mine.decided("success", self.letters)])
            # A signed claim that it failed is asked about, too.
            shop.at_once([mine.claim(failed=True)] * 8 + forged)
            expect(mine.state(), ("COMPLETED", 113000, 0), "paid")

    def replayed(self, shop: Shop) -> None:
        """One callback many times at once, and again once the money has gone back: one capture, one refund."""
        for method in METHODS:
            person, order = self.order(shop)
            payment = self.begin(shop, method, person, order)
            callback = payment.decided("success", self.letters)
            expect(tally(shop.at_once([callback] * CROWD)), {200: CROWD}, "replayed")
            expect(payment.state(), ("COMPLETED", 113000, 0), "state")
            person.ask("PATCH", f"/api/auth/orders/{order}/", {"status": "CANCELLED"}, 200)
            self.settled(shop, order)
            expect(tally(shop.at_once([callback] * CROWD)), {200: CROWD}, "replayed after the refund")
            expect(payment.state(), ("REFUNDED", 113000, 113000), "state")
            expect(shop.rows("SELECT action, COUNT(*) FROM transactions"
                             f" WHERE payment_id = {payment.id} GROUP BY action ORDER BY action"),
                   [("capture", 1), ("refund", 1)], "movements")

    def reordered(self, shop: Shop) -> None:
        """Paytm's callbacks in the wrong order, and both at once: paid stays paid."""
        for together in (False, True):
            payment = self.begin(shop, "PAYTM")
            early, late = payment.decided("pending", self.letters), payment.decided("success", self.letters)
            old = payment.claim(failed=True)
            for batch in ([[late, early, old] * 8] if together else [[late], [early], [old], [early, late, old]]):
                expect({answer.status for answer in shop.at_once(batch)}, {200}, "callbacks")
            expect(payment.state(), ("COMPLETED", 113000, 0), "state")

    def cancelled_meanwhile(self, shop: Shop) -> None:
        """The buyer cancels while the gateway tells that he has paid: he has either the goods or his money."""
        for turn in range(ROUNDS * 2):
            person, order = self.order(shop)
            payment = self.begin(shop, METHODS[turn % 2], person, order)
            callback = payment.decided("success", self.letters)
            cancel = person.will("PATCH", f"/api/auth/orders/{order}/", {"status": "CANCELLED"})
            answers = shop.at_once([callback, cancel, callback] if turn % 3 else [cancel, cancel, callback])
            expect({answer.status for answer in answers} <= {200, 400}, True, f"{tally(answers)}")
            self.settled(shop, order)
            shown = person.ask("GET", f"/api/auth/orders/{order}/", status=200).json()["data"]["status"]
            back = 113000 if shown == "CANCELLED" else 0
            expect((shown in ("CANCELLED", "CONFIRMED"), payment.state()[1:]), (True, (113000, back)), shown)

    def settled(self, shop: Shop, order: int) -> None:
        """Waits until no money of the order is on its way."""
        deadline = time.monotonic() + WAIT_SECONDS
        statement = ("SELECT COUNT(*) FROM orders o LEFT JOIN payments p ON p.order_id = o.id WHERE"
                     f" o.id = {order} AND (p.refund_pending_minor > 0 OR (p.captured_minor > p.refunded_minor"
                     " AND (p.pays_order = 0 OR o.cancelled_at IS NOT NULL)))")
        while shop.rows(statement) != [(0,)]:
            if time.monotonic() > deadline:
                raise Wrong(f"money is still on its way: {self.payments(shop, order)}")
            time.sleep(0.1)

    def three_gateways(self, shop: Shop) -> None:
        """One order paid by Stripe on the shop surface and by both others on the customer's, at once: paid once, the rest back."""
        for _ in range(ROUNDS):
            person, order = self.order(shop)
            paid = [self.begin(shop, method, person, order) for method in METHODS]
            intent = person.ask("POST", f"/api/v1/orders/{order}/create-payment/", {}, 200).json()["payment_intent_id"]
            callbacks = [payment.decided("success", self.letters) for payment in paid]
            key = base64.b64encode(f"{STRIPE_KEY}:".encode()).decode()
            by_card = Ask("POST", f"/v1/payment_intents/{intent}/confirm", b"payment_method=pm_card_visa", port=paid[0].sandbox,
                          headers=(*FORM, ("Authorization", f"Basic {key}")))
            confirm = person.will("POST", f"/api/v1/orders/{order}/confirm-payment/", {"payment_intent_id": intent})
            answers = shop.at_once([by_card, *callbacks, confirm, *callbacks, confirm])
            expect({answer.status for answer in answers} <= {200, 400}, True, f"{tally(answers)}")
            self.by_card_too(shop, order)
            self.settled(shop, order)
            rows = self.payments(shop, order)
            expect([row[2] for row in rows], [113000] * 3, "captured")
            expect((sum(row[1] for row in rows), sum(row[3] for row in rows)), (1, 226000), f"paying, given back: {rows}")
            told = person.ask("GET", f"/api/auth/payments/status/{order}/", status=200).json()["data"]
            expect(told["status"], "COMPLETED", "the order's payment")

    def by_card_too(self, shop: Shop, order: int) -> None:
        """Stripe tells by itself; this waits until it has."""
        deadline = time.monotonic() + WAIT_SECONDS
        while any(row[2] == 0 for row in self.payments(shop, order)):
            if time.monotonic() > deadline:
                raise Wrong(f"a capture was never heard of: {self.payments(shop, order)}")
            time.sleep(0.1)
