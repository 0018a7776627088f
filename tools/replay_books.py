"""What the shop says after a replay, in the form of expected_sales.py, and the table that holds the two together."""
import json
import time

from http_crowd import Trouble, ask
from progress import Progress

API = "/api/v1"
REFUND_TOPICS = ["payment.refund_due", "payment.refund"]
STANDSTILL_S = 60


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


def wait_for_refunds(address, token):
    """Until all that goes back has gone to the gateway. Raises Trouble where nothing moves for a minute."""
    seen, since = None, time.monotonic()
    while True:
        waiting = []
        for topic in REFUND_TOPICS:
            answer = ask(address, "GET", f"{API}/outbox/?topic={topic}&page_size=1", None, token)
            if answer.status != 200:
                raise Trouble(f"GET outbox: {answer.status} {answer.body[:300]!r}")
            waiting.append(json.loads(answer.body)["count"])
        if not any(waiting):
            return
        if waiting != seen:
            seen, since = waiting, time.monotonic()
        elif time.monotonic() > since + STANDSTILL_S:
            raise Trouble(f"{sum(waiting)} refunds stay in the outbox")
        time.sleep(0.1)


def read_shelves(address, token):
    """Stock codes with their prices by product id, and units by stock code."""
    codes, shelves = {}, {}
    for product in pages(address, "products", token, "reading products"):
        codes[product["id"]] = product["public_id"]
        code = product["public_id"].rpartition("@")[0]
        if product["stock_quantity"]:
            shelves[code] = shelves.get(code, 0) + product["stock_quantity"]
    return codes, shelves


def read_payments(address, token, invoice_of):
    """Pence by invoice: captured, gone back, and on its way back."""
    captured, refunded, pending = {}, {}, 0
    for payment in pages(address, "payments", token, "reading payments"):
        number = invoice_of[payment["order_id"]]
        captured[number] = captured.get(number, 0) + pence(payment["captured"])
        if pence(payment["refunded"]):
            refunded[number] = refunded.get(number, 0) + pence(payment["refunded"])
        pending += pence(payment["refund_pending"])
    return captured, refunded, pending


def read_back(address, token):
    """What the server says it sold and gave back, in the form of expected_sales.py, and items that do not add up."""
    codes, shelves = read_shelves(address, token)
    sales = {"orders": 0, "lines": 0, "units": 0, "revenue_pence": 0, "invoices": {}, "products": {},
             "restocked": shelves, "cancelled": []}
    invoice_of = {}
    wrong = []
    for order in pages(address, "orders", token, "reading orders  "):
        number = order["shipping_address"].removeprefix("Invoice ").partition(",")[0]
        invoice_of[order["id"]] = number
        sales["orders"] += 1
        if order["status"] == "cancelled":
            sales["cancelled"].append(number)
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
    sales["cancelled"].sort()
    sales["captured"], sales["refunds"], sales["refunds_pending"] = read_payments(address, token, invoice_of)
    return sales, wrong


def compare(expected, sales, wrong):
    """Prints the table and gives the number of differences."""
    def money(amount):
        return f"{amount / 100:,.2f}"

    def partly(books):
        return len(books["refunds"].keys() - set(books["cancelled"]))

    count = "{:,}".format
    rows = [("orders", expected["orders"], sales["orders"], count),
            ("order lines", expected["lines"], sales["lines"], count),
            ("units", expected["units"], sales["units"], count),
            ("revenue, GBP", expected["revenue_pence"], sales["revenue_pence"], money),
            ("captured, GBP", expected["revenue_pence"], sum(sales["captured"].values()), money),
            ("refunded, GBP", sum(expected["refunds"].values()), sum(sales["refunds"].values()), money),
            ("on its way back, GBP", 0, sales["refunds_pending"], money),
            ("orders cancelled", len(expected["cancelled"]), len(sales["cancelled"]), count),
            ("orders partly refunded", partly(expected), partly(sales), count),
            ("products sold", len(expected["products"]), len(sales["products"]), count),
            ("units back on shelves", sum(expected["restocked"].values()), sum(sales["restocked"].values()), count)]
    differences = 0
    print(f"\n{'':24}{'the file':>16}{'the server':>16}")
    for name, wanted, got, form in rows:
        differences += wanted != got
        print(f"{name:24}{form(wanted):>16}{form(got):>16}  {'ok' if wanted == got else 'DIFFERENT'}")
    differences += agree("invoices", expected["invoices"], sales["invoices"])
    differences += agree("captures", expected["invoices"], sales["captured"])
    differences += agree("refunds", expected["refunds"], sales["refunds"])
    differences += agree("cancellations", dict.fromkeys(expected["cancelled"], "cancelled"),
                         dict.fromkeys(sales["cancelled"], "cancelled"))
    differences += agree("products", expected["products"], sales["products"])
    differences += agree("shelves", expected["restocked"], sales["restocked"])
    for line in wrong[:10]:
        print(f"    {line}")
    return differences + len(wrong)


def agree(what, expected, found):
    """A row of the table for what is compared one by one, and the first differences; gives their number."""
    keys = sorted(expected.keys() | found.keys())
    off = [key for key in keys if expected.get(key) != found.get(key)]
    print(f"{what + ' that agree':24}{len(keys):>16,}{len(keys) - len(off):>16,}  {'DIFFERENT' if off else 'ok'}")
    for key in off[:10]:
        print(f"    {key}: {expected.get(key)} in the file, {found.get(key)} on the server")
    return len(off)
