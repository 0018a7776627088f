"""Races of one person's carts, addresses and orders, and of both surfaces over one stock: attacks 1, 9, 34, 35, 37, 39."""
from crowd import Answer, Ask, Wrong, expect, tally
from shop import ADDRESS, Person, Shop

CROWD = 32
ROUNDS = 4
TO = {"shipping_address": "1 Main St", "billing_address": "1 Main St"}


def carts_of(person: Person) -> list[dict]:
    return person.ask("GET", "/api/auth/carts/", status=200).json()["data"]


def six_carts(shop: Shop) -> None:
    """Six stores' carts made at once, each several times: five come to be, one a store."""
    stores = [shop.store() for _ in range(6)]
    for path, extra in (("/api/auth/carts/", {}), ("/api/auth/cart/items/", {"product_id": "", "quantity": 1})):
        products = {store: shop.product(100, store)["public_id"] for store in stores}
        person = shop.buyer()
        asks = [person.will("POST", path, {"store_id": store} | extra | ({"product_id": products[store]} if extra else {}))
                for store in stores * 6]
        answers = shop.at_once(asks)
        carts = carts_of(person)
        expect((len(carts), len({cart["store_id"] for cart in carts})), (5, 5), "carts, stores")
        without = set(stores) - {cart["store_id"] for cart in carts}
        for request, answer in zip(asks, answers):
            wanted = {400} if request.body["store_id"] in without else {200, 201}
            if answer.status not in wanted or (answer.status == 400 and answer.json()["error_code"] != "CART_001"):
                raise Wrong(f"{request.body}: {answer.status} {answer.text()}")


def one_store_twice(shop: Shop) -> None:
    store, person = shop.store(), shop.buyer()
    answers = shop.at_once([person.will("POST", "/api/auth/carts/", {"store_id": store})] * CROWD)
    expect(tally(answers), {201: 1, 200: CROWD - 1}, "one store's cart")
    expect(len({answer.json()["data"]["id"] for answer in answers}), 1, "carts")


def same_product(shop: Shop) -> None:
    """Adding one product many times from both surfaces: one line, as many units as were taken, never more than there are."""
    for stock, units in ((100, 1), (10, 3)):
        product, person = shop.product(stock), shop.buyer()
        app = person.will("POST", "/api/auth/cart/items/", {"store_id": "store_1", "product_id": product["public_id"],
                                                            "quantity": units})
        web = person.will("POST", "/api/v1/cart/", {"product_id": product["id"], "quantity": units})
        answers = shop.at_once([app, web] * (CROWD // 2))
        taken = sum(answer.status in (200, 201) for answer in answers)
        expect((taken, {answer.status for answer in answers} <= {200, 201, 400}), (min(CROWD, stock // units), True),
               f"taken of {tally(answers)}")
        items = [item for cart in carts_of(person) for item in cart["items"]]
        expect([item["quantity"] for item in items], [taken * units], "lines")


def default_addresses(shop: Shop) -> None:
    """Several addresses made the default at once, in each of the three ways: one is."""
    person = shop.buyer()
    first = [person.address(landmark=f"No. {number}") for number in range(4)]
    for _ in range(ROUNDS):
        asks = [person.will("POST", f"/api/auth/addresses/set-default/{number}/") for number in first]
        asks += [person.will("PATCH", f"/api/auth/addresses/{number}/", {"is_default": True}) for number in first]
        asks += [person.will("POST", "/api/auth/addresses/", ADDRESS | {"is_default": True})] * 4
        answers = shop.at_once(asks)
        expect({answer.status for answer in answers}, {200, 201}, f"answers {tally(answers)}")
        every = person.ask("GET", "/api/auth/addresses/?page_size=100", status=200).json()["data"]
        expect(sum(address["is_default"] for address in every), 1, "default addresses")


def first_addresses(shop: Shop) -> None:
    """The first one is the default, whichever of many at once that is; two changes of one address both stay."""
    person = shop.buyer()
    made = shop.at_once([person.will("POST", "/api/auth/addresses/", ADDRESS)] * 8)
    expect(sorted(answer.json()["data"]["is_default"] for answer in made), [False] * 7 + [True], "default of eight")
    number = made[0].json()["data"]["id"]
    for turn in range(8):
        changes = {"landmark": f"Gate {turn}", "street_address": f"{turn} Main Street", "city": f"City {turn}"}
        answers = shop.at_once([person.will("PATCH", f"/api/auth/addresses/{number}/", {name: value})
                                for name, value in changes.items()])
        expect(tally(answers), {200: 3}, "changes")
        now = next(one for one in person.ask("GET", "/api/auth/addresses/", status=200).json()["data"] if one["id"] == number)
        expect({name: now[name] for name in changes}, changes, "three changes at once")


def address_goes_while_ordering(shop: Shop) -> None:
    """The default address is deleted while an order goes to it: the order has its copy, and the book a default."""
    product = shop.product(100)
    for _ in range(ROUNDS * 2):
        person = shop.buyer()
        home, work = person.address(), person.address(street_address="456 Oak Avenue", address_type="WORK")
        item = {"store_id": "store_1", "product_id": product["public_id"], "quantity": 1}
        person.ask("POST", "/api/auth/cart/items/", item, 201)
        order = {"cart_id": carts_of(person)[0]["id"], "shipping_address_id": home}
        placed, gone = shop.at_once([person.will("POST", "/api/auth/orders/", order),
                                     person.will("DELETE", f"/api/auth/addresses/{home}/")])
        expect((placed.status in (201, 404), gone.status), (True, 200), placed.text())
        if placed.status == 201:
            shown = person.ask("GET", f"/api/auth/orders/{placed.json()['data']['id']}/", status=200).json()["data"]
            expect(shown["shipping_address_details"]["street_address"], "123 Main Street", "the order's copy")
        expect(person.ask("GET", "/api/auth/addresses/default/", status=200).json()["data"]["id"], work, "default")


def fill_cart(shop: Shop, person: Person, product: dict, units: int) -> Ask:
    """Puts so many units into the cart. The customer surface's request that orders it."""
    item = {"store_id": "store_1", "product_id": product["public_id"], "quantity": units}
    person.ask("POST", "/api/auth/cart/items/", item, 201)
    return person.will("POST", "/api/auth/orders/", {"cart_id": carts_of(person)[0]["id"],
                                                     "shipping_address_id": person.address()})


def orders_of(answers: list[Answer]) -> list[dict]:
    bodies = [answer.json() for answer in answers if answer.status == 201]
    return [body.get("data") or body.get("order") or body for body in bodies]


def last_unit(shop: Shop) -> None:
    """The last unit, wanted by shop checkouts, direct shop orders and customer orders: one gets it."""
    people = [shop.buyer() for _ in range(9)]
    for turn in range(ROUNDS):
        product = shop.product(1)
        asks = []
        for number, person in enumerate(people):
            order = fill_cart(shop, person, product, 1)
            direct = TO | {"items": [{"product_id": product["id"], "quantity": 1}]}
            asks.append((order, person.will("POST", "/api/v1/cart/checkout/", TO),
                         person.will("POST", "/api/v1/orders/", direct))[(number + turn) % 3])
        answers = shop.at_once(asks)
        expect({answer.status for answer in answers}, {201, 400}, f"{tally(answers)}")
        expect((len(orders_of(answers)), shop.stock_of(product)), (1, 0), "orders, units left")
        for person in people:
            person.ask("POST", "/api/auth/cart/clear/", {}, 200)


def one_cart_twice(shop: Shop) -> None:
    """One person's cart, ordered from both surfaces at once while more goes into it: one order, nothing lost or free."""
    for _ in range(ROUNDS):
        product, person = shop.product(100), shop.buyer()
        order = fill_cart(shop, person, product, 2)
        more = person.will("POST", "/api/v1/cart/", {"product_id": product["id"], "quantity": 1})
        answers = shop.at_once([order, person.will("POST", "/api/v1/cart/checkout/", TO)] * 6 + [more])
        added = answers.pop()
        expect((added.status in (200, 201), {answer.status for answer in answers}), (True, {201, 400}), f"{tally(answers)}")
        lines = shop.rows("SELECT i.order_id, i.quantity FROM order_items i JOIN orders o ON o.id = i.order_id"
                          f" JOIN users u ON u.id = o.user_id WHERE u.email = '{person.email}'")
        in_cart = sum(item["quantity"] for cart in carts_of(person) for item in cart["items"])
        expect(len(orders_of(answers)), len(lines), "orders answered, orders there")
        expect(sum(quantity for _, quantity in lines) + in_cart, 3, "units ordered and in the cart")
        expect(shop.stock_of(product), 100 - (3 - in_cart), "units left")
        if len(lines) not in (1, 2):
            raise Wrong(f"orders of one cart: {lines}")


RACES = [six_carts, one_store_twice, same_product, default_addresses, first_addresses, address_goes_while_ordering,
         last_unit, one_cart_twice]
