"""Web nodes and workers: each does what is its own, and of two workers one does a thing."""
import email
import pathlib
import time

from limits import crowd, expect
from shop import make_product, seconds_until

ORDERS = 60


def mails(folder):
    """The orders' numbers in the mails of that folder."""
    found = []
    for file in pathlib.Path(folder).glob("*.eml"):
        subject = email.message_from_bytes(file.read_bytes())["Subject"]
        found += [word.strip(".,") for word in subject.split() if word.startswith("ORD-")]
    return found


def two_workers_do_each_thing_once(shop, redis):
    settings = {"CARTWRIGHT_REDIS_URL": redis.url, "CARTWRIGHT_RESERVATION_TTL": "5s"}
    webs = [shop.node(settings, ["--role", "web"]) for _ in range(2)]
    admin = webs[0].admin(shop.admin_password)
    product = make_product(webs[0], admin, stock=ORDERS)
    _, buyer = webs[0].register()
    made = crowd(webs, ORDERS, lambda i: {
        "method": "POST", "path": "/api/v1/orders/", "token": buyer, "body": {
            "shipping_address": "1 Main St", "billing_address": "1 Main St",
            "items": [{"product_id": product, "quantity": 1}]}})
    expect({answer.status for answer in made}, {201}, "orders")
    time.sleep(1.2)
    outbox = webs[0].demand(200, "GET", "/api/v1/outbox/", token=admin).json
    if outbox["count"] < ORDERS:
        raise AssertionError(f"a web node has worked: {outbox['count']} items are left of {ORDERS}")

    workers = [shop.node({**settings, "CARTWRIGHT_ROLE": "worker"}) for _ in range(2)]
    for worker in workers:
        expect(worker.ask("GET", "/api/v1/products/").status, 404, "a worker's answer to a client")
        expect(worker.health()[0], 200, "a worker's health")
        expect(worker.ask("GET", "/metrics").status, 200, "a worker's metrics")
    folders = [pathlib.Path(node.server.folder) / "mail" for node in workers]
    numbers = {answer.json["order_number"] for answer in made}

    def sent():
        return [number for folder in folders for number in mails(folder)]

    seconds_until(lambda: len(sent()) >= ORDERS, 10)
    expect(sorted(sent()), sorted(numbers), "mails of the orders")

    def stock():
        return webs[1].demand(200, "GET", f"/api/v1/products/{product}/", token=admin).json["stock_quantity"]

    # Both workers expire the unpaid orders, and each gives its unit back once.
    if seconds_until(lambda: stock() == ORDERS, 12) > 12:
        raise AssertionError(f"{stock()} units of {ORDERS} came back")
    time.sleep(0.5)
    expect(stock(), ORDERS, "units that came back")
    expect(webs[0].server.command("verify", check=False).returncode, 0, "cartwright verify")
    expect(webs[0].server.command("serve", "--role", "nobody", check=False).returncode, 2, "an unknown role")


TESTS = [two_workers_do_each_thing_once]
