"""The replay's own arithmetic: what counts as a sale, and how answers are taken off a connection."""
import contextlib
import gzip
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import replay  # noqa: E402
from expected_sales import expected  # noqa: E402
from http_crowd import Trouble, take_answer  # noqa: E402

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
            "left_out": {"credit notes": 1, "no product": 1, "no positive quantity and price": 1},
            "invoices": {"1": 1795, "4": 678, "5": 339},
            "products": {"85123A": [8, 1795], "71053": [3, 1017]}})

    def test_a_limit_counts_invoices_that_sell(self):
        self.assertEqual(expected(self.file, 2)["invoices"], {"1": 1795, "4": 678})

    def test_the_replay_reads_the_same_sales(self):
        invoices, names = replay.read_invoices(self.file, None)
        self.assertEqual([(i.number, i.customer, i.pence[0]) for i in invoices],
                         [("1", "customer-17850", 1795), ("4", "guest-2010-12-02", 678), ("5", "customer-17850", 339)])
        self.assertEqual(set(names), {"85123A@255", "85123A@10", "71053@339"})
        catalogue = pathlib.Path(self.folder.name) / "catalogue.csv"
        self.assertEqual(replay.write_catalogue(catalogue, invoices, names), 3)
        self.assertIn("85123A@255,HOLDER at 2.55,Sold at 2.55 in the replayed invoices.,Replay,2.55,7,", catalogue.read_text())

    def test_a_customer_has_one_cart(self):
        invoices, _ = replay.read_invoices(self.file, None)
        busy = replay.Replay(invoices, {})
        first = busy.next_for(None)
        second = busy.next_for(None)
        self.assertEqual((first.number, second.number), ("1", "4"))
        self.assertIsNone(busy.next_for(None))  # the rest is the first customer's, whose cart is in use
        self.assertEqual(busy.next_for(first.customer).number, "5")

    def test_a_difference_is_found(self):
        wanted = expected(self.file)
        sold = json.loads(json.dumps(wanted))
        self.assertEqual(replay.compare(wanted, sold, 0, []), 0)
        sold["products"]["71053"][1] += 1
        self.assertEqual(replay.compare(wanted, sold, 0, []), 1)
        self.assertEqual(replay.compare(wanted, wanted, 7, ["an item"]), 2)

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


if __name__ == "__main__":
    unittest.main()
