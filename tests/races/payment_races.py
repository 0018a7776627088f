"""Races about money: confirmations, webhooks, cancellations, shipping and refunds of one order, all at once."""
import json

from http_crowd import request
from shop import CROWD, expect, expect_statuses, statuses

ORDER_MINOR = 1000


def confirm(order, buyer):
    return request("POST", f"/api/v1/orders/{order}/confirm-payment/", {}, buyer)


def set_status(order, status, token):
    return request("PATCH", f"/api/v1/orders/{order}/", {"status": status}, token)


def expect_paid_once(shop, order):
    payments = shop.payments(order)
    captures = [move for payment in payments for move in payment["transactions"] if move["action"] == "capture"]
    expect(len(captures) == 1 and sum(float(payment["captured"]) for payment in payments) == 10,
           f"{len(captures)} captures in {payments}")
    return payments


def race_one_intent(shop, _pick):
    """One order, begun to be paid sixty-four times: one intent."""
    order, buyer = shop.placed(shop.product(stock=9)), shop.buyers[0]
    answers = shop.at_once([request("POST", f"/api/v1/orders/{order}/create-payment/", {}, buyer)] * CROWD)
    expect_statuses(answers, {200: CROWD})
    intents = {json.loads(answer.body)["payment_intent_id"] for answer in answers}
    expect(len(intents) == 1 and len(shop.payments(order)) == 1, f"{len(intents)} intents, {len(shop.payments(order))} payments")


def race_double_confirm(shop, _pick):
    """Attack 10."""
    order, _ = shop.intent_to_confirm(shop.product(stock=9))
    answers = shop.at_once([confirm(order, shop.buyers[0])] * CROWD)
    expect_statuses(answers, {200: CROWD})
    expect_paid_once(shop, order)


def race_confirm_against_webhook(shop, pick):
    """Attack 11, 12: both hear 200, and one of them has paid."""
    order, intent = shop.intent_to_confirm(shop.product(stock=9))
    wishes = [confirm(order, shop.buyers[0]) if number % 2 else
              shop.webhook(f"evt_{intent}_{number % 8}", "payment_intent.succeeded", intent, ORDER_MINOR)
              for number in range(CROWD)]
    pick.shuffle(wishes)
    expect_statuses(shop.at_once(wishes), {200: CROWD})
    expect_paid_once(shop, order)
    expect(shop.seen(order)["status"] == "completed", f"the order is {shop.seen(order)['status']}")


def race_webhooks_in_any_order(shop, pick):
    """Attacks 12 to 14: each event several times, in any order; a success is a success."""
    product = shop.product(stock=9)
    order, intent = shop.intent_to_confirm(product)
    kinds = ["payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled",
             "payment_intent.processing", "payment_intent.created"]
    wishes = [shop.webhook(f"evt_{intent}_{number % 10}", kinds[number % 5], intent, ORDER_MINOR) for number in range(CROWD)]
    pick.shuffle(wishes)
    expect_statuses(shop.at_once(wishes), {200: CROWD})
    expect_statuses(shop.at_once(wishes), {200: CROWD})
    expect_paid_once(shop, order)
    expect(shop.seen(order)["status"] == "completed", f"the order is {shop.seen(order)['status']}")
    expect(shop.stock(product) == 8, f"stock is {shop.stock(product)}")


def race_forged_webhooks(shop, _pick):
    """Attack 16: another amount completes nothing, however often it is told, and asks for a person once."""
    order, intent = shop.intent_to_confirm(shop.product(stock=9))
    answers = shop.at_once(shop.webhook(f"evt_{intent}_{number}", "payment_intent.succeeded", intent, 1)
                           for number in range(CROWD))
    expect_statuses(answers, {200: CROWD})
    payment = shop.payments(order)[0]
    expect(payment["needs_review"] and payment["captured"] == "0.00", f"{payment}")
    reviews = shop.at_once([request("POST", f"/api/v1/payments/{payment['id']}/review/", {}, shop.admin)] * CROWD)
    expect_statuses(reviews, {200: 1, 400: CROWD - 1})
    expect(shop.audited("review", payment["id"]) == 1, "one review is in the log")


def race_cancel_against_payment(shop, pick):
    """Attacks 15, 19: paid and kept, or cancelled and given back; the units are where the order is."""
    product, buyer = shop.product(stock=9), shop.buyers[0]
    order, intent = shop.intent_to_confirm(product)
    wishes = []
    for number in range(CROWD):
        wishes.append([set_status(order, "cancelled", buyer), confirm(order, buyer),
                       shop.webhook(f"evt_{intent}_{number % 4}", "payment_intent.succeeded", intent, ORDER_MINOR)][number % 3])
    pick.shuffle(wishes)
    answers = shop.at_once(wishes)
    expect(set(statuses(answers)) <= {200, 400}, f"answers {statuses(answers)}")
    expect_paid_once(shop, order)
    if shop.seen(order)["status"] == "cancelled":
        shop.wait_for("the refund", lambda: shop.payments(order)[0]["refunded"] == "10.00")
        expect(shop.stock(product) == 9, f"cancelled, and stock is {shop.stock(product)}")
    else:
        expect(shop.payments(order)[0]["refund_pending"] == "0.00", "kept, and money goes back")
        expect(shop.stock(product) == 8, f"kept, and stock is {shop.stock(product)}")


def race_late_success_without_goods(shop, _pick):
    """Attack 15: the goods went to somebody else meanwhile: the money goes back, once."""
    product = shop.product(stock=1)
    order, intent = shop.intent_to_confirm(product)
    expect_statuses(shop.at_once([set_status(order, "cancelled", shop.buyers[0])]), {200: 1})
    shop.placed(product, buyer=1)
    answers = shop.at_once(shop.webhook(f"evt_{intent}_{number % 8}", "payment_intent.succeeded", intent, ORDER_MINOR)
                           for number in range(CROWD))
    expect_statuses(answers, {200: CROWD})
    shop.wait_for("the refund", lambda: shop.payments(order)[0]["refunded"] == "10.00")
    moves = [move["action"] for move in shop.payments(order)[0]["transactions"]]
    expect(moves == ["capture", "refund"], f"movements {moves}")
    expect(shop.seen(order)["status"] == "cancelled" and shop.stock(product) == 0, f"stock is {shop.stock(product)}")


def race_cancel_against_ship(shop, pick):
    """Attack 19: one winner; what has left the house is not given back, and the other way round."""
    product = shop.product(stock=9)
    order, _ = shop.intent_to_confirm(product)
    expect_statuses(shop.at_once([confirm(order, shop.buyers[0])]), {200: 1})
    ship = request("POST", f"/api/v1/orders/{order}/ship/", {"tracking_number": "T1", "carrier_name": "C"}, shop.admin)
    wishes = [ship if number % 2 else set_status(order, "cancelled", shop.admin) for number in range(CROWD)]
    pick.shuffle(wishes)
    answers = shop.at_once(wishes)
    expect_statuses(answers, {200: 1, 400: CROWD - 1})
    shipped = next(wish for wish, answer in zip(wishes, answers) if answer.status == 200) == ship
    if not shipped:
        shop.wait_for("the refund", lambda: shop.payments(order)[0]["refunded"] == "10.00")
    expect(shop.stock(product) == (8 if shipped else 9), f"shipped: {shipped}, stock {shop.stock(product)}")


def race_failure_against_success(shop, _pick):
    """Attacks 5, 13, 14: a payment that fails for good, and one that succeeds, of one order, and of the one use of a coupon."""
    product, code, buyer = shop.product(stock=9), shop.coupon(usage_limit=1), shop.buyers[0]
    order = json.loads(shop.at_once([shop.order(buyer, {product: 1}, coupon_code=code)])[0].body)["id"]
    intent = shop.intent(order)
    answers = shop.at_once(
        shop.webhook(f"evt_{intent}_{number}", "payment_intent." + ("succeeded" if number % 2 else "payment_failed"),
                     intent, ORDER_MINOR * 9 // 10) for number in range(CROWD))
    expect_statuses(answers, {200: CROWD})
    payment = shop.payments(order)[0]
    expect((payment["captured"], payment["refunded"], len(payment["transactions"])) == ("9.00", "0.00", 1), f"{payment}")
    expect(shop.seen(order)["status"] == "completed" and shop.stock(product) == 8, f"stock is {shop.stock(product)}")
    expect_statuses(shop.at_once(shop.order(token, {product: 1}, coupon_code=code) for token in shop.buyers), {400: CROWD})


def race_late_success_against_coupon(shop, pick):
    """Attacks 4, 5, 14: a cancelled order's money comes while others want the coupon's one use: one has it, whoever that is."""
    product, code, buyer = shop.product(stock=99), shop.coupon(usage_limit=1), shop.buyers[0]
    order = json.loads(shop.at_once([shop.order(buyer, {product: 1}, coupon_code=code)])[0].body)["id"]
    intent = shop.intent(order)
    expect(shop.pay_at_stripe(intent) == 200, "the sandbox takes the card")
    expect_statuses(shop.at_once([set_status(order, "cancelled", buyer)]), {200: 1})
    wishes = [shop.webhook(f"evt_{intent}_{number}", "payment_intent.succeeded", intent, ORDER_MINOR * 9 // 10) if number % 2 else
              shop.order(shop.buyers[number], {product: 1}, coupon_code=code) for number in range(CROWD)]
    pick.shuffle(wishes)
    found = statuses(shop.at_once(wishes))
    expect(found.get(201, 0) <= 1 and found[200] == CROWD // 2 and set(found) <= {200, 201, 400}, f"answers {found}")
    if found.get(201):
        shop.wait_for("the refund", lambda: shop.payments(order)[0]["refunded"] == "9.00")
    kept = shop.seen(order)["status"] == "completed"
    expect(kept != bool(found.get(201)) and shop.stock(product) == 98, f"kept: {kept}, {found}, stock {shop.stock(product)}")


def race_two_refunds(shop, _pick):
    """Attack 18: never more goes back than came in."""
    order, _ = shop.intent_to_confirm(shop.product(stock=9))
    expect_statuses(shop.at_once([confirm(order, shop.buyers[0])]), {200: 1})
    refund = request("POST", f"/api/v1/orders/{order}/refund/", {"amount": "6.00"}, shop.admin)
    expect_statuses(shop.at_once([refund] * CROWD), {201: 1, 400: CROWD - 1})
    small = request("POST", f"/api/v1/orders/{order}/refund/", {"amount": "0.10"}, shop.admin)
    expect_statuses(shop.at_once([small] * CROWD), {201: 40, 400: CROWD - 40})
    shop.wait_for("the refunds", lambda: shop.payments(order)[0]["refunded"] == "10.00")
    expect(shop.audited("refund", order) == 41, f"{shop.audited('refund', order)} refunds in the log")


def race_one_refund_with_a_key(shop, _pick):
    """Attacks 18, 25: one refund, asked for sixty-four times with one Idempotency-Key."""
    order, _ = shop.intent_to_confirm(shop.product(stock=9))
    expect_statuses(shop.at_once([confirm(order, shop.buyers[0])]), {200: 1})
    wish = request("POST", f"/api/v1/orders/{order}/refund/", {"amount": "3.00"}, shop.admin, [("Idempotency-Key", f"back-{order}")])
    answers = shop.at_once([wish] * CROWD) + shop.at_once([wish])
    expect(set(statuses(answers)) <= {201, 409} and answers[-1].status == 201, f"answers {statuses(answers)}")
    expect(len({json.loads(answer.body)["id"] for answer in answers if answer.status == 201}) == 1, "more refunds than one")
    shop.wait_for("the refund", lambda: shop.payments(order)[0]["refunded"] == "3.00")


def race_refunds_made_at_stripe(shop, pick):
    """Attacks 12, 18: what is given back at Stripe itself, told in any order, the payment's own success included."""
    order, intent = shop.intent_to_confirm(shop.product(stock=9))
    refunds = [(f"re_{intent}_{number}", amount) for number, amount in enumerate((400, 250))]
    told = [shop.webhook(f"evt_{intent}_paid", "payment_intent.succeeded", intent, ORDER_MINOR)]
    for total in (400, 650):
        told.append(shop.webhook(f"evt_{intent}_{total}", "charge.refunded", intent, ORDER_MINOR, object="charge",
                                 id=f"ch_{intent}", payment_intent=intent, amount_refunded=total))
    told += [shop.webhook(f"evt_{refund}", "refund.created", intent, amount, object="refund", id=refund,
                          payment_intent=intent, status="succeeded") for refund, amount in refunds]
    wishes = told * (CROWD // len(told))
    pick.shuffle(wishes)
    expect_statuses(shop.at_once(wishes), {200: len(wishes)})
    payment = expect_paid_once(shop, order)[0]
    expect((payment["refunded"], payment["refund_pending"], payment["needs_review"]) == ("6.50", "0.00", False), f"{payment}")
