"""The replay's own arithmetic: what counts as a sale, what a credit note takes back, how answers are taken off a line."""
import contextlib
import gzip
import http.server
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import replay  # noqa: E402
from expected_sales import expected  # noqa: E402
from http_crowd import Answer, Elsewhere, Trouble, converse, form_request, request, take_answer  # noqa: E402

INVOICES = '''InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom
1,85123a,HOLDER,1,2010-12-01 08:26:00,2.55,17850,United Kingdom
1,85123A,HOLDER,1,2010-12-01 08:26:00,0.1,17850,United Kingdom
1,POST,POSTAGE,1,2010-12-01 08:26:00,18,17850,United Kingdom
C2,85123A,HOLDER,-1,2010-12-01 09:26:00,2.55,17850,United Kingdom
3,85123A,damaged,-5,2010-12-01 10:26:00,0,,United Kingdom
4,71053,"LANTERN, ""WHITE""",2,2010-12-02 10:26:00,3.39,,France
5,71053,LANTERN,1,2010-12-02 11:26:00,3.39,17850,France
'''
# Two invoices alike: C8 takes from the newer; C9 first more than that still has, so from the older, then its last; C10
# takes back all of 7.
CREDITED = '''InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
C5,A1,CUP,-1,2010-12-01 08:00:00,2.5,1,France
6,A1,CUP,4,2010-12-01 09:00:00,2.5,1,France
6,B2,PLATE,2,2010-12-01 09:00:00,1,1,France
6,A1,CUP,4,2010-12-01 09:00:00,2.5,1,France
6,A1,CUP,9,2010-12-01 09:00:00,2,1,France
8,A1,CUP,3,2010-12-02 09:00:00,2.5,1,France
7,B2,PLATE,2,2010-12-02 09:00:00,1,2,France
7,A1,CUP,1,2010-12-02 09:00:00,2.5,2,France
C8,A1,CUP,-2,2010-12-03 09:00:00,2.5,1,France
C9,A1,CUP,-2,2010-12-03 10:00:00,2.5,1,France
C9,B2,PLATE,-1,2010-12-03 10:00:00,1,1,France
C9,A1,CUP,-1,2010-12-03 10:00:00,2.5,1,France
C10,A1,CUP,-1,2010-12-03 11:00:00,2.5,2,France
C10,B2,PLATE,-2,2010-12-03 11:00:00,1,2,France
C11,A1,CUP,-1,2010-12-03 12:00:00,2.5,,France
C12,A1,CUP,-9,2010-12-03 12:00:00,2.5,1,France
C13,POST,POSTAGE,-1,2010-12-03 12:00:00,2.5,1,France
'''


def as_server(books):
    """What read_back would give where the server did all that the file says."""
    found = json.loads(json.dumps(books))
    return found | {"captured": dict(found["invoices"]), "refunds_pending": 0}


class Sales(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        quiet = contextlib.redirect_stdout(io.StringIO())
        quiet.__enter__()
        self.addCleanup(quiet.__exit__, None, None, None)
        self.file = pathlib.Path(self.folder.name) / "invoices.csv.gz"
        self.file.write_bytes(gzip.compress(INVOICES.encode()))

    def test_what_is_expected(self):
        self.assertEqual(expected(self.file), {
            "orders": 3, "lines": 4, "units": 11, "revenue_pence": 7 * 255 + 10 + 3 * 339,
            "left_out": {"no product": 1, "no positive quantity and price": 1, "credited to nobody": 0,
                         "credited without a sale": 0},
            "invoices": {"1": 1795, "4": 678, "5": 339},
            "products": {"85123A": [8, 1795], "71053": [3, 1017]},
            "refunds": {"1": 255}, "cancelled": [], "restocked": {}, "notes": {"C2": {"1": 255}}})

    def test_a_limit_counts_invoices_that_sell(self):
        self.assertEqual(expected(self.file, 2)["invoices"], {"1": 1795, "4": 678})

    def test_the_replay_reads_the_same_sales(self):
        events, names = replay.read_invoices(self.file, None)
        self.assertEqual([event.number for event in events], ["1", "C2", "4", "5"])
        invoices = [event for event in events if isinstance(event, replay.Invoice)]
        self.assertEqual([(i.number, i.customer, i.pence[0]) for i in invoices],
                         [("1", "customer-17850", 1795), ("4", "guest-2010-12-02", 678), ("5", "customer-17850", 339)])
        self.assertEqual(set(names), {"85123A@255", "85123A@10", "71053@339"})
        catalogue = pathlib.Path(self.folder.name) / "catalogue.csv"
        self.assertEqual(replay.write_catalogue(catalogue, invoices, names), 3)
        self.assertIn("85123A@255,HOLDER at 2.55,Sold at 2.55 in the replayed invoices.,Replay,2.55,7,", catalogue.read_text())

    def test_a_customer_has_one_cart(self):
        events, _ = replay.read_invoices(self.file, None)
        busy = replay.Replay(events, {})
        first = busy.next_for(None)
        second = busy.next_for(None)
        self.assertEqual((first.number, second.number), ("1", "4"))
        self.assertIsNone(busy.next_for(None))  # the rest is the first customer's, whose cart is in use
        self.assertEqual(busy.next_for(first.customer).number, "C2")
        self.assertEqual(busy.next_for(first.customer).number, "5")

    def credited(self):
        file = pathlib.Path(self.folder.name) / "credited.csv"
        file.write_text(CREDITED)
        return file

    def test_a_credit_note_takes_from_the_newest_invoice_with_enough_units(self):
        books = expected(self.credited())
        self.assertEqual(books["notes"], {"C8": {"8": 500}, "C9": {"6": 600, "8": 250}, "C10": {"7": 450}})
        self.assertEqual(books["refunds"], {"8": 750, "6": 600, "7": 450})
        self.assertEqual(books["cancelled"], ["7"])
        self.assertEqual(books["restocked"], {"A1": 1, "B2": 2})
        self.assertEqual(books["left_out"], {"no product": 1, "no positive quantity and price": 0,
                                             "credited to nobody": 1, "credited without a sale": 2})

    def test_the_replay_reads_the_same_credit_notes(self):
        events, _ = replay.read_invoices(self.credited(), None)
        notes = [event for event in events if isinstance(event, replay.CreditNote)]
        self.assertEqual([(note.number, number, back.pence, back.whole)
                          for note in notes for number, back in note.returns.items()],
                         [("C8", "8", 500, False), ("C9", "6", 600, False), ("C9", "8", 250, False),
                          ("C10", "7", 450, True)])

    def test_what_no_card_may_pay_is_paid_by_hand(self):
        invoice = replay.Invoice("1", "customer-1", "France", [], [49])
        asked = []
        paying = replay.Replay([], {}, "the admin's", ("gateway", 1)).pay(invoice, {"id": 7}, "the buyer's")
        with self.assertRaises(StopIteration):
            asked.append(next(paying))
            paying.send(Answer(200, b"{}"))
        self.assertEqual(asked, [request("PATCH", "/api/v1/orders/7/", {"status": "completed"}, "the admin's")])
        dearer = replay.Replay([], {}, "the admin's").pay(invoice._replace(pence=[50]), {"id": 7}, "the buyer's")
        self.assertEqual(next(dearer), request("POST", "/api/v1/orders/7/create-payment/", None, "the buyer's"))

    def test_the_sample_is_read_alike(self):
        books = expected(replay.SAMPLE)
        notes = [event for event in replay.read_invoices(replay.SAMPLE, None)[0] if isinstance(event, replay.CreditNote)]
        self.assertEqual({note.number: {number: back.pence for number, back in note.returns.items()} for note in notes},
                         books["notes"])
        self.assertGreater(len(books["cancelled"]), 5)
        self.assertGreater(len(books["refunds"]), len(books["cancelled"]) + 5)

    def test_a_difference_is_found(self):
        wanted = expected(self.credited())
        self.assertEqual(replay.compare(wanted, as_server(wanted), []), 0)
        self.assertEqual(replay.compare(wanted, as_server(wanted), ["an item"]), 1)
        for name, change, differences in [("products", {"A1": [1, 250]}, 1), ("captured", {"6": 1}, 2),
                                          ("refunds", {"6": 599}, 2), ("restocked", {"A1": 2}, 2),
                                          ("restocked", {"A1": 0, "B2": 3}, 2)]:
            found = as_server(wanted)
            found[name].update(change)
            self.assertEqual(replay.compare(wanted, found, []), differences, (name, change))
        found = as_server(wanted) | {"refunds_pending": 1, "cancelled": ["6"]}
        self.assertEqual(replay.compare(wanted, found, []), 3)

    def test_the_script_prints_json(self):
        done = subprocess.run([sys.executable, str(ROOT / "tools" / "expected_sales.py"), str(self.file)], check=True,
                              stdout=subprocess.PIPE)
        self.assertEqual(json.loads(done.stdout)["orders"], 3)


class Answers(unittest.TestCase):
    def test_one_answer_at_a_time(self):
        buffer = bytearray(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX: y\r\n\r\nokHTTP/1.1 204 No Content\r\n\r")
        self.assertEqual(take_answer(buffer), (201, b"ok"))
        self.assertIsNone(take_answer(buffer))
        buffer += b"\n"
        self.assertEqual(take_answer(buffer), (204, b""))
        self.assertEqual(buffer, b"")

    def test_an_answer_without_a_length(self):
        with self.assertRaises(Trouble):
            take_answer(bytearray(b"HTTP/1.1 200 OK\r\n\r\n"))


class TwoServers(unittest.TestCase):
    """A conversation with two servers of its own, one of which closes each connection after its answer."""

    def server(self, name, protocol):
        class Names(http.server.BaseHTTPRequestHandler):
            protocol_version = protocol

            def do_POST(self):
                said = self.rfile.read(int(self.headers["Content-Length"]))
                answer = name + b" " + (self.headers["Authorization"] or "").encode() + b" " + said
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Names)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_address

    def test_each_answer_comes_from_whom_was_asked(self):
        shop, gateway = self.server(b"shop", "HTTP/1.1"), self.server(b"gateway", "HTTP/1.1")
        answers = []

        def conversation():
            for _ in range(2):
                answers.append((yield request("POST", "/", {"a": 1}, "t")).body)
                answers.append((yield Elsewhere(gateway, form_request("/", {"card": "a b"}, "key"))).body)

        converse(shop, [conversation()])
        self.assertEqual(answers, [b'shop Bearer t {"a":1}', b"gateway Basic a2V5Og== card=a+b"] * 2)

    def test_a_connection_that_ends_between_two_requests_is_opened_again(self):
        shop, gateway = self.server(b"shop", "HTTP/1.1"), self.server(b"gateway", "HTTP/1.0")
        answers = []

        def conversation():
            for _ in range(3):
                answers.append((yield Elsewhere(gateway, form_request("/", {}, "key"))).status)
                yield request("POST", "/", {}, "t")
                answers.append((yield request("POST", "/", {}, "t")).status)

        converse(shop, [conversation()])
        self.assertEqual(answers, [200] * 6)


if __name__ == "__main__":
    unittest.main()
