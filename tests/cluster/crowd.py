"""Who shops at the cluster: buyers on both surfaces, people who look around, people who log in and out, and one who
asks for far too much. Each says what it was answered; what no document allows is a problem."""
import collections
import http.client
import itertools
import json
import random
import threading
import time

# What an operation may be answered beside 503, which any may for a while, with Retry-After. 429: it has a limit of its own.
LOOKS = {200}
SEARCHES = {200, 429}
ADDS = {201, 400}  # 400: out of stock
ORDERS = {201, 400, 409}  # 400: out of stock; 409: the first try with this key still runs
ORDERS_A_MINUTE = 10  # of one customer with the app
PASSWORD = "a clustered purchase"


class Book:
    """What was answered, when. Any thread."""

    def __init__(self):
        self.lock = threading.Lock()
        self.started = time.monotonic()
        self.answers = []  # (seconds since the start, operation, status, seconds it took)
        self.problems = []
        self.closed = []  # when a request was answered by the end of its connection

    def note(self, operation, status, took):
        with self.lock:
            self.answers.append((time.monotonic() - self.started, operation, status, took))

    def was_closed(self):
        with self.lock:
            self.closed.append(time.monotonic() - self.started)

    def problem(self, text):
        with self.lock:
            self.problems.append(f"{time.monotonic() - self.started:.1f} s: {text}")


class Client:
    """A keep-alive connection to the balancer."""

    def __init__(self, book, port, address):
        self.book, self.port, self.address, self.line = book, port, address, None
        self.token = None

    def once(self, operation, method, path, body, allowed, headers=()):
        """One request, noted. Gives status and body; 503 without them where the balancer closed the line first."""
        sent = {"X-Forwarded-For": self.address, **dict(headers)}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        data = None
        if body is not None:
            data, sent["Content-Type"] = json.dumps(body), "application/json"
        began = time.monotonic()
        try:
            if self.line is None:
                self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
            self.line.request(method, path, data, sent)
            answer = self.line.getresponse()
            status, text, retry = answer.status, answer.read(), answer.getheader("Retry-After")
            if answer.getheader("Connection") == "close":
                self._close()
        except (OSError, http.client.HTTPException) as error:
            self._close()
            self.book.note(operation, 0, time.monotonic() - began)
            if isinstance(error, ConnectionError):
                self.book.was_closed()
            else:
                self.book.problem(f"{operation}: {method} {path}: no answer ({error!r})")
            return 0, None
        self.book.note(operation, status, time.monotonic() - began)
        if status == 503 and not retry:
            self.book.problem(f"{operation}: 503 without Retry-After")
        if status not in allowed and status != 503:
            self.book.problem(f"{operation}: {method} {path}: {status} {text[:200]!r}")
        return status, text

    def _close(self):
        if self.line:
            self.line.close()
        self.line = None

    def until_answered(self, operation, method, path, body, allowed, headers=(), seconds=90):
        """Asks again while it is not known what became of the first try; nothing where that never ended."""
        deadline = time.monotonic() + seconds
        in_doubt = False
        while time.monotonic() < deadline:
            status, text = self.once(operation, method, path, body, allowed, headers)
            if status == 429 and headers and in_doubt:
                self._close()  # it would be closed meanwhile
                time.sleep(62)  # the longest that such a limit refuses who does not knock
            elif status in (503, 409, 0):
                in_doubt = True
                time.sleep(random.uniform(0.2, 1.0))
            else:
                return status, json.loads(text or b"null")
        self.book.problem(f"{operation}: {method} {path}: not answered for {seconds} s")
        return None, None


class Shopper:
    """Somebody with an account. `keys` has each order he wanted: its number once it was answered, until then nothing.
    `times` are when they were answered 201."""

    numbers = itertools.count(1)

    def __init__(self, book, port):
        self.number = next(self.numbers)
        self.client = Client(book, port, f"10.1.{self.number // 250}.{self.number % 250 + 1}")
        self.email = f"shopper-{self.number}@cluster.example"
        self.keys, self.times, self.wanted = {}, collections.deque(), 0
        account = {"email": self.email, "password": PASSWORD, "password_confirm": PASSWORD}
        _, answer = self.client.until_answered("register", "POST", "/api/v1/auth/register/", account, {201})
        self.client.token = answer["data"]["access_token"]
        self.user = answer["data"]["user"]["id"]

    def order(self, operation, path, body, allowed=ORDERS):
        """Until it is known what became of it: each try has the same Idempotency-Key."""
        self.wanted += 1
        key = f"{self.number}-{self.wanted}"
        self.keys[key] = None
        status, answer = self.client.until_answered(operation, "POST", path, body, allowed, [("Idempotency-Key", key)])
        if status == 201:
            self.keys[key] = (answer["data"] if "data" in answer else answer)["id"]
            self.times.append(time.monotonic())
        elif status in (400, 429):
            del self.keys[key]
        return status


ADDRESS = {"contact_name": "John Doe", "street_address": "123 Main Street", "city": "Mumbai", "state": "Maharashtra",
           "pin_code": "400001", "phone_number": "+919876543210"}
TO = {"shipping_address": "1 Main St", "billing_address": "1 Main St"}


class ShopBuyer(Shopper):
    """From the web: into the cart and out, or an order at once."""

    def __init__(self, book, port, goods):
        super().__init__(book, port)
        self.goods, self.scarce_bought = goods, 0

    def turn(self):
        product = random.choice(self.goods.plenty)
        if random.random() < 0.7:
            status, _ = self.client.until_answered("add to cart", "POST", "/api/v1/cart/",
                                                   {"product_id": product, "quantity": 1}, ADDS)
            if status == 201:
                self.order("checkout", "/api/v1/cart/checkout/", TO)
        else:
            scarce = random.choice(self.goods.scarce)
            lines = [{"product_id": each, "quantity": 1} for each in (product, scarce)]
            self.scarce_bought += self.order("order", "/api/v1/orders/", {**TO, "items": lines}) == 201


class AppBuyer(Shopper):
    """With the app, and more often than it allows."""

    def __init__(self, book, port, goods):
        super().__init__(book, port)
        self.goods = goods
        _, answer = self.client.until_answered("address", "POST", "/api/auth/addresses/", ADDRESS, {201})
        self.home, self.cart = answer["data"]["id"], None

    def turn(self):
        item = {"store_id": self.goods.store, "product_id": random.choice(self.goods.public_ids), "quantity": 2}
        status, _ = self.client.until_answered("add to cart (app)", "POST", "/api/auth/cart/items/", item, {*ADDS, 429})
        if status != 201:
            time.sleep(1)
            return
        if self.cart is None:
            _, answer = self.client.until_answered("cart (app)", "GET", f"/api/auth/carts/store/{self.goods.store}/",
                                                   None, LOOKS)
            self.cart = answer["data"]["id"]
        wish = {"cart_id": self.cart, "shipping_address_id": self.home}
        if self.order("order (app)", "/api/auth/orders/", wish, {*ORDERS, 429}) == 429:
            time.sleep(1)


class Looker(Shopper):
    """Turns pages, searches, looks at products."""

    def __init__(self, book, port, goods):
        super().__init__(book, port)
        self.goods = goods

    def turn(self):
        if random.random() < 0.1:
            word = random.choice(["lamp", "chair", "mug"])
            status, _ = self.client.once("search", "GET", f"/api/v1/products/?search={word}&ordering=price", None, SEARCHES)
        else:
            path = random.choice([f"/api/v1/products/{random.choice(self.goods.plenty)}/",
                                  f"/api/v1/products/?page={random.randint(1, 5)}", "/api/v1/categories/"])
            status, _ = self.client.once("look", "GET", path, None, LOOKS)
        time.sleep(0.5 if status == 503 else 0.01)


class Leaver(Shopper):
    """Logs in, looks, logs out, and knocks again with the old token: a second later no node lets him in."""

    def __init__(self, book, port):
        super().__init__(book, port)
        self.knocks = 0

    def turn(self):
        client = self.client
        client.token = None
        status, answer = client.until_answered("log in", "POST", "/api/v1/auth/login/",
                                               {"email": self.email, "password": PASSWORD}, {200, 429})
        if status != 200:
            time.sleep(0.5)
            return
        client.token = answer["data"]["access_token"]
        client.once("look", "GET", "/api/v1/products/?page_size=1", None, LOOKS)
        status, _ = client.until_answered("log out", "POST", "/api/auth/jwt/logout/", {}, {200, 401})
        if status is None:
            return
        time.sleep(1.1)
        for _ in range(8):
            status, _ = client.once("knock", "GET", "/api/auth/profile/", None, {401})
            self.knocks += status == 401


class Glutton:
    """A visitor without an account who asks far more than he may. `fed` are the times he was answered."""

    def __init__(self, book, port):
        self.client = Client(book, port, "10.9.9.9")
        self.fed = collections.deque()

    def turn(self):
        status, _ = self.client.once("gorge", "GET", "/api/v1/products/?page_size=1", None, {200, 401, 429})
        if status in (200, 401):
            self.fed.append(time.monotonic())
        time.sleep(0.05)


def most_within(seconds, times):
    """The most of those times that lie within any stretch so long."""
    window, most = collections.deque(), 0
    for at in times:
        window.append(at)
        while window[0] < at - seconds:
            window.popleft()
        most = max(most, len(window))
    return most


class Crowd:
    """Runs each visitor in a thread of his own until told to stop; a turn that has begun is ended."""

    def __init__(self, visitors):
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._live, args=(visitor,)) for visitor in visitors]

    def _live(self, visitor):
        try:
            while not self.stopping.is_set():
                visitor.turn()
        except Exception as error:  # whatever it is, the test has failed
            visitor.client.book.problem(f"{type(visitor).__name__}: {error!r}")

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
