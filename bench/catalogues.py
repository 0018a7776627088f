"""Catalogues of any size, with the words of the demo's: made once, imported once, kept in build/."""
import csv
import gzip
import hashlib
import itertools
import os
import pathlib
import random
import re
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from local_server import BINARY, Server  # noqa: E402

KEPT = BINARY.parent / "bench"
STOCK = 1_000_000_000  # no benchmark sells a shelf empty


def write_products(path, count):
    """`count` products: names put together from the demo's names, in its categories, at its prices."""
    with gzip.open(ROOT / "demo" / "catalogue.csv.gz", "rt", encoding="utf-8", newline="") as text:
        demo = list(csv.DictReader(text))
    pick = random.Random(20261121)
    openings = [row["name"].split()[:2] for row in demo]
    ends = [row["name"].split()[2:] for row in demo]
    with open(path, "w", encoding="utf-8", newline="") as text:
        rows = csv.writer(text)
        rows.writerow(["public_id", "name", "description", "category", "price", "stock_quantity", "image_url"])
        for number, like in enumerate(itertools.islice(itertools.cycle(demo), count)):
            name = " ".join(pick.choice(openings) + pick.choice(ends)) if number >= len(demo) else like["name"]
            rows.writerow([f"bench_{number}", name, like["description"], like["category"], like["price"], STOCK, ""])


def words(count):
    """Words to search for: what the names are made of, the frequent ones and the rare."""
    with gzip.open(ROOT / "demo" / "catalogue.csv.gz", "rt", encoding="utf-8", newline="") as text:
        names = [row["name"].lower() for row in csv.DictReader(text)]
    found = sorted({word for name in names for word in re.findall(r"[a-z]{3,}", name)})
    return random.Random(7).sample(found, min(count, len(found)))


def catalogue_csv(products):
    path = KEPT / f"products-{products}.csv"
    if not path.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        write_products(f"{path}.new", products)
        os.replace(f"{path}.new", path)
    return path


def catalogue_database(products):
    """A SQLite database with so many products and nothing else; made by `cartwright import` where it is not there."""
    schema = hashlib.sha256(b"".join(file.read_bytes() for file in sorted((ROOT / "migrations").glob("*.sql"))))
    path = KEPT / f"products-{products}-{schema.hexdigest()[:12]}.db"
    if not path.exists():
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="cartwright-bench-", dir=KEPT) as folder:
            server = Server(pathlib.Path(folder), None, BINARY, {"CARTWRIGHT_IMPORT_BYTES_MAX": "1000000000"})
            server.command("migrate")
            server.command("import", catalogue_csv(products))
            os.replace(server.folder / "shop.db", path)
        print(f"imported {products:,} products in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return path
