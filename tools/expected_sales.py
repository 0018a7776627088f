#!/usr/bin/env python3
"""What a shop must have sold after a replay, computed from the invoice file alone (replay.py compares with it).

    expected_sales.py INVOICES.csv[.gz] [--invoices N]

Prints JSON: orders, lines, units and revenue in pence, per invoice and per product. Counted are lines that sell
something; a product that stands twice on an invoice at one price is one line of the order. Left out, here as in the replay: credit notes (invoice numbers that begin with C), lines without a positive
quantity and price (breakage, gifts, corrections), and the stock codes of demo/non_products.txt (postage, fees).
With --invoices N only the first N invoices that sell something count.

It shares no code with the replay, on purpose: two programs that agree are worth more than one.
"""
import argparse
import csv
import gzip
import json
import pathlib
from decimal import Decimal

NON_PRODUCTS = pathlib.Path(__file__).resolve().parent.parent / "demo" / "non_products.txt"


def codes_left_out():
    found = set()
    for line in NON_PRODUCTS.read_text(encoding="utf-8").splitlines():
        if line and line[0] != "#":
            found.add(line.split("\t")[0])
    return found


def expected(path, invoices_max=None):
    skip = codes_left_out()
    left_out = {"credit notes": 0, "no product": 0, "no positive quantity and price": 0}
    invoices, products = {}, {}
    lines, units, revenue = set(), 0, 0
    with (gzip.open(path, "rt", encoding="utf-8", newline="") if str(path).endswith(".gz")
          else open(path, encoding="utf-8", newline="")) as text:
        for number, code, _, quantity, _, price, _, _ in list(csv.reader(text))[1:]:
            code = code.strip().upper()
            quantity, price = int(quantity), Decimal(price)
            if number[0] == "C":
                left_out["credit notes"] += 1
            elif code in skip:
                left_out["no product"] += 1
            elif quantity < 1 or price <= 0:
                left_out["no positive quantity and price"] += 1
            else:
                if number not in invoices and len(invoices) == invoices_max:
                    continue
                worth = price * 100 * quantity
                if worth != int(worth):
                    raise SystemExit(f"{path}: invoice {number}: {price} is not in whole pence")
                lines.add((number, code, price))
                units, revenue = units + quantity, revenue + int(worth)
                invoices[number] = invoices.get(number, 0) + int(worth)
                sold = products.setdefault(code, [0, 0])
                sold[0] += quantity
                sold[1] += int(worth)
    return {"orders": len(invoices), "lines": len(lines), "units": units, "revenue_pence": revenue,
            "left_out": left_out, "invoices": invoices, "products": products}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file")
    arguments.add_argument("--invoices", type=int, metavar="N")
    given = arguments.parse_args()
    print(json.dumps(expected(given.file, given.invoices), indent=1))


if __name__ == "__main__":
    main()
