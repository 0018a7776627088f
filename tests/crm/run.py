#!/usr/bin/env python3
"""The CRM side of completed orders, against a scripted receiver on a loopback port: run.py [--binary PATH]. What is sent
and how it is signed; what a receiver that is slow, busy, refusing or gone does to `crm_sync_status`, and that it never does
anything to the order.
"""
import argparse
import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import pathlib
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "contract"))
import client  # noqa: E402
import server  # noqa: E402

BINARY = ROOT.parent / "build" / "release" / "cartwright"
KEY = b"cartwright-crm-test-key"
WAIT_SECONDS = 40
PASSWORD = "correct-horse-7"


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what it gets; answers from a script, then as HubSpot does when all is well."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.got: list[tuple[str, str, dict, bytes]] = []
        self.script: list[tuple[int, dict, dict]] = []
        self.lock = threading.Lock()

    def answer(self, request: tuple[str, str, dict, bytes]) -> tuple[int, dict, dict]:
        with self.lock:
            self.got.append(request)
            if self.script:
                return self.script.pop(0)
        return 200, {"status": "COMPLETE", "results": [{"id": "501" if "deals" in request[1] else "101"}]}, {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, answer, more = self.server.answer((self.command, self.path, headers, body))
        sent = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(sent)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)

    do_POST = do_PUT = reply

    def log_message(self, *_) -> None:
        pass


@contextlib.contextmanager
def receiver(port: int):
    running = Receiver(port)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.shutdown()
        running.server_close()


class Shop:
    def __init__(self, running: server.Server) -> None:
        self.client = client.Client(running.port)
        self.admin = self.sent(None, "POST", "/api/v1/auth/login/",
                               {"email": server.ADMIN[0], "password": server.ADMIN[1]})["data"]["access_token"]
        body = {"email": "Ann.B@crm.example", "password": PASSWORD, "password_confirm": PASSWORD, "first_name": "Ann"}
        self.ann = self.sent(None, "POST", "/api/v1/auth/register/", body)["data"]["access_token"]
        category = self.sent(self.admin, "POST", "/api/v1/categories/", {"name": "Things"})["id"]
        self.product = self.sent(self.admin, "POST", "/api/v1/products/",
                                 {"name": "Mug", "category_id": category, "price": "9.50", "stock_quantity": 99})["id"]

    def call(self, token: str | None, method: str, path: str, body: dict | None = None) -> tuple[int, dict]:
        headers = [("Content-Type", "application/json")] + ([("Authorization", f"Bearer {token}")] if token else [])
        answer = self.client.send(method, path, headers, b"" if body is None else json.dumps(body).encode())
        return answer.status, json.loads(answer.body)

    def sent(self, *arguments) -> dict:
        status, answer = self.call(*arguments)
        assert status < 300, f"{arguments[1]} {arguments[2]}: {status} {answer}"
        return answer

    def order(self, complete: bool = True) -> dict:
        order = self.sent(self.ann, "POST", "/api/v1/orders/", {
            "shipping_address": "1 Elm St", "billing_address": "1 Elm St",
            "items": [{"product_id": self.product, "quantity": 2}]})
        assert order["crm_sync_status"] is None
        if complete:
            order = self.sent(self.admin, "PATCH", f"/api/v1/orders/{order['id']}/", {"status": "completed"})
            assert (order["status"], order["crm_sync_status"]) == ("completed", "pending"), order
        return order

    def wait(self, order: dict, wanted: str) -> dict:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            shown = self.sent(self.ann, "GET", f"/api/v1/orders/{order['id']}/")
            if shown["crm_sync_status"] == wanted:
                assert shown["status"] == "completed"
                return shown
            assert time.monotonic() < deadline, f"crm_sync_status is {shown['crm_sync_status']}, not {wanted}"
            time.sleep(0.05)


@contextlib.contextmanager
def shop(binary: pathlib.Path, **settings: str):
    running = server.Server(binary, "sqlite", {"CARTWRIGHT_RETRY_FIRST": "1s", "CARTWRIGHT_RETRY_MAX": "1s"} |
                            {f"CARTWRIGHT_{name}": value for name, value in settings.items()})
    try:
        running.start()
        yield Shop(running)
    finally:
        running.stop()


def none(binary: pathlib.Path) -> None:
    with shop(binary) as s:
        order = s.order(False)
        shown = s.sent(s.admin, "PATCH", f"/api/v1/orders/{order['id']}/", {"status": "completed"})
        assert shown["crm_sync_status"] is None
        path = f"/api/v1/orders/{order['id']}/sync-crm/"
        assert s.call(s.admin, "POST", path) == (400, {"error": "No CRM is configured"})
        assert s.call(s.ann, "POST", path)[0] == 403
        assert s.call(None, "POST", path)[0] == 401
        assert s.call(s.admin, "POST", "/api/v1/orders/999999/sync-crm/") == (404, {"detail": "Not found."})


def webhook(binary: pathlib.Path) -> None:
    port = server.free_port()
    secret = "whsec_" + base64.b64encode(KEY).decode()
    with shop(binary, CRM="webhook", CRM_WEBHOOK_URL=f"http://127.0.0.1:{port}/hook", CRM_WEBHOOK_SECRET=secret) as s:
        lost = s.order()  # nobody there: the order is as complete as any
        s.wait(lost, "failed")
        with receiver(port) as r:
            order = s.order()
            s.wait(order, "success")
            method, path, headers, body = r.got[0]
            assert (method, path) == ("POST", "/hook")
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
            code = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
            assert headers["webhook-signature"] == f"v1,{code}"
            assert abs(int(headers["webhook-timestamp"]) - time.time()) < 300
            told = json.loads(body)
            assert told["type"] == "order.completed" and told["order_number"] == order["order_number"]
            assert told["amount"] == "19.00" and told["customer"]["email"] == "ann.b@crm.example"
            assert told["items"] == [{"name": "Mug", "quantity": 2, "price": "9.50"}]
            # An admin tries again; what is not completed is not for the CRM.
            asked = s.sent(s.admin, "POST", f"/api/v1/orders/{lost['id']}/sync-crm/")
            assert asked["crm_sync_status"] == "pending"
            s.wait(lost, "success")
            pending = s.order(False)
            refused = s.call(s.admin, "POST", f"/api/v1/orders/{pending['id']}/sync-crm/")
            assert refused == (400, {"error": "Only completed orders can be synced"}), refused
            log = s.sent(s.admin, "GET", "/api/v1/audit-log/?action=sync_crm")
            assert log["count"] == 1 and log["results"][0]["before"] == {"crm_sync_status": "failed"}
            # Refused for good: no second try.
            seen = len(r.got)
            r.script = [(400, {"message": "no"}, {})]
            s.wait(s.order(), "failed")
            assert len(r.got) == seen + 1
            # Trouble on its side: tried again.
            r.script = [(503, {}, {}), (429, {}, {"Retry-After": "1"})]
            s.wait(s.order(), "success")


def hubspot(binary: pathlib.Path) -> None:
    port = server.free_port()
    with receiver(port) as r, shop(binary, CRM="hubspot", HUBSPOT_TOKEN="pat-secret",
                                   HUBSPOT_API_BASE=f"http://127.0.0.1:{port}") as s:
        order = s.order()
        s.wait(order, "success")
        contact, deal, association = r.got
        assert all(headers["authorization"] == "Bearer pat-secret" for _, _, headers, _ in r.got)
        assert contact[:2] == ("POST", "/crm/v3/objects/contacts/batch/upsert")
        made = json.loads(contact[3])["inputs"][0]
        assert (made["idProperty"], made["id"]) == ("email", "ann.b@crm.example")
        assert made["properties"]["firstname"] == "Ann"
        assert deal[:2] == ("POST", "/crm/v3/objects/deals/batch/upsert")
        made = json.loads(deal[3])["inputs"][0]
        assert (made["idProperty"], made["id"]) == ("cartwright_order_number", order["order_number"])
        assert made["properties"]["amount"] == "19.00" and made["properties"]["dealstage"] == "closedwon"
        assert association[:2] == ("PUT", "/crm/v4/objects/deals/501/associations/default/contacts/101")
        assert association[3] == b""
        # Its limits are waited for and cost no attempt; a batch that took nothing is a refusal, whatever its status.
        r.script = [(429, {"policyName": "TEN_SECONDLY_ROLLING"}, {"Retry-After": "1"})] * 3
        s.wait(s.order(), "success")
        r.script = [(207, {"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [{"message": "ann.b@crm.example"}]}, {})]
        s.wait(s.order(), "failed")
        items = s.sent(s.admin, "GET", "/api/v1/outbox/?state=failed&topic=crm.order_completed")["results"]
        assert len(items) == 1 and "ann" not in items[0]["last_error"], items


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--binary", type=pathlib.Path, default=BINARY)
    binary = options.parse_args().binary.resolve()
    passed = failed = 0
    for test in (none, webhook, hubspot):
        try:
            test(binary)
            passed += 1
        except AssertionError as problem:
            failed += 1
            print(f"{test.__name__}: {problem!r} (line {problem.__traceback__.tb_next.tb_lineno})")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
