"""What the measurements are made of: a shop with a catalogue, the bare programs, the load, and CPU time."""
import collections
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from catalogues import catalogue_csv, catalogue_database  # noqa: E402
from http_crowd import Elsewhere, ask, converse, form_request, request  # noqa: E402, F401
from local_server import (ADMIN_EMAIL, BINARY, STRIPE_KEY, STRIPE_WEBHOOK_SECRET, Server, fresh_postgres,  # noqa: E402, F401
                          local_sandbox)

PROGRAMS = BINARY.parent / "bench"
CUSTOMERS = 64
PASSWORD = "a measured purchase"
# Registering the load's customers is not what is measured: the weakest hash will do for them.
WEAK_HASH = {"CARTWRIGHT_PASSWORD_HASH_KIB": "8", "CARTWRIGHT_PASSWORD_HASH_PASSES": "1"}

Row = collections.namedtuple("Row", "what measured floor ratio target met")


def say(text):
    print(text, file=sys.stderr, flush=True)


class Shop:
    """A running server with a catalogue and customers that are logged in."""

    def __init__(self, server, products, customers=CUSTOMERS):
        self.server, self.products = server, products
        self.address = server.address
        answer = ask(self.address, "POST", "/api/v1/auth/login/",
                     {"email": ADMIN_EMAIL, "password": server.admin_password})
        self.admin = json.loads(answer.body)["data"]["access_token"]
        self.tokens = []
        converse(self.address, [self._register(number) for number in range(customers)])
        self.token_file = server.folder / "tokens"
        self.token_file.write_text("\n".join(self.tokens) + "\n")

    def _register(self, number):
        answer = yield request("POST", "/api/v1/auth/register/", {
            "email": f"buyer-{number}@bench.example", "password": PASSWORD, "password_confirm": PASSWORD,
            "user_type": "customer", "first_name": "Buyer", "last_name": str(number)},
            headers=[("X-Forwarded-For", f"10.0.{number // 250}.{number % 250 + 1}")])  # five an hour for an address
        if answer.status != 201:
            raise SystemExit(f"registering a customer: {answer.status} {answer.body[:300]!r}")
        self.tokens.append(json.loads(answer.body)["data"]["access_token"])

    def get(self, path):
        """The answer to one authenticated GET."""
        answer = ask(self.address, "GET", path, None, self.tokens[0])
        if answer.status != 200:
            raise SystemExit(f"GET {path}: {answer.status} {answer.body[:300]!r}")
        return answer

    def product_ids(self):
        """The smallest and the greatest product id: the import gives them without gaps."""
        first = json.loads(self.get("/api/v1/products/?page_size=1").body)["results"][0]["id"]
        return first, first + self.products - 1

    def paths(self, *paths):
        file = self.server.folder / f"paths-{abs(hash(paths))}"
        file.write_text("\n".join(paths) + "\n")
        return file

    def read_load(self, paths, seconds, connections=64, rate=0):
        return load(self.server.port, connections=connections, seconds=seconds, rate=rate,
                    tokens=self.token_file, paths=self.paths(*paths))

    def order_load(self, seconds, lines=1, rate=0, connections=CUSTOMERS):
        first, last = self.product_ids()
        return load(self.server.port, connections=connections, seconds=seconds, rate=rate,
                    tokens=self.token_file, products=f"{first}-{last}", lines=lines)


@contextlib.contextmanager
def paid_shop(products):
    """A shop, and the address of the sandbox at which it is paid."""
    with contextlib.ExitStack() as stack:
        sandboxes = []
        open_shop = stack.enter_context(
            shop(products, before_start=lambda server: sandboxes.append(stack.enter_context(local_sandbox(server)))))
        yield open_shop, sandboxes[0]


@contextlib.contextmanager
def shop(products, postgres_url=None, settings=None, customers=CUSTOMERS, before_start=lambda server: None):
    """A shop on a copy of the catalogue of that size."""
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cartwright-bench-",
                                                                              dir=PROGRAMS)))
        url = stack.enter_context(fresh_postgres(postgres_url)) if postgres_url else None
        if not url:
            shutil.copyfile(catalogue_database(products), folder / "shop.db")
        server = Server(folder, url, BINARY, {**WEAK_HASH, **(settings or {})})
        stack.callback(server.stop)
        server.prepare()
        if url:
            server.command("import", catalogue_csv(products))
        before_start(server)
        server.start()
        yield Shop(server, products, customers)


def load_started(port, **options):
    words = [str(PROGRAMS / "load"), "--port", str(port)]
    for name, value in options.items():
        words += [f"--{name}", str(value)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def load_ended(process):
    result = json.loads(process.communicate()[0])
    if result["failures"]:
        raise SystemExit(f"{result['failures']} of {result['requests']} requests failed: {result['first_failure']}")
    return result


def load(port, **options):
    """Runs bench/load to its end and gives what it measured."""
    return load_ended(load_started(port, **options))


def process_cpu_s(pid):
    return sum(process_cpu_parts_s(pid))


def process_cpu_parts_s(pid):
    """What the process's own code took, and what the kernel took for it."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return tuple(int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in fields[11:13])


def cpu_us_per(pid, run, count="requests"):
    """The process's CPU time in microseconds per request (or cycle) of the load that `run` makes."""
    before = process_cpu_s(pid)
    result = run()
    return (process_cpu_s(pid) - before) * 1e6 / result[count]


@contextlib.contextmanager
def http_floor(answer):
    """The bare server, answering those bytes. Gives (pid, port)."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(answer)
        file.flush()
        process = subprocess.Popen([str(PROGRAMS / "http_floor"), file.name], stdout=subprocess.PIPE, text=True)
        try:
            yield process.pid, int(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def whole_answer(address, path, token):
    """An answer's bytes, head and body."""
    with socket.create_connection(address) as line:
        line.sendall(request("GET", path, None, token).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        received = b""
        while part := line.recv(65536):
            received += part
    return received


def alternate(rounds, **measurements):
    """Runs the measurements in turn, `rounds` times, and gives the median of each: other work on the
    machine then hits all of them alike."""
    found = {name: [] for name in measurements}
    for _ in range(rounds):
        for name, measure in measurements.items():
            found[name].append(measure())
    return {name: statistics.median(values) for name, values in found.items()}


def fdatasync_us(folder, times=200):
    """The median time of making 8 KiB durable there."""
    taken = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(times):
            file.write(b"x" * 8192)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - began) * 1e6)
    return statistics.median(taken)
