"""Several `cartwright serve` on one PostgreSQL and one Redis, and how to talk to them."""
import contextlib
import http.client
import json
import pathlib
import secrets
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from local_server import ADMIN_EMAIL, Server, fresh_postgres  # noqa: E402

PASSWORD = "correct-horse-7"
SETTINGS = {
    "CARTWRIGHT_SECRET_KEY": "nodes-" + secrets.token_hex(16),
    "CARTWRIGHT_PASSWORD_HASH_KIB": "8", "CARTWRIGHT_PASSWORD_HASH_PASSES": "1",
    "CARTWRIGHT_TRUSTED_PROXIES": "127.0.0.1",
    # A test machine may be busy: what waits this long is away for sure.
    "CARTWRIGHT_REDIS_TIMEOUT": "500ms",
}


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Node:
    """One server, and a client's words to it."""

    def __init__(self, server):
        self.server = server

    def ask(self, method, path, body=None, token=None, address=None, headers=()):
        line = http.client.HTTPConnection(*self.server.address, timeout=20)
        sent = dict(headers)
        if body is not None and not isinstance(body, bytes):
            body, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if address:
            sent["X-Forwarded-For"] = address
        try:
            line.request(method, path, body, sent)
            got = line.getresponse()
            return Answer(got.status, dict(got.getheaders()), got.read())
        finally:
            line.close()

    def demand(self, status, *words, **more):
        answer = self.ask(*words, **more)
        if answer.status != status:
            raise AssertionError(f"{words[:2]}: {answer.status} and not {status}: {answer.body[:300]!r}")
        return answer

    def register(self, address=None):
        email = f"buyer-{secrets.token_hex(6)}@nodes.example"
        made = self.demand(201, "POST", "/api/v1/auth/register/", {
            "email": email, "password": PASSWORD, "password_confirm": PASSWORD}, address=address)
        return email, made.json["data"]["access_token"]

    def admin(self, password):
        answer = self.demand(200, "POST", "/api/v1/auth/login/", {"email": ADMIN_EMAIL, "password": password})
        return answer.json["data"]["access_token"]

    def health(self):
        answer = self.ask("GET", "/health/ready")
        return answer.status, answer.json

    def metric(self, line):
        """A series' value, by its name and labels as shown; 0 where it is not there."""
        for shown in self.ask("GET", "/metrics").body.decode().splitlines():
            if shown.startswith(line + " "):
                return float(shown.rsplit(" ", 1)[1])
        return 0.0


class Shop:
    """A database, and as many nodes on it as a test wants."""

    def __init__(self, stack, database_url, binary):
        self.stack, self.database_url, self.binary = stack, database_url, binary
        self.admin_password = None
        self.folders = []

    def node(self, settings=None, arguments=()):
        """Starts one. The first makes the schema and the admin."""
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="cartwright-node-"))
        self.folders.append(folder)
        server = Server(folder, self.database_url, self.binary, {**SETTINGS, **(settings or {})})
        if self.admin_password is None:
            server.prepare()
            self.admin_password = server.admin_password
        self.stack.callback(server.stop)
        server.start(*arguments)
        return Node(server)


@contextlib.contextmanager
def open_shop(postgres_url, binary):
    with contextlib.ExitStack() as stack:
        yield Shop(stack, stack.enter_context(fresh_postgres(postgres_url)), binary)


def make_product(node, token, stock=1000, price="1.00"):
    name = secrets.token_hex(4)
    category = node.demand(201, "POST", "/api/v1/categories/", {"name": name}, token).json["id"]
    return node.demand(201, "POST", "/api/v1/products/", {
        "name": name, "description": "On every node", "price": price, "stock_quantity": stock,
        "category_id": category}, token).json["id"]


def seconds_until(holds, at_most=5.0):
    """How long it takes until `holds()`; infinity where it takes longer than that."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > at_most:
            return float("inf")
        time.sleep(0.005)
    return time.monotonic() - began
