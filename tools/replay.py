#!/usr/bin/env python3
"""Sends half a year of a real retailer's invoices through the shop's HTTP API and checks the books to the penny.

    replay.py                  starts a server of its own (SQLite, temporary folder) and replays the whole file
    replay.py --short          the same with the sample in demo/ (in `make test`)
    replay.py --postgres URL   the same on PostgreSQL, in a database of its own on that server

Every customer of the file registers; each of his invoices becomes a cart, filled line by line (POST cart/), and a
checkout. Lines without a customer belong to a guest account of their day. The file's prices vary from invoice to
invoice, and the catalogue is the shop's only source of prices: so the replay's catalogue has one product for each
stock code and price (85123A@255), with exactly the stock that the file sells: afterwards every shelf must be empty.

Orders, lines, units and revenue, per invoice and per product, are then read back through the API as an admin and
compared with what expected_sales.py computes from the file alone, and `cartwright verify` goes over the books. Credit
notes, lines without a positive quantity and price, and postage and fees are left out on both sides.
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

from http_crowd import Trouble, ask, converse, request
from local_server import ADMIN_EMAIL, BINARY, ROOT, local_server
from progress import Progress

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE = ROOT / "demo" / "sample-invoices.csv.gz"
WHOLE_NAME = "online-retail-2010-12-to-2011-05.csv.gz"
WHOLE_PLACES = [ROOT / "demo" / WHOLE_NAME, ROOT.parent / "shared" / "data" / WHOLE_NAME]
API = "/api/v1"
PASSWORD = "a replayed purchase"

Line = collections.namedtuple("Line", "product quantity")
Invoice = collections.namedtuple("Invoice", "number customer country lines pence")


def read_invoices(path, invoices_max):
    """The file's sales, in its order; see expected_sales.py for what is left out."""
    unwanted = {row.split("\t")[0] for row in (ROOT / "demo" / "non_products.txt").read_text().splitlines()}
    found, names = {}, {}
    opened = gzip.open(path, "rt", encoding="utf-8", newline="") if str(path).endswith(".gz") else open(
        path, encoding="utf-8", newline="")
    with opened as text:
        for row in csv.DictReader(text):
            code, quantity = row["StockCode"].strip().upper(), int(row["Quantity"])
            price = round(float(row["UnitPrice"]) * 100)
            number = row["InvoiceNo"]
            if number.startswith("C") or code in unwanted or quantity <= 0 or price <= 0:
                continue
            if number not in found:
                if len(found) == invoices_max:
                    continue
                customer = f"customer-{row['CustomerID']}" if row["CustomerID"] else f"guest-{row['InvoiceDate'][:10]}"
                found[number] = Invoice(number, customer, row["Country"], [], [0])
            product = f"{code}@{price}"
            names[product] = f"{' '.join(row['Description'].split())} at {price / 100:.2f}"
            found[number].lines.append(Line(product, quantity))
            found[number].pence[0] += price * quantity
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

    def __init__(self, invoices, product_ids):
        self.coming = collections.deque(invoices)
        self.product_ids = product_ids
        self.tokens = {}
        self.waiting = {}  # customers at a till, and their later invoices: a customer has one cart
        self.lines_done = self.orders_done = 0

    def next_for(self, customer):
        """The next invoice to send: this customer's own if one waits, else the next in time of a free customer."""
        if customer is not None:
            if self.waiting[customer]:
                return self.waiting[customer].popleft()
            del self.waiting[customer]
        while self.coming:
            invoice = self.coming.popleft()
            if invoice.customer in self.waiting:
                self.waiting[invoice.customer].append(invoice)
            else:
                self.waiting[invoice.customer] = collections.deque()
                return invoice
        return None

    def till(self):
        """A conversation that serves invoices until none is left."""
        invoice = self.next_for(None)
        while invoice:
            token = self.tokens.get(invoice.customer) or (yield from self.account(invoice.customer))
            for line in invoice.lines:
                wanted = {"product_id": self.product_ids[line.product], "quantity": line.quantity}
                answer = yield request("POST", f"{API}/cart/", wanted, token)
                self.must(answer, 201, invoice, wanted)
                self.lines_done += 1
            where = f"Invoice {invoice.number}, {invoice.country}"
            answer = yield request("POST", f"{API}/cart/checkout/",
                                   {"shipping_address": where, "billing_address": where}, token)
            self.must(answer, 201, invoice, "checkout")
            total = pence(json.loads(answer.body)["total_amount"])
            if total != invoice.pence[0]:
                raise Trouble(f"invoice {invoice.number} came to {total} pence instead of {invoice.pence[0]}")
            self.orders_done += 1
            invoice = self.next_for(invoice.customer)

    def account(self, customer):
        email = f"{customer}@replay.example"
        answer = yield request("POST", f"{API}/auth/register/", {
            "email": email, "password": PASSWORD, "password_confirm": PASSWORD, "user_type": "customer",
            "first_name": customer.split("-")[0].title(), "last_name": customer.partition("-")[2]})
        if answer.status != 201:
            raise Trouble(f"registering {customer}: {answer.status} {answer.body[:300]!r}")
        self.tokens[customer] = json.loads(answer.body)["data"]["access_token"]
        return self.tokens[customer]

    @staticmethod
    def must(answer, status, invoice, what):
        if answer.status != status:
            raise Trouble(f"invoice {invoice.number}, {what}: {answer.status} {answer.body[:300]!r}")


def pence(decimal):
    pounds, _, rest = decimal.partition(".")
    return int(pounds) * 100 + int(rest)


def pages(address, path, token, label):
    """Every element of a paginated list."""
    page, progress = 1, None
    while True:
        answer = ask(address, "GET", f"{API}/{path}/?page={page}&page_size=100", None, token)
        if answer.status != 200:
            raise Trouble(f"GET {path}, page {page}: {answer.status} {answer.body[:300]!r}")
        found = json.loads(answer.body)
        progress = progress or Progress(label, found["count"])
        progress.show(min(page * 100, found["count"]))
        yield from found["results"]
        if not found["next"]:
            progress.end()
            return
        page += 1


def read_back(address, token):
    """What the server says it sold, in the form of expected_sales.py, and the units left on its shelves."""
    codes, shelves = {}, 0
    for product in pages(address, "products", token, "reading products"):
        codes[product["id"]] = product["public_id"]
        shelves += product["stock_quantity"]
    sales = {"orders": 0, "lines": 0, "units": 0, "revenue_pence": 0, "invoices": {}, "products": {}}
    wrong = []
    for order in pages(address, "orders", token, "reading orders  "):
        number = order["shipping_address"].removeprefix("Invoice ").partition(",")[0]
        sales["orders"] += 1
        sales["revenue_pence"] += pence(order["total_amount"])
        sales["invoices"][number] = sales["invoices"].get(number, 0) + pence(order["total_amount"])
        added_up = 0
        for item in order["items"]:
            code, _, price = codes[item["product"]["id"]].rpartition("@")
            worth = pence(item["subtotal"])
            if pence(item["price"]) != int(price) or worth != int(price) * item["quantity"]:
                wrong.append(f"invoice {number}: {item['quantity']} of {code} at {item['price']}, {item['subtotal']}")
            sold = sales["products"].setdefault(code, [0, 0])
            sold[0] += item["quantity"]
            sold[1] += worth
            added_up += worth
            sales["lines"] += 1
            sales["units"] += item["quantity"]
        if added_up != pence(order["total_amount"]):
            wrong.append(f"invoice {number}: items make {added_up} pence, the order {order['total_amount']}")
    return sales, shelves, wrong


def compare(expected, sales, shelves, wrong):
    """Prints the table and gives the number of differences."""
    def money(amount):
        return f"{amount / 100:,.2f}"

    rows = [("orders", expected["orders"], sales["orders"], "{:,}".format),
            ("order lines", expected["lines"], sales["lines"], "{:,}".format),
            ("units", expected["units"], sales["units"], "{:,}".format),
            ("revenue, GBP", expected["revenue_pence"], sales["revenue_pence"], money),
            ("products sold", len(expected["products"]), len(sales["products"]), "{:,}".format),
            ("units left on shelves", 0, shelves, "{:,}".format)]
    differences = 0
    print(f"\n{'':24}{'the file':>16}{'the server':>16}")
    for name, wanted, got, form in rows:
        differences += wanted != got
        print(f"{name:24}{form(wanted):>16}{form(got):>16}  {'ok' if wanted == got else 'DIFFERENT'}")
    for what in ("invoices", "products"):
        keys = sorted(expected[what].keys() | sales[what].keys())
        off = [key for key in keys if expected[what].get(key) != sales[what].get(key)]
        differences += len(off)
        print(f"{what + ' that agree':24}{len(keys):>16,}{len(keys) - len(off):>16,}  {'DIFFERENT' if off else 'ok'}")
        for key in off[:10]:
            print(f"    {key}: {expected[what].get(key)} in the file, {sales[what].get(key)} on the server")
    for line in wrong[:10]:
        print(f"    {line}")
    return differences + len(wrong)


def expected_sales(path, invoices_max):
    command = [sys.executable, str(HERE / "expected_sales.py"), str(path)]
    if invoices_max is not None:
        command += ["--invoices", str(invoices_max)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def run(server, given, path):
    invoices, names = read_invoices(path, given.invoices)
    lines = sum(len(invoice.lines) for invoice in invoices)
    catalogue = server.folder / "replay-catalogue.csv"
    products = write_catalogue(catalogue, invoices, names)
    customers = len({invoice.customer for invoice in invoices})
    print(f"{len(invoices):,} invoices, {lines:,} lines, {customers:,} customers, {products:,} products and prices; "
          f"{'PostgreSQL' if given.postgres else 'SQLite'}, {given.connections} connections")
    server.command("import", catalogue)
    server.start()
    answer = ask(server.address, "POST", f"{API}/auth/login/",
                 {"email": ADMIN_EMAIL, "password": server.admin_password})
    if answer.status != 200:
        raise Trouble(f"the admin's login: {answer.status} {answer.body[:300]!r}")
    admin = json.loads(answer.body)["data"]["access_token"]
    ids = {product["public_id"]: product["id"]
           for product in pages(server.address, "products", admin, "reading catalogue")}

    replay, progress = Replay(invoices, ids), Progress("replaying lines", lines)
    began, cpu = time.monotonic(), server.cpu_seconds()
    converse(server.address, [replay.till() for _ in range(given.connections)],
             meanwhile=lambda: progress.show(replay.lines_done))
    progress.end()
    took, cpu = time.monotonic() - began, server.cpu_seconds() - cpu
    requests = lines + len(invoices) + customers
    sales, shelves, wrong = read_back(server.address, admin)
    expected = expected_sales(path, given.invoices)
    differences = compare(expected, sales, shelves, wrong)
    code = server.stop()
    verified = server.command("verify", check=False)
    print(f"{'cartwright verify':24}{'':32}  {'ok' if verified.returncode == 0 else 'FAILED'}")
    if verified.returncode:
        print(verified.stdout.strip())
    if code:
        print(f"the server ended with {code}")
    left_out = ", ".join(f"{count:,} {what}" for what, count in expected["left_out"].items())
    print(f"\n{requests:,} requests in {took:.1f} s ({requests / took:,.0f}/s), {cpu:.1f} s of the server's CPU.\n"
          f"Lines left out: {left_out}.")
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
        with local_server(given.postgres, given.binary) as server:
            different = run(server, given, path)
    except Trouble as trouble:
        sys.exit(f"\nreplay: {trouble}")
    print("The books differ." if different else "The books agree to the penny.")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
