#!/usr/bin/env python3
"""What a shop must have sold and given back after a replay, from the invoice file alone (replay.py compares with it).

    expected_sales.py INVOICES.csv[.gz] [--invoices N]

Prints JSON: orders, lines, units and revenue in pence, per invoice and per product. Counted are lines that sell
something; a product that stands twice on an invoice at one price is one line of the order. Left out, here as in the
replay: lines without a positive quantity and price (breakage, gifts, corrections), and the stock codes of
demo/non_products.txt (postage, fees). With --invoices N only the first N invoices that sell something count.

Credit notes (numbers that begin with C) name no invoice. A line of one belongs to the newest invoice before it of the
same customer that sold the same product at the same price and still has that many units of it. What belongs to no
invoice is counted under left_out. A note that takes back every unit of an invoice cancels the order: its units return
to the shelf (`restocked`). Any other gives money back alone. `refunds` is pence by invoice, `notes` by note and invoice.

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
    left_out = {"no product": 0, "no positive quantity and price": 0, "credited to nobody": 0,
                "credited without a sale": 0}
    invoices, products = {}, {}
    held = {}  # customer, code, price -> units left by invoice, the oldest first
    credited = {}  # note, invoice -> code -> units
    notes = {}
    lines, units, revenue, sold_units = set(), 0, 0, {}
    with (gzip.open(path, "rt", encoding="utf-8", newline="") if str(path).endswith(".gz")
          else open(path, encoding="utf-8", newline="")) as text:
        for number, code, _, quantity, _, price, customer, _ in list(csv.reader(text))[1:]:
            code = code.strip().upper()
            quantity, price = int(quantity), Decimal(price)
            note = number[0] == "C"
            if code in skip:
                left_out["no product"] += 1
            elif (quantity > -1 if note else quantity < 1) or price <= 0:
                left_out["no positive quantity and price"] += 1
            elif note and not customer:
                left_out["credited to nobody"] += 1
            elif note:
                sales = held.get((customer, code, price), {})
                sale = next((one for one in reversed(sales) if sales[one] >= -quantity), None)
                if sale is None:
                    left_out["credited without a sale"] += 1
                    continue
                sales[sale] += quantity
                units_of = credited.setdefault((number, sale), {})
                units_of[code] = units_of.get(code, 0) - quantity
                of_note = notes.setdefault(number, {})
                of_note[sale] = of_note.get(sale, 0) - int(price * 100 * quantity)
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
                sold_units[number] = sold_units.get(number, 0) + quantity
                if customer:
                    sales = held.setdefault((customer, code, price), {})
                    sales[number] = sales.get(number, 0) + quantity
    refunds, restocked, cancelled = {}, {}, []
    for (note, sale), units_of in credited.items():
        refunds[sale] = refunds.get(sale, 0) + notes[note][sale]
        if sum(units_of.values()) == sold_units[sale]:
            cancelled.append(sale)
            for code, count in units_of.items():
                restocked[code] = restocked.get(code, 0) + count
    return {"orders": len(invoices), "lines": len(lines), "units": units, "revenue_pence": revenue,
            "left_out": left_out, "invoices": invoices, "products": products, "refunds": refunds,
            "cancelled": sorted(cancelled), "restocked": restocked, "notes": notes}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file")
    arguments.add_argument("--invoices", type=int, metavar="N")
    given = arguments.parse_args()
    print(json.dumps(expected(given.file, given.invoices), indent=1))


if __name__ == "__main__":
    main()
