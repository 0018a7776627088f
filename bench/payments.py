"""What a payment costs the server."""
import contextlib
import hashlib
import hmac
import json
import statistics
import threading
import time

from orders import PRODUCTS, READS_PER_S, floor_database, read_paths, sqlite_floor
from programs import (CUSTOMERS, STRIPE_KEY, STRIPE_WEBHOOK_SECRET, Elsewhere, Row, ask, converse, form_request, load,
                      load_ended, load_started, paid_shop, process_cpu_s, request, say)

ORDER = {"shipping_address": "1 Bench Street", "billing_address": "1 Bench Street"}
# 150 µs where SQLite's bare loop of adding and checking out takes 56: what holds on any machine is the ratio.
TARGET = 150 / 56
SLOW_MS = 10_000
ORDERS_PER_S = 100


def behave(sandbox, **conduct):
    answer = ask(sandbox, "POST", "/sandbox/control", {"gateway": "stripe", **conduct})
    if answer.status != 200:
        raise SystemExit(f"the sandbox: {answer.status} {answer.body!r}")


def everybody(open_shop, jobs, ask_for):
    """Runs the jobs, shared among the customers' connections. `ask_for(customer, job)` is a generator as for `converse`."""
    rest = list(reversed(jobs))

    def customer(number):
        while rest:
            yield from ask_for(number, rest.pop())

    converse(open_shop.address, [customer(number) for number in range(CUSTOMERS)], timeout_s=120)


def need(answer, status, what):
    if answer.status != status:
        raise SystemExit(f"{what}: {answer.status} {answer.body[:300]!r}")
    return json.loads(answer.body)


def place(open_shop, count):
    """Orders of one line, each with its customer's number."""
    first, last = open_shop.product_ids()
    placed = []

    def one(number, job):
        item = {"product_id": first + job % (last - first), "quantity": 1}
        answer = yield request("POST", "/api/v1/orders/", {**ORDER, "items": [item]}, open_shop.tokens[number])
        order = need(answer, 201, "placing an order")
        placed.append((order["id"], number, round(float(order["total_amount"]) * 100)))

    everybody(open_shop, range(count), one)
    return placed


def wait_until_idle(open_shop):
    """Mails and whatever else follows an order are not what is measured."""
    while json.loads(ask(open_shop.address, "GET", "/api/v1/outbox/?state=waiting", None, open_shop.admin).body)["count"]:
        time.sleep(0.1)


def cpu_us(open_shop, jobs, ask_for):
    wait_until_idle(open_shop)
    pid = open_shop.server.process.pid
    before = process_cpu_s(pid)
    everybody(open_shop, jobs, ask_for)
    return (process_cpu_s(pid) - before) * 1e6 / len(jobs)


def measure_payments(open_shop, sandbox, count):
    """Microseconds of server CPU for creating, confirming and hearing of `count` payments each."""
    intents = {}

    def create(_, job):
        order, owner, amount = job
        answer = yield request("POST", f"/api/v1/orders/{order}/create-payment/", {}, open_shop.tokens[owner])
        intents[order] = need(answer, 200, "create-payment")["payment_intent_id"]

    def pay(_, job):
        answer = yield Elsewhere(sandbox, form_request(f"/v1/payment_intents/{intents[job[0]]}/confirm",
                                                       {"payment_method": "pm_card_visa"}, STRIPE_KEY))
        need(answer, 200, "the buyer's browser")

    def confirm(_, job):
        order, owner, _ = job
        answer = yield request("POST", f"/api/v1/orders/{order}/confirm-payment/", {}, open_shop.tokens[owner])
        need(answer, 200, "confirm-payment")

    def hear(_, job):
        order, _, amount = job
        body = json.dumps({"id": f"evt_{order}", "object": "event", "type": "payment_intent.succeeded", "livemode": False,
                           "data": {"object": {"id": intents[order], "object": "payment_intent", "amount": amount,
                                               "amount_received": amount, "currency": "usd", "status": "succeeded"}}}).encode()
        now = int(time.time())
        code = hmac.new(STRIPE_WEBHOOK_SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
        answer = yield request("POST", "/api/v1/webhooks/stripe/", body, None, [("Stripe-Signature", f"t={now},v1={code}")])
        need(answer, 200, "a webhook")

    orders = [order for order in place(open_shop, 2 * count) if order[2] >= 50]
    confirmed, heard = orders[::2], orders[1::2]
    cost = {"create-payment": cpu_us(open_shop, orders, create)}
    everybody(open_shop, confirmed, pay)
    cost["confirm-payment"] = cpu_us(open_shop, confirmed, confirm)
    cost["webhook"] = cpu_us(open_shop, heard, hear)
    return cost


def payment_rows(given):
    count, found, floors = (400 if given.quick else 1500), [], []
    with paid_shop(PRODUCTS) as (open_shop, sandbox):
        behave(sandbox, webhooks=False)
        measure_payments(open_shop, sandbox, 100)
        open_shop.order_load(0.5)  # the bare loop fills carts that are there
        database = floor_database(open_shop, "payments")
        for _ in range(given.rounds):
            found.append(measure_payments(open_shop, sandbox, count))
            floors.append(sqlite_floor(database, given.seconds, 1)[1])
    floor, rows = statistics.median(floors), []
    for name in found[0]:
        cost = statistics.median(each[name] for each in found)
        ratio = cost / floor
        say(f"  {name}: {cost:.0f} us, SQLite's bare loop {floor:.0f} us, {ratio:.2f}")
        rows.append(Row(f"{name}, SQLite: server CPU (floor: the bare loop of add to cart + checkout)", f"{cost:.0f} µs CPU",
                        f"{floor:.0f} µs", f"{ratio:.2f}", f"≤ {TARGET:.2f}", ratio <= TARGET))
    return rows


def begin_paying(open_shop, orders):
    def create(_, job):
        order, owner, _ = job
        answer = yield request("POST", f"/api/v1/orders/{order}/create-payment/", {}, open_shop.tokens[owner])
        need(answer, 200, "create-payment")

    everybody(open_shop, orders, create)


@contextlib.contextmanager
def payers(open_shop, sandbox, orders):
    """Every customer asks whether an order is paid, and again after each answer; the gateway thinks for ten seconds."""
    over = threading.Event()

    def payer(order, owner):
        while not over.is_set():
            yield request("POST", f"/api/v1/orders/{order}/confirm-payment/", {}, open_shop.tokens[owner])

    behave(sandbox, delay_ms=SLOW_MS)
    thread = threading.Thread(target=converse, daemon=True, kwargs={
        "address": open_shop.address, "conversations": [payer(order, owner) for order, owner, _ in orders],
        "timeout_s": 20 * SLOW_MS / 1000})
    thread.start()
    time.sleep(0.5)
    try:
        yield
    finally:
        over.set()
        behave(sandbox, delay_ms=0)
        thread.join()


def reads_and_checkouts_p99_ms(open_shop, seconds):
    first, last = open_shop.product_ids()
    orders = load_started(open_shop.server.port, connections=16, seconds=seconds, rate=ORDERS_PER_S,
                          tokens=open_shop.token_file, products=f"{first}-{last}", lines=1)
    reads = load(open_shop.server.port, connections=16, seconds=seconds, rate=READS_PER_S, tokens=open_shop.token_file,
                 paths=open_shop.paths(*read_paths(open_shop)))
    return [result["last_us"]["p99"] / 1000 for result in (reads, load_ended(orders))]


def slow_gateway_rows(given):
    """What reads and checkouts notice of a gateway that answers late."""
    quiet, busy = [], []
    with paid_shop(PRODUCTS) as (open_shop, sandbox):
        behave(sandbox, webhooks=False)
        orders = [order for order in place(open_shop, 2 * CUSTOMERS) if order[2] >= 50][:CUSTOMERS]
        begin_paying(open_shop, orders)
        reads_and_checkouts_p99_ms(open_shop, 0.5)
        for _ in range(given.rounds):
            quiet.append(reads_and_checkouts_p99_ms(open_shop, given.seconds))
            with payers(open_shop, sandbox, orders):
                busy.append(reads_and_checkouts_p99_ms(open_shop, given.seconds))
    rows = []
    for number, name in enumerate((f"catalogue reads ({READS_PER_S} /s)", f"checkouts ({ORDERS_PER_S} /s)")):
        calm, slow = (statistics.median(round_[number] for round_ in found) for found in (quiet, busy))
        say(f"  {name}: p99 {calm:.2f} ms quiet, {slow:.2f} ms beside a gateway of {SLOW_MS // 1000} s")
        rows.append(Row(f"{name}, p99 beside {CUSTOMERS} payments at a gateway that answers after {SLOW_MS // 1000} s (floor: "
                        "quiet)", f"{slow:.2f} ms", f"{calm:.2f} ms", f"{slow / calm:.2f}", "≤ 2", slow / calm <= 2))
    return rows
