#!/usr/bin/env python3
"""Sends half a year of a real retailer's invoices through the shop's HTTP API and checks the books to the penny.

    replay.py                  starts a server of its own (SQLite, temporary folder) and replays the whole file
    replay.py --short          the same with the sample in demo/ (in `make test`)
    replay.py --postgres URL   the same on PostgreSQL, in a database of its own on that server

Every customer of the file registers; each of his invoices becomes a cart, filled line by line (POST cart/), a checkout,
and a payment: an intent, a card at the sandbox (`cartwright sandbox` plays Stripe), and its confirmation, with Stripe's
webhooks coming in beside it. (An order of less than a card may pay is paid by hand: the file has one.) Lines without a
customer belong to a guest account of their day. The file's prices vary from invoice to invoice, and the catalogue is the
shop's only source of prices: so the replay's catalogue has one product for each stock code and price (85123A@255), with
exactly the stock that the file sells.

Credit notes come in the file's order, as an admin's work. A line of one takes back from the newest invoice before it of
the same customer that sold the same product at the same price and still has that many units of it. A note that takes
back every unit of an invoice cancels the order: the money goes back, and the units to the shelf. Any other note refunds
its amount alone. What belongs to no invoice is left out on both sides and counted.

Orders, lines, units, revenue, captured and refunded money, per invoice and per product, and the shelves are then read
back through the API as an admin and compared with what expected_sales.py computes from the file alone, and `cartwright
verify` goes over the books. Lines without a positive quantity and price, and postage and fees are left out.
"""
import argparse
import collections
import csv
import gzip
import json
import pathlib
import subprocess
import sys
import time

from http_crowd import Elsewhere, Trouble, ask, converse, form_request, request
from local_server import ADMIN_EMAIL, BINARY, ROOT, STRIPE_KEY, local_sandbox, local_server
from progress import Progress
from replay_books import API, compare, pages, pence, read_back, wait_for_refunds

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE = ROOT / "demo" / "sample-invoices.csv.gz"
WHOLE_NAME = "online-retail-2010-12-to-2011-05.csv.gz"
WHOLE_PLACES = [ROOT / "demo" / WHOLE_NAME, ROOT.parent / "shared" / "data" / WHOLE_NAME]
PASSWORD = "a replayed purchase"
CARD_PENCE_MIN = 50  # Stripe takes no less

Line = collections.namedtuple("Line", "product quantity")
Invoice = collections.namedtuple("Invoice", "number customer country lines pence")
CreditNote = collections.namedtuple("CreditNote", "number customer returns")


class Return:
    """What one credit note takes back from one invoice."""

    def __init__(self, invoice):
        self.invoice, self.units, self.pence = invoice, collections.Counter(), 0

    @property
    def whole(self):
        sold = collections.Counter()
        for line in self.invoice.lines:
            sold[line.product] += line.quantity
        return self.units == sold


class Purchases:
    """What each customer has bought and not given back, for credit notes to find their invoices."""

    def __init__(self):
        self.invoices = collections.defaultdict(list)
        self.left = collections.Counter()

    def bought(self, invoice, line):
        if invoice not in self.invoices[invoice.customer][-1:]:
            self.invoices[invoice.customer].append(invoice)
        self.left[invoice.number, line.product] += line.quantity

    def take_back(self, customer, product, units):
        """The newest invoice that still has so many units, which it has no more; None where there is none."""
        for invoice in reversed(self.invoices[customer]):
            if self.left[invoice.number, product] >= units:
                self.left[invoice.number, product] -= units
                return invoice
        return None


def read_rows(path):
    opened = gzip.open(path, "rt", encoding="utf-8", newline="") if str(path).endswith(".gz") else open(
        path, encoding="utf-8", newline="")
    with opened as text:
        yield from csv.DictReader(text)


def read_invoices(path, invoices_max):
    """The file's invoices and credit notes, in its order, and the products' names."""
    unwanted = {row.split("\t")[0] for row in (ROOT / "demo" / "non_products.txt").read_text().splitlines()}
    found, names, purchases, invoices = {}, {}, Purchases(), 0
    for row in read_rows(path):
        code, quantity = row["StockCode"].strip().upper(), int(row["Quantity"])
        price, number = round(float(row["UnitPrice"]) * 100), row["InvoiceNo"]
        customer = f"customer-{row['CustomerID']}" if row["CustomerID"] else f"guest-{row['InvoiceDate'][:10]}"
        line = Line(f"{code}@{price}", abs(quantity))
        if code in unwanted or quantity == 0 or price <= 0 or number.startswith("C") != (quantity < 0):
            continue
        if number.startswith("C"):
            invoice = purchases.take_back(customer, *line) if row["CustomerID"] else None
            if invoice:
                note = found.setdefault(number, CreditNote(number, customer, {}))
                back = note.returns.setdefault(invoice.number, Return(invoice))
                back.units[line.product] += line.quantity
                back.pence += price * line.quantity
            continue
        if number not in found:
            if invoices == invoices_max:
                continue
            invoices += 1
            found[number] = Invoice(number, customer, row["Country"], [], [0])
        names[line.product] = f"{' '.join(row['Description'].split())} at {price / 100:.2f}"
        found[number].lines.append(line)
        found[number].pence[0] += price * quantity
        if row["CustomerID"]:
            purchases.bought(found[number], line)
    return list(found.values()), names


def write_catalogue(path, invoices, names):
    """The replay's products for `cartwright import`: each with the stock that the invoices take."""
    sold = collections.Counter()
    for invoice in invoices:
        for line in invoice.lines:
            sold[line.product] += line.quantity
    with open(path, "w", encoding="utf-8", newline="") as text:
        rows = csv.writer(text)
        rows.writerow(["public_id", "name", "description", "category", "price", "stock_quantity", "image_url"])
        for product, units in sorted(sold.items()):
            price = int(product.rsplit("@", 1)[1])
            rows.writerow([product, names[product], f"Sold at {price / 100:.2f} in the replayed invoices.", "Replay",
                           f"{price / 100:.2f}", units, ""])
    return len(sold)


class Replay:
    """The customers' side: who has an account, whose cart is in use, what is left to buy."""

    def __init__(self, events, product_ids, admin=None, sandbox=None):
        self.coming = collections.deque(events)
        self.product_ids, self.admin, self.sandbox = product_ids, admin, sandbox
        self.tokens = {}
        self.orders = {}  # ids by invoice
        self.waiting = {}  # customers at a till, and what comes later of them: a customer has one cart
        self.lines_done = self.requests = 0

    def next_for(self, customer):
        """What comes next of this customer where something waits, else the next in time of a customer who is free."""
        if customer is not None:
            if self.waiting[customer]:
                return self.waiting[customer].popleft()
            del self.waiting[customer]
        while self.coming:
            event = self.coming.popleft()
            if event.customer in self.waiting:
                self.waiting[event.customer].append(event)
            else:
                self.waiting[event.customer] = collections.deque()
                return event
        return None

    def till(self):
        """A conversation that serves customers until none is left."""
        event = self.next_for(None)
        while event:
            yield from self.sell(event) if isinstance(event, Invoice) else self.take_back(event)
            event = self.next_for(event.customer)

    def sell(self, invoice):
        token = self.tokens.get(invoice.customer) or (yield from self.account(invoice.customer))
        for line in invoice.lines:
            wanted = {"product_id": self.product_ids[line.product], "quantity": line.quantity}
            yield from self.post("cart/", wanted, token, 201, invoice)
            self.lines_done += 1
        where = f"Invoice {invoice.number}, {invoice.country}"
        addresses = {"shipping_address": where, "billing_address": where}
        order = yield from self.post("cart/checkout/", addresses, token, 201, invoice)
        if pence(order["total_amount"]) != invoice.pence[0]:
            raise Trouble(f"invoice {invoice.number} came to {order['total_amount']} instead of {invoice.pence[0]} pence")
        self.orders[invoice.number] = order["id"]
        yield from self.pay(invoice, order, token)

    def pay(self, invoice, order, token):
        if invoice.pence[0] < CARD_PENCE_MIN:
            yield from self.post(f"orders/{order['id']}/", {"status": "completed"}, self.admin, 200, invoice, "PATCH")
            return
        intent = yield from self.post(f"orders/{order['id']}/create-payment/", None, token, 200, invoice)
        paid = yield Elsewhere(self.sandbox, form_request(f"/v1/payment_intents/{intent['payment_intent_id']}/confirm",
                                                          {"payment_method": "pm_card_visa"}, STRIPE_KEY))
        self.must(paid, 200, invoice, "the card")
        answer = yield from self.post(f"orders/{order['id']}/confirm-payment/", None, token, 200, invoice)
        if answer["order"]["status"] != "completed":
            raise Trouble(f"invoice {invoice.number} is {answer['order']['status']} after its payment")

    def take_back(self, note):
        for number, back in note.returns.items():
            path = f"orders/{self.orders[number]}/"
            if back.whole:
                yield from self.post(path, {"status": "cancelled"}, self.admin, 200, note, "PATCH")
            else:
                amount = f"{back.pence // 100}.{back.pence % 100:02}"
                yield from self.post(path + "refund/", {"amount": amount, "reason": f"Credit note {note.number}"},
                                     self.admin, 201, note)

    def post(self, path, body, token, status, event, method="POST"):
        """What the shop answers to a request that it must take."""
        answer = yield request(method, f"{API}/{path}", body, token)
        self.requests += 1
        self.must(answer, status, event, f"{method} {path} {body}")
        return json.loads(answer.body)

    def account(self, customer):
        email = f"{customer}@replay.example"
        answer = yield request("POST", f"{API}/auth/register/", {
            "email": email, "password": PASSWORD, "password_confirm": PASSWORD, "user_type": "customer",
            "first_name": customer.split("-")[0].title(), "last_name": customer.partition("-")[2]})
        self.requests += 1
        if answer.status != 201:
            raise Trouble(f"registering {customer}: {answer.status} {answer.body[:300]!r}")
        self.tokens[customer] = json.loads(answer.body)["data"]["access_token"]
        return self.tokens[customer]

    @staticmethod
    def must(answer, status, event, what):
        if answer.status != status:
            raise Trouble(f"invoice {event.number}, {what}: {answer.status} {answer.body[:300]!r}")


def expected_sales(path, invoices_max):
    command = [sys.executable, str(HERE / "expected_sales.py"), str(path)]
    if invoices_max is not None:
        command += ["--invoices", str(invoices_max)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def log_in(server):
    answer = ask(server.address, "POST", f"{API}/auth/login/",
                 {"email": ADMIN_EMAIL, "password": server.admin_password})
    if answer.status != 200:
        raise Trouble(f"the admin's login: {answer.status} {answer.body[:300]!r}")
    return json.loads(answer.body)["data"]["access_token"]


def run(server, sandbox, given, path):
    events, names = read_invoices(path, given.invoices)
    invoices = [event for event in events if isinstance(event, Invoice)]
    lines = sum(len(invoice.lines) for invoice in invoices)
    catalogue = server.folder / "replay-catalogue.csv"
    products = write_catalogue(catalogue, invoices, names)
    customers = len({invoice.customer for invoice in invoices})
    print(f"{len(invoices):,} invoices, {lines:,} lines, {len(events) - len(invoices):,} credit notes, {customers:,} "
          f"customers, {products:,} products and prices; {'PostgreSQL' if given.postgres else 'SQLite'}, "
          f"{given.connections} connections")
    server.command("import", catalogue)
    server.start()
    admin = log_in(server)
    ids = {product["public_id"]: product["id"]
           for product in pages(server.address, "products", admin, "reading catalogue")}

    replay, progress = Replay(events, ids, admin, sandbox), Progress("replaying lines", lines)
    began, cpu = time.monotonic(), server.cpu_seconds()
    converse(server.address, [replay.till() for _ in range(given.connections)],
             meanwhile=lambda: progress.show(replay.lines_done))
    progress.end()
    took, cpu = time.monotonic() - began, server.cpu_seconds() - cpu
    wait_for_refunds(server.address, admin)
    sales, wrong = read_back(server.address, admin)
    expected = expected_sales(path, given.invoices)
    differences = compare(expected, sales, wrong)
    code = server.stop()
    verified = server.command("verify", check=False)
    print(f"{'cartwright verify':24}{'':32}  {'ok' if verified.returncode == 0 else 'FAILED'}")
    if verified.returncode:
        print(verified.stdout.strip())
    if code:
        print(f"the server ended with {code}")
    left_out = ", ".join(f"{count:,} {what}" for what, count in expected["left_out"].items())
    print(f"\n{replay.requests:,} requests in {took:.1f} s ({replay.requests / took:,.0f}/s), {cpu:.1f} s of the server's "
          f"CPU.\nLines left out: {left_out}.")
    return differences or verified.returncode or code


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=pathlib.Path, metavar="FILE", help="the invoices (.csv or .csv.gz)")
    arguments.add_argument("--short", action="store_true", help="the sample that lies in the repository")
    arguments.add_argument("--invoices", type=int, metavar="N", help="only the first N invoices that sell something")
    arguments.add_argument("--connections", type=int, default=32, metavar="N", help="customers at a time (32)")
    arguments.add_argument("--postgres", metavar="URL", help="a PostgreSQL server where a database may be created")
    arguments.add_argument("--binary", type=pathlib.Path, default=BINARY, help="the server to start")
    given = arguments.parse_args()
    path = SAMPLE if given.short else given.data
    if path is None:
        path = next((place for place in WHOLE_PLACES if place.exists()), SAMPLE)
        if path == SAMPLE:
            print(f"{WHOLE_NAME} is not in demo/: replaying the sample (demo/README.md names the source)")
    try:
        with local_server(given.postgres, given.binary) as server, local_sandbox(server) as sandbox:
            different = run(server, sandbox, given, path)
    except Trouble as trouble:
        sys.exit(f"\nreplay: {trouble}")
    print("The books differ." if different else "The books agree to the penny.")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
