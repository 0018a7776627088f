"""Races of payments against the job that cancels orders unpaid for too long. Its shop waits `RESERVATION_S`."""
import threading
import time

from http_crowd import ask
from payment_races import ORDER_MINOR, expect_paid_once
from shop import ADDRESS, CROWD, expect, statuses

RESERVATION_S = 2
SETTINGS = {"CARTWRIGHT_RESERVATION_TTL": f"{RESERVATION_S}s"}
ORDERS = CROWD // 4
# The job looks every 200 ms, and an order's age counts in whole seconds.
SPREAD_S = 1.4


def side_by_side(shop, timed):
    """The answers to requests, each sent by a client of its own when its time has come."""
    answers = [None] * len(timed)

    def client(number, at, bytes_of):
        time.sleep(max(0, at - time.monotonic()))
        answers[number] = ask(shop.address, *bytes_of)

    threads = [threading.Thread(target=client, args=(number, at, what)) for number, (at, what) in enumerate(timed)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def expect_paid_or_given_back(shop, order):
    """Whether the buyer has the goods."""
    payments = expect_paid_once(shop, order)
    kept = shop.seen(order)["status"] == "completed"
    if not kept:
        expect(shop.seen(order)["status"] == "cancelled", f"the order is {shop.seen(order)['status']}")
        shop.wait_for("the refund", lambda: shop.payments(order)[0]["refunded"] == "10.00")
    else:
        expect(payments[0]["refund_pending"] == payments[0]["refunded"] == "0.00", f"kept, and money goes back: {payments}")
    return kept


def paid_at_the_last_moment(shop, pick, product, others=()):
    """Orders whose buyers have paid at Stripe; confirmations and webhooks arrive about when the reservations run out."""
    began = time.monotonic()
    paid = [shop.intent_to_confirm(product) for _ in range(ORDERS)]
    ends = time.monotonic() + RESERVATION_S - (time.monotonic() - began) / 2
    timed = []
    for order, intent in paid:
        at = ends + pick.uniform(-0.3, SPREAD_S)
        timed += [(at + pick.uniform(0, 0.05), what) for what in
                  2 * [("POST", f"/api/v1/orders/{order}/confirm-payment/", {}, shop.buyers[0]),
                       shop.webhook_call(f"evt_{intent}", "payment_intent.succeeded", intent, ORDER_MINOR)]]
    timed += [(ends + pick.uniform(0, SPREAD_S), what) for what in others]
    answers = side_by_side(shop, timed)
    expect(set(statuses(answers)) <= {200, 201, 400}, f"answers {statuses(answers)}")
    return [order for order, _ in paid]


def race_expiry_against_payment(shop, pick):
    """Attack 15: with goods enough a late success takes them again; each order is paid once and kept."""
    product = shop.product(stock=1000)
    orders = paid_at_the_last_moment(shop, pick, product)
    kept = sum(expect_paid_or_given_back(shop, order) for order in orders)
    expect(kept == ORDERS, f"{kept} of {ORDERS} were kept")
    expect(shop.stock(product) == 1000 - ORDERS, f"stock is {shop.stock(product)}")


def race_expiry_against_payment_without_goods(shop, pick):
    """Attack 15: others take the goods as they come back; then the money goes back. No unit is sold twice."""
    product = shop.product(stock=ORDERS)
    order = {**ADDRESS, "items": [{"product_id": product, "quantity": 1}]}
    others = [("POST", "/api/v1/orders/", order, shop.buyers[1 + number % (CROWD - 1)]) for number in range(CROWD)]
    orders = paid_at_the_last_moment(shop, pick, product, others)
    kept = sum(expect_paid_or_given_back(shop, order) for order in orders)
    expect(0 <= shop.stock(product) <= ORDERS - kept, f"{kept} were kept, stock is {shop.stock(product)}")
