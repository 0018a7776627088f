"""Buyers who shop on while the database is away, and what they were answered."""
import http.client
import json
import secrets
import threading
import time

PASSWORD = "out of the question"
ADDRESS = {"shipping_address": "1 Gone St", "billing_address": "1 Gone St"}
REQUEST_S = 30
PAUSE_S = 0.02


class Wrong(Exception):
    """Something is not as it must be; the message says what."""


def expect(holds, what):
    if not holds:
        raise Wrong(what)


def send(address, method, path, body=None, token=None, headers=()):
    """One request on a connection of its own: status, headers in lower case, JSON."""
    sent = {"Content-Type": "application/json", **dict(headers)}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    line = http.client.HTTPConnection(*address, timeout=REQUEST_S)
    try:
        line.request(method, path, None if body is None else json.dumps(body).encode(), sent)
        answer = line.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(answer.read())
    finally:
        line.close()


def demand(status, address, *words, **more):
    got, _, body = send(address, *words, **more)
    expect(got == status, f"{words[:2]}: {got} and not {status}: {body}")
    return body


class Buyers:
    """Each puts a product into the cart and orders it, again and again, each order with a key of its own that is sent
    until it is answered. Whatever a refusal means, no order may be there that nobody was told of, and none twice."""

    def __init__(self, server, count=4):
        self.address = server.address
        admin = demand(200, self.address, "POST", "/api/v1/auth/login/",
                       {"email": "admin@shop.example", "password": server.admin_password})["data"]["access_token"]
        mark = secrets.token_hex(4)
        category = demand(201, self.address, "POST", "/api/v1/categories/", {"name": f"Lamps {mark}"}, admin)["id"]
        self.product = demand(201, self.address, "POST", "/api/v1/products/", {
            "name": f"Lamp {mark}", "description": "It is there or not", "price": "2.50", "stock_quantity": 1_000_000,
            "category_id": category}, admin)["id"]
        self.tokens = []
        for number in range(count):
            made = demand(201, self.address, "POST", "/api/v1/auth/register/", {
                "email": f"buyer{number}-{mark}@gone.example", "password": PASSWORD, "password_confirm": PASSWORD})
            self.tokens.append(made["data"]["access_token"])
        self.orders, self.refused, self.wrong = {}, [], []
        self.lock, self.ended = threading.Lock(), threading.Event()
        self.threads = []

    def __enter__(self):
        self.threads = [threading.Thread(target=self._shop, args=(token,)) for token in self.tokens]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def _until_done(self, token, path, body, headers=()):
        """Sends it until it is done, and gives the answer; nothing where the buyers go home before."""
        leaving_at = None
        while True:
            began = time.monotonic()
            try:
                status, told, answer = send(self.address, "POST", path, body, token, headers)
            except OSError as problem:
                self._note(self.wrong, f"{path}: {problem}")
                return None
            if status == 201:
                return answer
            if status == 503 and told.get("retry-after", "").isdigit():
                self._note(self.refused, (began, time.monotonic() - began))
            else:
                self._note(self.wrong, f"{path}: {status} {told.get('retry-after')} {answer}")
                return None
            if self.ended.is_set():
                leaving_at = leaving_at or time.monotonic() + REQUEST_S
                if time.monotonic() > leaving_at:
                    self._note(self.wrong, f"{path}: still refused {REQUEST_S} s after all was well")
                    return None
            time.sleep(PAUSE_S)

    def _note(self, notes, what):
        with self.lock:
            notes.append(what)

    def _shop(self, token):
        while not self.ended.is_set() and not self.wrong:
            # The cart may hold more than one by then: who is refused may have been served.
            if self._until_done(token, "/api/v1/cart/", {"product_id": self.product, "quantity": 1}) is None:
                return
            order = self._until_done(token, "/api/v1/cart/checkout/", ADDRESS, [("Idempotency-Key", secrets.token_hex(8))])
            if order is None:
                return
            with self.lock:
                self.orders[order["id"]] = time.monotonic()

    def wait_for_orders(self, count, at_most_s):
        """Waits until so many more are placed, and gives the seconds that took."""
        began, wanted = time.monotonic(), len(self.orders) + count
        while len(self.orders) < wanted:
            expect(not self.wrong, f"answered what nobody may be answered: {self.wrong[:3]}")
            expect(time.monotonic() < began + at_most_s, f"no {count} orders within {at_most_s} s")
            time.sleep(0.02)
        return time.monotonic() - began

    def refused_since(self, moment):
        with self.lock:
            return [took for began, took in self.refused if began >= moment]

    def wait_for_refusals(self, count, at_most_s):
        began = time.monotonic()
        while len(self.refused_since(began)) < count:
            expect(not self.wrong, f"answered what nobody may be answered: {self.wrong[:3]}")
            expect(time.monotonic() < began + at_most_s, f"no {count} refusals within {at_most_s} s")
            time.sleep(0.02)
