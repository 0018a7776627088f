"""What it costs a node to share its rate limits: cached reads with Redis, and without. And what more nodes bring."""
import contextlib
import pathlib
import tempfile

from local_redis import local_redis, there
from orders import PRODUCTS, pgbench, pgbench_variables
from programs import (CUSTOMERS, PROGRAMS, Row, Server, alternate, cpu_us_per, load_ended, load_started, say, shop)

PAGE = "/api/v1/products/"
# Limits that count and never refuse: the load's 64 customers read as fast as they can.
LIMITED = {"CARTWRIGHT_RATE_LIMITS": "on", "CARTWRIGHT_TRUSTED_PROXIES": "127.0.0.1",
           **{f"CARTWRIGHT_{tier}_PER_{window}": "1000000000"
              for tier in ("ANONYMOUS", "STANDARD", "PREMIUM") for window in ("MINUTE", "HOUR", "DAY")}}


def engine_rows(given, engine, postgres_url):
    """The server's CPU per read alone, and with a Redis whose own CPU does not count."""
    with local_redis() as redis, \
            shop(1000, postgres_url, settings=LIMITED) as alone, \
            shop(1000, postgres_url, settings={**LIMITED, "CARTWRIGHT_REDIS_URL": redis.url,
                                               "CARTWRIGHT_SECRET_KEY": "bench-" + "x" * 32}) as shared:
        for each in (alone, shared):
            each.read_load([PAGE], given.seconds / 2)
        found = alternate(
            given.rounds,
            alone=lambda: cpu_us_per(alone.server.process.pid, lambda: alone.read_load([PAGE], given.seconds)),
            shared=lambda: cpu_us_per(shared.server.process.pid, lambda: shared.read_load([PAGE], given.seconds)))
    ratio = found["shared"] / found["alone"]
    say(f"  cached page, {engine}: {found['shared']:.1f} us with Redis, {found['alone']:.1f} us without, {ratio:.2f}")
    return [Row(f"product page of 20 from the cache, {engine}, limits shared by Redis (floor: alone)",
                f"{found['shared']:.1f} µs CPU", f"{found['alone']:.1f} µs", f"{ratio:.2f}", "≤ 1.1", ratio <= 1.1)]


def redis_rows(given):
    if not there():
        say("  no redis-server")
        return []
    rows = engine_rows(given, "SQLite", None)
    if given.postgres:
        rows += engine_rows(given, "PostgreSQL", given.postgres)
    return rows


@contextlib.contextmanager
def more_nodes(first, count):
    """So many other nodes on that one's database, with its settings."""
    with contextlib.ExitStack() as stack:
        nodes = []
        for _ in range(count):
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cartwright-node-", dir=PROGRAMS)))
            shared = {name: value for name, value in first.environment.items()
                      if name.startswith("CARTWRIGHT_") and name not in ("CARTWRIGHT_LISTEN", "CARTWRIGHT_DATA_DIR")}
            node = Server(folder, None, first.binary, shared)
            stack.callback(node.stop)
            node.start()
            nodes.append(node)
        yield nodes


def orders_per_s(open_shop, nodes, seconds):
    """Checkouts of all customers, spread over the nodes, a load for each."""
    first, last = open_shop.product_ids()
    loads = []
    for number, node in enumerate(nodes):
        tokens = open_shop.tokens[number::len(nodes)]
        file = open_shop.server.folder / f"tokens-{number}-of-{len(nodes)}"
        file.write_text("\n".join(tokens) + "\n")
        loads.append(load_started(node.port, connections=len(tokens), seconds=seconds, tokens=file,
                                  products=f"{first}-{last}"))
    return sum(result["cycles"] / result["seconds"] for result in map(load_ended, loads))


def checkout_rows(given):
    if not given.postgres:
        say("  checkouts of several nodes: left out (CARTWRIGHT_TEST_POSTGRES_URL is missing)")
        return []
    with shop(PRODUCTS, postgres_url=given.postgres,
              settings={"CARTWRIGHT_SECRET_KEY": "bench-" + "x" * 32}) as open_shop:
        open_shop.order_load(0.5)
        url = open_shop.server.environment["CARTWRIGHT_DATABASE_URL"]
        variables = pgbench_variables(open_shop, url)
        with more_nodes(open_shop.server, 2) as others:
            nodes = [open_shop.server, *others]
            found = alternate(given.rounds, pgbench=lambda: pgbench(url, given.seconds, variables),
                              **{str(count): lambda n=count: orders_per_s(open_shop, nodes[:n], given.seconds)
                                 for count in (1, 2, 3)})
    rows = []
    for count in (1, 2, 3):
        ratio = found[str(count)] / found["pgbench"]
        say(f"  {count} nodes: {found[str(count)]:.0f}/s, pgbench {found['pgbench']:.0f}/s")
        rows.append(Row(f"1 × add to cart + checkout, PostgreSQL, {CUSTOMERS} connections over {count} "
                        f"node{'s' if count > 1 else ''}: orders (floor: pgbench)", f"{found[str(count)]:,.0f} /s",
                        f"{found['pgbench']:,.0f} /s", f"{ratio:.2f}", "", None))
    return rows
