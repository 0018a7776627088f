#!/usr/bin/env python3
"""Mails as a real SMTP server gets them: run.py [--binary PATH] starts one on a loopback port (Debian's python3-aiosmtpd),
runs the shop against it, and looks at each mail: to whom, both parts, what they say. A server that asks for a password
without TLS must never see it, and one that is gone must not lose a mail.
"""
import argparse
import contextlib
import email
import email.policy
import json
import pathlib
import re
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "contract"))
import client  # noqa: E402
import server  # noqa: E402

try:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult
except ImportError:  # another Python than Debian's
    sys.path.append("/usr/lib/python3/dist-packages")
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult

BINARY = ROOT.parent / "build" / "release" / "cartwright"
MAIL_SECONDS = 20
ANN = "ann@mail.example"
PASSWORD = "correct-horse-7"


class Inbox:
    """Keeps what comes, by subject; refuses whom it is told to."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, email.message.EmailMessage]] = []
        self.passwords: list[object] = []
        self.refused: str | None = None

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:
        if address == self.refused:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope) -> str:
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.rcpt_tos[0], parsed))
        return "250 OK"

    def authenticate(self, _server, _session, _envelope, _mechanism, data) -> AuthResult:
        self.passwords.append(data)
        return AuthResult(success=True)

    def wait(self, subject: str, since: int = 0) -> tuple[str, email.message.EmailMessage]:
        deadline = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < deadline:
            for to, mail in self.mails[since:]:
                if re.search(subject, str(mail["Subject"])):
                    return to, mail
            time.sleep(0.05)
        raise AssertionError(f"no mail about /{subject}/ came; there are {[str(m['Subject']) for _, m in self.mails]}")


@contextlib.contextmanager
def smtp(inbox: Inbox, port: int, **options):
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


class Shop:
    def __init__(self, running: server.Server) -> None:
        self.client = client.Client(running.port)
        self.admin = self.login(*server.ADMIN)
        category = self.call(self.admin, "POST", "/api/v1/categories/", {"name": "Things"})["id"]
        self.product = self.call(self.admin, "POST", "/api/v1/products/", {
            "name": "Mug <blue> & „groß“", "category_id": category, "price": "9.50", "stock_quantity": 99})["id"]

    def call(self, token: str | None, method: str, path: str, body: dict | None = None) -> dict:
        headers = [("Content-Type", "application/json")] + ([("Authorization", f"Bearer {token}")] if token else [])
        answer = self.client.send(method, path, headers, b"" if body is None else json.dumps(body).encode())
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.text()}"
        return json.loads(answer.body)

    def login(self, address: str, password: str) -> str:
        return self.call(None, "POST", "/api/v1/auth/login/", {"email": address, "password": password})["data"]["access_token"]

    def register(self, address: str) -> str:
        body = {"email": address, "password": PASSWORD, "password_confirm": PASSWORD, "first_name": "Ann"}
        return self.call(None, "POST", "/api/v1/auth/register/", body)["data"]["access_token"]

    def order(self, token: str, quantity: int = 2) -> dict:
        lines = [{"product_id": self.product, "quantity": quantity}]
        return self.call(token, "POST", "/api/v1/orders/",
                         {"shipping_address": "1 Elm St", "billing_address": "1 Elm St", "items": lines})


def parts(mail: email.message.EmailMessage) -> tuple[str, str]:
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    return text.get_content(), html.get_content()


def says(mail: email.message.EmailMessage, *wanted: str) -> None:
    text, html = parts(mail)
    for each in wanted:
        assert each in text, f"the text does not say {each!r}:\n{text}"
        escaped = each.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert escaped in html, f"the HTML does not say {escaped!r}:\n{html}"


def order_mails(shop: Shop, inbox: Inbox) -> None:
    ann = shop.register(ANN)
    order = shop.order(ann)
    to, mail = inbox.wait("^Your order")
    assert to == ANN and mail["To"] == ANN and "Tea House" in mail["From"], (mail["To"], mail["From"])
    assert order["order_number"] in mail["Subject"]
    link = f"intent://orders/{order['id']}#Intent;scheme=teahouse;package=org.tea.house;S.browser_fallback_url="
    says(mail, order["order_number"], "Hello Ann,", "$19.00", "2 × Mug <blue> & „groß“", link,
         "play.google.com", "Open in Tea House App", f"teahouse://orders/{order['id']}")

    shop.call(shop.admin, "PATCH", f"/api/v1/orders/{order['id']}/", {"status": "completed"})
    shop.call(shop.admin, "POST", f"/api/v1/orders/{order['id']}/ship/",
              {"tracking_number": "TRACK-9", "carrier_name": "Swift & Sons"})
    _, mail = inbox.wait("on its way")
    says(mail, order["order_number"], "TRACK-9", "Swift & Sons", "$19.00")

    gone = shop.order(ann, 1)
    shop.call(ann, "PATCH", f"/api/v1/orders/{gone['id']}/", {"status": "cancelled"})
    _, mail = inbox.wait("is cancelled")
    says(mail, gone["order_number"], "You owe nothing", "$9.50")


def account_notices(shop: Shop, inbox: Inbox) -> None:
    """Whose password or address was changed hears of it, at the address that was left."""
    token = shop.register("eve@mail.example")
    change = {"old_password": PASSWORD, "new_password": "battery-horse-8", "new_password_confirm": "battery-horse-8"}
    shop.call(token, "POST", "/api/v1/auth/change-password/", change)
    to, mail = inbox.wait("^Your Tea House password was changed$")
    assert to == "eve@mail.example", to
    says(mail, "Hello Ann,", "your Tea House account was changed", " GMT. Every other device is logged out.", "ask for a new password")
    shop.call(token, "PATCH", "/api/v1/auth/profile/", {"email": "adam@mail.example"})
    to, mail = inbox.wait("^Your Tea House e-mail address was changed$")
    assert to == "eve@mail.example", to
    says(mail, "Hello Ann,", "has got another e-mail address")
    assert "adam" not in "".join(parts(mail)), "the new address is told"


def refused_for_good(shop: Shop, inbox: Inbox) -> None:
    """What the server refuses for good fails visibly; an admin tries again when the mailbox is there."""
    inbox.refused = "lost@mail.example"
    shop.order(shop.register(inbox.refused))
    deadline = time.monotonic() + MAIL_SECONDS
    while True:
        failed = shop.call(shop.admin, "GET", "/api/v1/outbox/?state=failed&topic=mail.order_placed")["results"]
        if failed:
            break
        assert time.monotonic() < deadline, "the refused mail did not fail"
        time.sleep(0.05)
    assert inbox.refused not in failed[0]["last_error"], "an address in an error message"
    seen = len(inbox.mails)
    inbox.refused = None
    shop.call(shop.admin, "POST", f"/api/v1/outbox/{failed[0]['id']}/retry/")
    to, _ = inbox.wait("^Your order", seen)
    assert to == "lost@mail.example"


def deleted_get_none(shop: Shop, inbox: Inbox) -> None:
    token = shop.register("leaver@mail.example")
    order = shop.order(token)
    inbox.wait(order["order_number"])
    shop.call(token, "DELETE", "/api/auth/account/", {"password": PASSWORD})
    seen = len(inbox.mails)
    shop.call(shop.admin, "PATCH", f"/api/v1/orders/{order['id']}/", {"status": "cancelled"})
    other = shop.order(shop.login(ANN, PASSWORD))
    inbox.wait(other["order_number"], seen)
    assert all(order["order_number"] not in str(mail["Subject"]) for _, mail in inbox.mails[seen:])


def down_then_up(binary: pathlib.Path) -> None:
    """A mail server that is not there delays the mail, not the order."""
    port = server.free_port()
    with run_server(binary, f"smtp://127.0.0.1:{port}") as shop:
        order = shop.order(shop.register(ANN))
        inbox = Inbox()
        with smtp(inbox, port):
            inbox.wait(order["order_number"])


def password_without_tls(binary: pathlib.Path) -> None:
    inbox, port = Inbox(), server.free_port()
    options = {"authenticator": inbox.authenticate, "auth_require_tls": False, "auth_required": True}
    with smtp(inbox, port, **options), run_server(binary, f"smtp://ann:secret-word@127.0.0.1:{port}") as shop:
        shop.order(shop.register(ANN))
        deadline = time.monotonic() + MAIL_SECONDS
        while True:
            tried = [item for item in shop.call(shop.admin, "GET", "/api/v1/outbox/")["results"] if item["last_error"]]
            if tried:
                break
            assert time.monotonic() < deadline, "nobody tried to send"
            time.sleep(0.05)
        assert not inbox.passwords and not inbox.mails, "the password went out in the clear"
        assert "secret-word" not in json.dumps(tried), "the password is in an error message"


@contextlib.contextmanager
def run_server(binary: pathlib.Path, mail_url: str):
    running = server.Server(binary, "sqlite", {
        "CARTWRIGHT_MAIL_URL": mail_url, "CARTWRIGHT_RETRY_FIRST": "1s", "CARTWRIGHT_RETRY_MAX": "1s",
        "CARTWRIGHT_BRAND": "Tea House", "CARTWRIGHT_APP_SCHEME": "teahouse", "CARTWRIGHT_APP_PACKAGE": "org.tea.house"})
    try:
        running.start()
        yield Shop(running)
    finally:
        running.stop()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--binary", type=pathlib.Path, default=BINARY)
    binary = options.parse_args().binary.resolve()
    passed, failed = 0, 0

    def check(name: str, test, *arguments) -> None:
        nonlocal passed, failed
        try:
            test(*arguments)
            passed += 1
        except AssertionError as problem:
            failed += 1
            print(f"{name}: {problem}")

    inbox, port = Inbox(), server.free_port()
    with smtp(inbox, port), run_server(binary, f"smtp://127.0.0.1:{port}") as shop:
        check("order mails", order_mails, shop, inbox)
        check("account notices", account_notices, shop, inbox)
        check("refused for good", refused_for_good, shop, inbox)
        check("deleted get none", deleted_get_none, shop, inbox)
    check("down, then up", down_then_up, binary)
    check("password without TLS", password_without_tls, binary)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
