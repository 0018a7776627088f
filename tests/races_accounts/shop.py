"""A server under test with what the races need: people, stores, products, the mail that came, a look into its database."""
import itertools
import os
import pathlib
import sqlite3
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "contract"))
from mail import Mailbox  # noqa: E402
from server import ADMIN, Server  # noqa: E402

from crowd import Answer, Ask, Wrong, ask, at_once  # noqa: E402

PASSWORD = "horse-battery-7"
ADDRESS = {"contact_name": "John Doe", "street_address": "123 Main Street", "city": "Mumbai", "state": "Maharashtra",
           "pin_code": "400001", "phone_number": "+919876543210", "address_type": "HOME"}
NAMES = itertools.count(1)


class Person:
    """A customer with a session of JWTs."""

    def __init__(self, shop: "Shop", email: str) -> None:
        self.shop, self.email = shop, email
        self.access = self.refresh = ""

    def log_in(self, device: str = "WEB") -> "Person":
        body = {"email": self.email, "password": PASSWORD, "device_type": device}
        data = self.shop.ask("POST", "/api/auth/jwt/", body, status=200).json()["data"]
        self.access, self.refresh = data["access"], data["refresh"]
        return self

    def ask(self, method: str, path: str, body: object = None, status: int | None = None) -> Answer:
        return ask(self.shop.port, method, path, body, self.access, status)

    def will(self, method: str, path: str, body: object = None) -> Ask:
        return Ask(method, path, body, self.access)

    def address(self, **fields: object) -> int:
        return self.ask("POST", "/api/auth/addresses/", ADDRESS | fields, 201).json()["data"]["id"]


class Shop:
    def __init__(self, binary: pathlib.Path, engine: str, settings: dict[str, str]) -> None:
        self.server = Server(binary, engine, settings)
        self.server.start()
        self.port, self.engine = self.server.port, engine
        self.mails = Mailbox(self.server.mail_dir)
        answer = ask(self.port, "POST", "/api/v1/auth/login/", {"email": ADMIN[0], "password": ADMIN[1]}, status=200)
        self.admin = answer.json()["data"]["access_token"]
        self.as_admin("PATCH", "/api/v1/stores/1/", {"currency": "INR"}, 200)
        self.categories: dict[str, int] = {}

    def close(self) -> None:
        """Ends the server; raises where it did not end well, told a secret in its log, or left books that are wrong."""
        self.server.stop()

    def ask(self, method: str, path: str, body: object = None, token: str = "", status: int | None = None) -> Answer:
        return ask(self.port, method, path, body, token, status)

    def at_once(self, asks: list[Ask]) -> list[Answer]:
        return at_once(self.port, asks)

    def as_admin(self, method: str, path: str, body: object, status: int, store: str = "") -> dict:
        headers = (("X-Store-ID", store),) if store else ()
        return ask(self.port, method, path, body, self.admin, status, headers).json()

    def name(self, what: str) -> str:
        return f"{what}{next(NAMES)}"

    def buyer(self) -> Person:
        """Somebody with a shop account, whose tokens the customer surface takes as well."""
        person = Person(self, f"{self.name('buyer')}@races.example")
        body = {"email": person.email, "password": PASSWORD, "password_confirm": PASSWORD}
        data = self.ask("POST", "/api/v1/auth/register/", body, status=201).json()["data"]
        person.access, person.refresh = data["access_token"], data["refresh_token"]
        return person

    def newcomer(self) -> Person:
        """Somebody who has just registered with the app, and has no session of JWTs yet."""
        name = self.name("person")
        person = Person(self, f"{name}@races.example")
        self.ask("POST", "/api/auth/register/", {"username": name, "email": person.email, "password": PASSWORD}, status=201)
        return person

    def person(self) -> Person:
        """Somebody who has registered with the app, verified the address, and logged in."""
        person = self.newcomer()
        self.ask("POST", "/api/auth/verify/otp/", {"email": person.email, "otp": self.mail(person)["otp"]}, status=200)
        return person.log_in()

    def mail(self, person: Person) -> dict[str, str]:
        found = self.mails.next(person.email)
        if found is None:
            raise Wrong(f"no mail to {person.email} came")
        return found

    def store(self) -> str:
        name = self.name("store_")
        self.as_admin("POST", "/api/v1/stores/", {"store_id": name, "name": name, "currency": "INR"}, 201)
        return name

    def product(self, stock: int, store: str = "", price: str = "565.00") -> dict:
        """A new product; of the default store unless told otherwise."""
        if store not in self.categories:
            made = self.as_admin("POST", "/api/v1/categories/", {"name": self.name("Things ")}, 201, store)
            self.categories[store] = made["id"]
        return self.as_admin("POST", "/api/v1/products/", {"name": self.name("Thing "), "price": price,
                                                           "category_id": self.categories[store],
                                                           "public_id": self.name("prod_"), "stock_quantity": stock}, 201, store)

    def stock_of(self, product: dict) -> int:
        return self.rows(f"SELECT stock FROM products WHERE id = {product['id']}")[0][0]

    # The database, beside the server.

    def rows(self, statement: str) -> list[tuple]:
        if self.engine == "sqlite":
            with sqlite3.connect(f"file:{self.server.dir / 'contract.db'}?mode=ro", uri=True, timeout=30) as database:
                return database.execute(statement).fetchall()
        told = self._psql(statement)
        return [tuple(int(part) if part.lstrip("-").isdigit() else part for part in line.split("|"))
                for line in told.splitlines()]

    def _psql(self, statement: str) -> str:
        url = self.server.environment["CARTWRIGHT_DATABASE_URL"]
        done = subprocess.run(["psql", "-qAtX", url, "-c", statement], capture_output=True, text=True, check=True,
                              env=os.environ | {"PGCLIENTENCODING": "UTF8"})
        return done.stdout
