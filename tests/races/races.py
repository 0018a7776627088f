"""The races: each a function that gets the shop and a random generator, and raises `Wrong` where it is lost."""
import json

from http_crowd import request
from shop import ADDRESS, CROWD, expect, expect_statuses, statuses

ROUNDS = 16


def checkout(token, **more):
    return request("POST", "/api/v1/cart/checkout/", {**ADDRESS, **more}, token)


def add(token, product, quantity=1):
    return request("POST", "/api/v1/cart/", {"product_id": product, "quantity": quantity}, token)


def bodies(answers, status):
    return [json.loads(answer.body) for answer in answers if answer.status == status]


def race_last_unit(shop, _pick):
    """Attack 1."""
    product = shop.product(stock=1)
    answers = shop.at_once(shop.order(buyer, {product: 1}) for buyer in shop.buyers)
    expect_statuses(answers, {201: 1, 400: CROWD - 1})
    expect(all(refused == {"non_field_errors": ["Insufficient stock"]} for refused in bodies(answers, 400)),
           f"refusals are {bodies(answers, 400)[:3]}")
    expect(shop.stock(product) == 0, f"stock is {shop.stock(product)}")


def race_small_stock(shop, pick):
    """Attack 1: many buyers, some of whom want more than others."""
    product, wanted = shop.product(stock=40), [pick.randint(1, 3) for _ in shop.buyers]
    answers = shop.at_once(shop.order(buyer, {product: units}) for buyer, units in zip(shop.buyers, wanted))
    sold = sum(units for answer, units in zip(answers, wanted) if answer.status == 201)
    expect(set(statuses(answers)) <= {201, 400}, f"answers {statuses(answers)}")
    expect(shop.stock(product) == 40 - sold < 3, f"{sold} sold of 40, {shop.stock(product)} left")


def race_last_unit_on_both_surfaces(shop, _pick):
    """Attack 39: one shelf, two dialects."""
    product = shop.product(stock=10)
    buyers = shop.buyers[:CROWD // 2]
    carts, addresses = [], []
    for buyer in buyers:
        shop.call("POST", "/api/v1/cart/", {"product_id": product, "quantity": 1}, buyer)
        carts.append(shop.call("GET", "/api/auth/carts/store/store_1/", None, buyer)["data"]["id"])
        addresses.append(shop.call("POST", "/api/auth/addresses/", {
            "contact_name": "R", "street_address": "1 St", "city": "Pune", "state": "MH", "pin_code": "411001",
            "phone_number": "+919876543210"}, buyer)["data"]["id"])
    wishes = [request("POST", "/api/auth/orders/", {"cart_id": cart, "shipping_address_id": address}, buyer)
              for buyer, cart, address in zip(buyers, carts, addresses)]
    wishes += [shop.order(buyer, {product: 1}) for buyer in shop.buyers[CROWD // 2:]]
    expect_statuses(shop.at_once(wishes), {201: 10, 400: CROWD - 10})
    expect(shop.stock(product) == 0, f"stock is {shop.stock(product)}")
    for buyer in buyers:
        shop.call("DELETE", "/api/v1/cart/", None, buyer)


def race_reversed_lines(shop, _pick):
    """Attack 2: nobody hears of a deadlock."""
    products = [shop.product(stock=CROWD - 10) for _ in range(6)]
    answers = shop.at_once(
        shop.order(buyer, {product: 1 for product in (products if number % 2 else reversed(products))})
        for number, buyer in enumerate(shop.buyers))
    expect_statuses(answers, {201: CROWD - 10, 400: 10})
    expect(all(shop.stock(product) == 0 for product in products), "each order took all its lines, or none")


def race_coupon_limit(shop, _pick):
    """Attack 4: in all, by different buyers."""
    product, code = shop.product(stock=1000), shop.coupon(usage_limit=5)
    answers = shop.at_once(shop.order(buyer, {product: 1}, coupon_code=code) for buyer in shop.buyers)
    expect_statuses(answers, {201: 5, 400: CROWD - 5})
    expect(all("coupon_code" in refused for refused in bodies(answers, 400)), "whoever comes too late is told why")
    expect(all(order["total_amount"] == "9.00" for order in bodies(answers, 201)), "nobody pays the full price unasked")
    expect(shop.stock(product) == 995, f"stock is {shop.stock(product)}")


def race_coupon_once_a_user(shop, _pick):
    """Attack 4: by one buyer; a cancelled order gives its use back."""
    product, code, buyer = shop.product(stock=1000), shop.coupon(per_user_limit=1), shop.buyers[0]
    wish = shop.order(buyer, {product: 1}, coupon_code=code)
    for _ in range(2):
        answers = shop.at_once([wish] * CROWD)
        expect_statuses(answers, {201: 1, 400: CROWD - 1})
        order = bodies(answers, 201)[0]["id"]
        cancel = request("PATCH", f"/api/v1/orders/{order}/", {"status": "cancelled"}, buyer)
        expect_statuses(shop.at_once([cancel] * CROWD), {200: 1, 400: CROWD - 1})
    expect(shop.stock(product) == 1000, f"stock is {shop.stock(product)}")


def race_double_checkout(shop, _pick):
    """Attack 9."""
    product, buyer = shop.product(stock=1000), shop.buyers[1]
    shop.call("POST", "/api/v1/cart/", {"product_id": product, "quantity": 2}, buyer)
    answers = shop.at_once([checkout(buyer)] * CROWD)
    expect_statuses(answers, {201: 1, 400: CROWD - 1})
    expect(all(refused == {"error": "Cart is empty"} for refused in bodies(answers, 400)), f"{bodies(answers, 400)[:2]}")
    expect(shop.stock(product) == 998, f"stock is {shop.stock(product)}")


def race_cart_changed_during_checkout(shop, pick):
    """Attack 7: what is added is ordered, or stays; never free, never lost."""
    product, buyer = shop.product(stock=1000), shop.buyers[2]
    wishes = [checkout(buyer) if number % 4 == 0 else add(buyer, product) for number in range(CROWD)]
    pick.shuffle(wishes)
    answers = shop.at_once(wishes)
    added = sum(1 for wish, answer in zip(wishes, answers) if wish == add(buyer, product) and answer.status == 201)
    expect(added == CROWD * 3 // 4, f"answers {statuses(answers)}")
    orders = [body for wish, answer in zip(wishes, answers) if wish == checkout(buyer) and answer.status == 201
              for body in [json.loads(answer.body)]]
    ordered = sum(item["quantity"] for order in orders for item in order["items"])
    left = sum(item["quantity"] for item in shop.call("GET", "/api/v1/cart/", None, buyer)["items"])
    expect(ordered + left == added, f"{added} added, {ordered} ordered, {left} left")
    expect(shop.stock(product) == 1000 - ordered, f"stock is {shop.stock(product)} after {ordered}")
    shop.call("DELETE", "/api/v1/cart/", None, buyer)


def race_same_product_added(shop, _pick):
    """Attack 37: one line, of all that was added."""
    product, buyer = shop.product(stock=1000), shop.buyers[3]
    expect_statuses(shop.at_once([add(buyer, product)] * CROWD), {201: CROWD})
    items = shop.call("GET", "/api/v1/cart/", None, buyer)["items"]
    expect([item["quantity"] for item in items] == [CROWD], f"lines {[item['quantity'] for item in items]}")
    shop.call("DELETE", "/api/v1/cart/", None, buyer)


def race_price_and_stock_changed(shop, pick):
    """Attacks 21, 22: orders are of one moment; no change of stock is lost."""
    first, second = shop.product(stock=500), shop.product(stock=500)
    wishes, deltas = [], []
    for number, buyer in enumerate(shop.buyers):
        if number % 8 == 0:
            wishes.append(request("PATCH", f"/api/v1/products/{first}/", {"price": f"{10 + number}.00"}, shop.admin))
        elif number % 8 == 1:
            deltas.append(pick.randint(1, 9))
            wishes.append(request("POST", f"/api/v1/products/{first}/adjust-stock/",
                                  {"delta": deltas[-1], "reason": "race"}, shop.admin))
        elif number % 8 == 2:
            wishes.append(request("PATCH", f"/api/v1/products/{second}/", {"stock_quantity": 500}, shop.admin))
        else:
            wishes.append(shop.order(buyer, {first: 1, second: 1}))
    answers = shop.at_once(wishes)
    expect(set(statuses(answers)) == {200, 201}, f"answers {statuses(answers)}")
    orders = [body for body in bodies(answers, 201) if "items" in body]
    for order in orders:
        total = sum(float(item["price"]) * item["quantity"] for item in order["items"])
        expect(abs(total - float(order["total_amount"])) < 0.001, f"items of {total} in a total of {order['total_amount']}")
    expect(shop.stock(first) == 500 + sum(deltas) - len(orders), f"stock {shop.stock(first)}, {sum(deltas)} added, "
           f"{len(orders)} sold")


def race_coupon_changed(shop, pick):
    """Attack 21: a coupon that is made another while it is used takes off what it was or what it is, and no mix."""
    product, code = shop.product(stock=1000), shop.coupon()
    coupon = next(coupon["id"] for coupon in shop.call("GET", "/api/v1/coupons/?ordering=-id")["results"] if coupon["code"] == code)
    terms = [{"discount_type": "percent", "value": "10.00"}, {"discount_type": "fixed", "value": "2.50"}]
    wishes = [request("PATCH", f"/api/v1/coupons/{coupon}/", terms[number % 2], shop.admin) if number < 16 else
              shop.order(buyer, {product: 1}, coupon_code=code) for number, buyer in enumerate(shop.buyers)]
    pick.shuffle(wishes)
    answers = shop.at_once(wishes)
    expect_statuses(answers, {200: 16, 201: CROWD - 16})
    totals = {order["total_amount"] for order in bodies(answers, 201)}
    expect(totals <= {"9.00", "7.50"}, f"totals {totals}")


def race_expected_total(shop, _pick):
    """Attack 8: whoever says what he expects to pay pays that, or nothing."""
    product = shop.product(stock=1000)
    wishes = [request("PATCH", f"/api/v1/products/{product}/", {"price": f"{10 + number % 2}.00"}, shop.admin)
              if number % 4 == 0 else shop.order(buyer, {product: 1}, expected_total="10.00")
              for number, buyer in enumerate(shop.buyers)]
    answers = shop.at_once(wishes)
    expect(set(statuses(answers)) <= {200, 201, 400}, f"answers {statuses(answers)}")
    expect(all(order["total_amount"] == "10.00" for order in bodies(answers, 201)), "an order of another total")


def race_order_numbers(shop, _pick):
    """Attack 36: a thousand orders, hundreds of them of one second."""
    product = shop.product(stock=ROUNDS * CROWD)
    answers = [answer for _ in range(ROUNDS) for answer in shop.at_once(shop.order(buyer, {product: 1}) for buyer in shop.buyers)]
    expect_statuses(answers, {201: ROUNDS * CROWD})
    numbers = {order["order_number"] for order in bodies(answers, 201)}
    expect(len(numbers) == ROUNDS * CROWD, f"{len(numbers)} numbers for {ROUNDS * CROWD} orders")


def race_idempotency_key(shop, _pick):
    """Attacks 25, 26: one effect; the same answer, or 409 while it runs; another's key is another key."""
    product, buyer = shop.product(stock=1000), shop.buyers[4]
    wish = shop.order(buyer, {product: 1}, [("Idempotency-Key", f"race-{product}")])
    answers = shop.at_once([wish] * CROWD) + shop.at_once([wish])
    expect(set(statuses(answers)) <= {201, 409}, f"answers {statuses(answers)}")
    orders = {order["id"] for order in bodies(answers, 201)}
    expect(len(orders) == 1 and answers[-1].status == 201, f"orders {orders}, at last {answers[-1].status}")
    expect(shop.stock(product) == 999, f"stock is {shop.stock(product)}")
    other = shop.order(buyer, {product: 2}, [("Idempotency-Key", f"race-{product}")])
    stranger = shop.order(shop.buyers[5], {product: 1}, [("Idempotency-Key", f"race-{product}")])
    refused, served = shop.at_once([other, stranger])
    expect((refused.status, served.status) == (400, 201), f"another body {refused.status}, another user {served.status}")
    expect(json.loads(served.body)["id"] not in orders, "one buyer's answer went to another")
