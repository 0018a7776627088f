"""What one node ends or changes, the others know: within a second, with Redis at once."""
from limits import expect
from shop import PASSWORD, make_product, seconds_until

AT_ONCE = 0.5  # on a busy machine; some milliseconds on a quiet one
WITHIN = 1.0


def measured(what, seconds, at_most):
    print(f"    {what}: {seconds * 1000:.0f} ms")
    if seconds > at_most:
        raise AssertionError(f"{what}: {seconds:.2f} s, and not within {at_most} s")


def refused(node, token):
    return lambda: node.ask("GET", "/api/v1/auth/profile/", token=token).status == 401


def ended_sessions(here, there, admin, at_most, how):
    """Ends a session in each of three ways on one node, and asks for it on the other without pause."""
    _, token = here.register()
    there.demand(200, "GET", "/api/v1/auth/profile/", token=token)
    here.demand(200, "POST", "/api/auth/jwt/logout/", {"logout_type": "all"}, token=token)
    measured(f"a logout {how}", seconds_until(refused(there, token)), at_most)

    email, token = here.register()
    other = there.demand(200, "POST", "/api/v1/auth/login/", {"email": email, "password": PASSWORD}).json
    other = other["data"]["access_token"]
    there.demand(200, "GET", "/api/v1/auth/profile/", token=other)
    here.demand(200, "POST", "/api/v1/auth/change-password/", {
        "old_password": PASSWORD, "new_password": "battery-staple-8", "new_password_confirm": "battery-staple-8"},
        token=token)
    measured(f"a changed password {how}", seconds_until(refused(there, other)), at_most)
    there.demand(200, "GET", "/api/v1/auth/profile/", token=token)

    email, token = here.register()
    there.demand(200, "GET", "/api/v1/auth/profile/", token=token)
    user = here.demand(200, "GET", f"/api/v1/users/?search={email}", token=admin).json["results"][0]["id"]
    here.demand(200, "PATCH", f"/api/v1/users/{user}/", {"is_active": False}, token=admin)
    measured(f"a deactivated account {how}", seconds_until(refused(there, token)), at_most)


def changed_products(here, there, admin, at_most, how):
    product = make_product(here, admin)
    _, buyer = there.register()
    path = f"/api/v1/products/{product}/"

    def shown(field):
        return there.demand(200, "GET", path, token=buyer).json[field]

    def listed():
        page = there.demand(200, "GET", "/api/v1/products/?page_size=100", token=buyer).json
        return [each for each in page["results"] if each["id"] == product]

    measured(f"a new product in the list {how}", seconds_until(listed), at_most)
    shown("price")
    here.demand(200, "PATCH", path, {"price": "2.50"}, token=admin)
    measured(f"a price {how}", seconds_until(lambda: shown("price") == "2.50"), at_most)
    listed()
    here.demand(200, "POST", f"{path}adjust-stock/", {"delta": -7, "reason": "count"}, token=admin)
    measured(f"a stock {how}", seconds_until(lambda: shown("stock_quantity") == 993), at_most)
    measured(f"a stock in the list {how}", seconds_until(lambda: listed()[0]["stock_quantity"] == 993), at_most)
    shown("stock_quantity")
    here.demand(201, "POST", "/api/v1/orders/", {
        "shipping_address": "1 Main St", "billing_address": "1 Main St",
        "items": [{"product_id": product, "quantity": 3}]}, token=here.register()[1])
    measured(f"a sale {how}", seconds_until(lambda: shown("stock_quantity") == 990), at_most)
    here.demand(200, "DELETE", path, token=admin)
    measured(f"a deleted product {how}", seconds_until(lambda: not listed()), at_most)


def changes_are_seen_elsewhere(shop, redis):
    here, there = (shop.node({"CARTWRIGHT_REDIS_URL": redis.url}) for _ in range(2))
    admin = here.admin(shop.admin_password)
    ended_sessions(here, there, admin, AT_ONCE, "with Redis")
    changed_products(here, there, admin, AT_ONCE, "with Redis")
    if there.metric("redis_news_heard_total") < 5:
        raise AssertionError("no news came by Redis")
    redis.stop()
    ended_sessions(here, there, admin, WITHIN, "without Redis")
    changed_products(here, there, admin, WITHIN, "without Redis")
    expect(here.health()[0], 200, "readiness without Redis")


TESTS = [changes_are_seen_elsewhere]
