"""The server's life: starting, memory, and logins beside readers."""
import json
import pathlib
import statistics
import time

from orders import PRODUCTS, read_p99_ms
from programs import CUSTOMERS, PASSWORD, Row, load_ended, load_started, say, shop

LOGINS = 16
STRONG_HASH = {"CARTWRIGHT_PASSWORD_HASH_KIB": "19456", "CARTWRIGHT_PASSWORD_HASH_PASSES": "2"}


def private_bytes(server):
    """Memory that is the process's own: file pages that SQLite maps belong to the kernel's cache."""
    for line in pathlib.Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def start_rows(_given):
    with shop(PRODUCTS, customers=1) as open_shop:
        server, took, memory = open_shop.server, [], []
        for _ in range(5):
            server.stop()
            took.append(server.start() * 1000)
            time.sleep(0.5)
            memory.append(server.resident_bytes() / 1e6)
    start, idle = statistics.median(took), statistics.median(memory)
    say(f"  start {start:.0f} ms, idle {idle:.1f} MB")
    return [Row(f"start to /health/ready, {PRODUCTS:,} products", f"{start:.0f} ms", "", "", "< 150 ms", start < 150),
            Row("memory when idle (resident)", f"{idle:.1f} MB", "", "", "< 60 MB", idle < 60)]


def memory_rows(given):
    """Readers and buyers for a while; the first quarter fills caches and pools."""
    with shop(PRODUCTS) as open_shop:
        first, last = open_shop.product_ids()
        seconds = given.memory_seconds
        paths = open_shop.paths(*[f"/api/v1/products/{number}/" for number in range(first, last)],
                                *[f"/api/v1/products/?page={number}" for number in range(1, 500)],
                                "/api/v1/products/?search=glass", "/api/v1/categories/", "/api/v1/cart/")
        common = {"seconds": seconds, "tokens": open_shop.token_file}
        running = [load_started(open_shop.server.port, connections=16, rate=2000, paths=paths, **common),
                   load_started(open_shop.server.port, connections=CUSTOMERS, rate=300, products=f"{first}-{last}",
                                **common)]
        seen = []
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            time.sleep(seconds / 40)
            seen.append(private_bytes(open_shop.server) / 1e6)
        for process in running:
            load_ended(process)
        resident = open_shop.server.resident_bytes() / 1e6
    early, late = statistics.median(seen[10:20]), statistics.median(seen[-10:])
    growth = late / early
    say(f"  memory over {seconds} s: {early:.1f} to {late:.1f} MB")
    return [Row(f"own memory after {seconds} s of 2,000 reads/s and 300 orders/s (floor: after a quarter; resident with"
                f" mapped files {resident:.0f} MB)", f"{late:.1f} MB", f"{early:.1f} MB", f"{growth:.2f}", "≤ 1.1",
                growth <= 1.1)]


def login_rows(given):
    with shop(PRODUCTS, settings=STRONG_HASH, customers=LOGINS) as open_shop:
        bodies = open_shop.server.folder / "logins"
        bodies.write_text("".join(json.dumps({"email": f"buyer-{number}@bench.example", "password": PASSWORD}) + "\n"
                                  for number in range(LOGINS)))
        login = open_shop.paths("/api/v1/auth/login/")
        quiet, busy, rate = [], [], 0
        read_p99_ms(open_shop, 0.5)
        for _ in range(given.rounds):
            quiet.append(read_p99_ms(open_shop, given.seconds))
            logins = load_started(open_shop.server.port, connections=LOGINS, seconds=given.seconds + 0.4, paths=login,
                                  bodies=bodies)
            time.sleep(0.2)
            busy.append(read_p99_ms(open_shop, given.seconds))
            result = load_ended(logins)
            rate = result["requests"] / result["seconds"]
    quiet, busy = statistics.median(quiet), statistics.median(busy)
    say(f"  logins: p99 of reads {quiet:.2f} ms quiet, {busy:.2f} ms beside {rate:.0f} logins/s")
    return [Row(f"catalogue reads, p99 beside {LOGINS} logins at a time ({rate:.0f} /s; floor: quiet)", f"{busy:.2f} ms",
                f"{quiet:.2f} ms", f"{busy / quiet:.2f}", "≤ 2", busy / quiet <= 2)]
