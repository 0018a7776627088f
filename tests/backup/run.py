#!/usr/bin/env python3
"""Backs a shop up while orders are being placed, restores the file elsewhere, and opens the shop that is in it: its books
are right, and every order is there that was answered before the backup began.

    run.py [--engine sqlite|postgres] [--binary PATH]        PostgreSQL: the server in CARTWRIGHT_TEST_POSTGRES_URL
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from http_crowd import ask  # noqa: E402
from local_server import BINARY, Server, fresh_postgres  # noqa: E402

BUYERS = 6
PASSWORD = "horse-battery-7"
WEAK_HASH = {"CARTWRIGHT_PASSWORD_HASH_KIB": "8", "CARTWRIGHT_PASSWORD_HASH_PASSES": "1"}
PRODUCTS = "public_id,name,description,category,price,stock_quantity,image_url\nlamp,Lamp,,Home,10.00,100000,\n"


def ok(answer, *statuses):
    if answer.status not in statuses:
        raise SystemExit(f"an answer of {answer.status}: {answer.body[:300]!r}")
    return json.loads(answer.body)


class Buyer:
    def __init__(self, shop, number):
        self.address, self.orders = shop.address, []
        self.email = f"buyer{number}@backup.example"
        account = {"email": self.email, "password": PASSWORD, "password_confirm": PASSWORD}
        self.token = ok(ask(shop.address, "POST", "/api/v1/auth/register/", account), 201)["data"]["access_token"]

    def buy(self, product, enough):
        while not enough.is_set():
            order = {"shipping_address": "1 Main St", "billing_address": "1 Main St",
                     "items": [{"product_id": product, "quantity": 1}]}
            self.orders.append(ok(ask(self.address, "POST", "/api/v1/orders/", order, self.token), 201)["id"])


def back_up(shop, buyers, product, file):
    """The ids of the orders that were answered before it began, by the buyer's e-mail."""
    enough = threading.Event()
    threads = [threading.Thread(target=buyer.buy, args=(product, enough)) for buyer in buyers]
    for thread in threads:
        thread.start()
    time.sleep(0.4)
    before = {buyer.email: list(buyer.orders) for buyer in buyers}
    shop.command("backup", file)
    enough.set()
    for thread in threads:
        thread.join()
    return before


def look_into(shop, before):
    shop.command("verify")
    shop.start()
    for email, orders in before.items():
        login = ok(ask(shop.address, "POST", "/api/v1/auth/login/", {"email": email, "password": PASSWORD}), 200)
        listed = ok(ask(shop.address, "GET", "/api/v1/orders/", None, login["data"]["access_token"]), 200)
        missing = set(orders) - {order["id"] for order in listed}
        if missing:
            raise SystemExit(f"{len(missing)} of {len(orders)} orders are not in the backup")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--engine", choices=["sqlite", "postgres"], default="sqlite")
    arguments.add_argument("--binary", type=pathlib.Path, default=BINARY)
    given = arguments.parse_args()
    postgres = os.environ.get("CARTWRIGHT_TEST_POSTGRES_URL") if given.engine == "postgres" else None
    if given.engine == "postgres" and not postgres:
        raise SystemExit("CARTWRIGHT_TEST_POSTGRES_URL names no server")
    with contextlib.ExitStack() as stack:
        folders = [pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cartwright-backup-")))
                   for _ in range(2)]
        urls = [stack.enter_context(fresh_postgres(postgres)) if postgres else None for _ in range(2)]
        shops = [Server(folder, url, given.binary.resolve(), WEAK_HASH) for folder, url in zip(folders, urls)]
        first, second = shops
        for shop in shops:
            stack.callback(shop.stop)
        first.prepare()
        (folders[0] / "products.csv").write_text(PRODUCTS)
        first.command("import", folders[0] / "products.csv", "--quiet")
        first.start()
        buyers = [Buyer(first, number) for number in range(BUYERS)]
        product = ok(ask(first.address, "GET", "/api/v1/products/", None, buyers[0].token), 200)["results"][0]["id"]
        file = folders[0] / "backup"
        before = back_up(first, buyers, product, file)
        if first.command("backup", file, check=False).returncode == 0:
            raise SystemExit("a backup took the place of another")
        if postgres:
            subprocess.run(["pg_restore", "--exit-on-error", "--no-owner", "--dbname", urls[1], str(file)], check=True)
        else:
            shutil.copyfile(file, folders[1] / "shop.db")
        look_into(second, before)
    print(f"{sum(map(len, before.values()))} orders restored on {given.engine}")
    print("1 passed, 0 failed")


if __name__ == "__main__":
    main()
