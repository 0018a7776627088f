#!/usr/bin/env python3
"""A cluster on this machine, a crowd that shops at it, and one misfortune after the other (`make cluster-test`):

    a node is killed, another is added; Redis stops and comes back; the network between a node and its database is slow,
    is cut, is healed; the primary dies and the standby is promoted.

Three nodes behind HAProxy, Redis, PostgreSQL and a synchronous standby. One node reaches it through a PgBouncer that the
failover points at the standby, two have a PgBouncer of each server in their URL, the one that is added the servers.
Afterwards every order that was answered 201 is there, and none twice; the books are right (`cartwright verify`); nobody
was answered what no document allows; 503s are few, and end when their cause does; limits held.

    run.py [--short|--seconds N] [--binary PATH] [--keep]
"""
import argparse
import collections
import contextlib
import pathlib
import shutil
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import crowd  # noqa: E402
import machines  # noqa: E402
from gate import Gate, wait_until  # noqa: E402
from machines import HaProxy, Node, PgBouncer, Postgres, Redis  # noqa: E402

BINARY = ROOT / "build" / "release" / "cartwright"
ADMIN, ADMIN_PASSWORD = "admin@cluster.example", "a clustered admin"
LIMIT_A_MINUTE = 60  # of visitors without an account
SCARCE = 150
# How long after its cause has ended the shop may still say 503.
RECOVERY_S = 6.0
NODE_KILLED, REDIS_STOPS = "a node is killed", "Redis stops"


class Goods:
    """What is sold."""

    def __init__(self, client):
        self.store, self.scarce, self.plenty, self.public_ids = None, [], [], []
        store = {"store_id": "app_store", "name": "App", "currency": "INR", "tax_rate": "18.00", "shipping_cost": "50.00",
                 "free_shipping_threshold": "5000.00", "delivery_days": 5}
        client.until_answered("set up", "POST", "/api/v1/stores/", store, {201})
        for headers, count, stock, into in (([], 200, 1_000_000, self.plenty), ([], 2, SCARCE, self.scarce),
                                            ([("X-Store-ID", "app_store")], 20, 1_000_000, None)):
            _, category = client.until_answered("set up", "POST", "/api/v1/categories/",
                                                {"name": f"Category {count}"}, {201}, headers)
            for number in range(count):
                product = {"name": f"{('Lamp', 'Chair', 'Mug')[number % 3]} {number}", "price": f"{number + 1}.00",
                           "stock_quantity": stock, "category_id": category["id"], "public_id": f"p{count}_{number}"}
                _, made = client.until_answered("set up", "POST", "/api/v1/products/", product, {201}, headers)
                if into is None:
                    self.public_ids.append(product["public_id"])
                else:
                    into.append(made["id"])
        self.store = "app_store"


class Cluster:
    """All machines, and what befalls them. Each misfortune is a pair of times: when its cause began, and ended."""

    def __init__(self, folder, binary, stack):
        self.folder, self.binary = folder, binary
        self.misfortunes, self.book = [], None

        def kept(machine):
            stack.callback(machine.kill)
            return machine

        self.primary = kept(Postgres(folder, "primary"))
        self.primary.start()
        self.primary.ask("CREATE DATABASE shop", "postgres")
        self.standby = kept(Postgres(folder, "standby", self.primary))
        self.standby.start()
        # An answered order must survive the primary: its commit waits for the standby's disk.
        self.primary.ask("ALTER SYSTEM SET synchronous_standby_names = 'standby'", "postgres")
        self.primary.ask("SELECT pg_reload_conf()", "postgres")
        self.bouncer = kept(PgBouncer(folder, "pgbouncer", self.primary))
        beside = [kept(PgBouncer(folder, f"pgbouncer-{server.name}", server)) for server in (self.primary, self.standby)]
        self.redis = kept(Redis(folder))
        for machine in (self.bouncer, *beside, self.redis):
            machine.start()
        self.gate = Gate(self.bouncer.port)
        stack.callback(self.gate.stop)

        pooled, direct = ([machine.port for machine in two] for two in (beside, (self.primary, self.standby)))
        self.nodes = [kept(Node(folder, f"node{number}", binary, self.settings(ports)))
                      for number, ports in enumerate(([self.gate.port], pooled, pooled, direct), start=1)]
        self.balancer = kept(HaProxy(folder, self.nodes))
        code, said = self.nodes[1].command("migrate")
        if code == 0:
            code, said = self.nodes[1].command("create-admin", "--email", ADMIN, "--password-stdin",
                                               stdin=ADMIN_PASSWORD + "\n")
        if code:
            raise SystemExit(said)
        for node in self.nodes[:3]:
            node.start()
        for node in self.nodes[:3]:
            node.wait()
        self.balancer.start()

    def settings(self, database_ports):
        hosts = ",".join(f"127.0.0.1:{port}" for port in database_ports)
        shared = self.folder / "shared"
        shared.mkdir(exist_ok=True)
        return {"CARTWRIGHT_DATABASE_URL": f"postgresql://postgres@{hosts}/shop",
                "CARTWRIGHT_DATABASE_REPLICA_URL": self.standby.url(),
                "CARTWRIGHT_DATABASE_CONNECTIONS": "6",
                "CARTWRIGHT_DATABASE_STATEMENT_TIMEOUT": "3s", "CARTWRIGHT_DATABASE_CONNECT_TIMEOUT": "2s",
                "CARTWRIGHT_DATABASE_NETWORK_TIMEOUT": "4s",
                "CARTWRIGHT_REDIS_URL": self.redis.url, "CARTWRIGHT_DATA_DIR": str(shared),
                "CARTWRIGHT_SECRET_KEY": "cluster-test-key-of-more-than-32-bytes",
                "CARTWRIGHT_TRUSTED_PROXIES": "127.0.0.1", "CARTWRIGHT_LOG": "text:warning",
                "CARTWRIGHT_IDEMPOTENCY_RUNNING_MAX": "15s",
                "CARTWRIGHT_PASSWORD_HASH_KIB": "8", "CARTWRIGHT_PASSWORD_HASH_PASSES": "1",
                "CARTWRIGHT_STANDARD_PER_MINUTE": "100000", "CARTWRIGHT_STANDARD_PER_HOUR": "1000000",
                "CARTWRIGHT_STANDARD_PER_DAY": "1000000", "CARTWRIGHT_ANONYMOUS_PER_MINUTE": str(LIMIT_A_MINUTE)}

    @contextlib.contextmanager
    def misfortune(self, name):
        began = time.monotonic()
        print(f"{began - self.book.started:6.1f} s  {name}", flush=True)
        yield
        self.misfortunes.append((name, began - self.book.started, time.monotonic() - self.book.started))

    def live_through(self, seconds):
        """One misfortune after the other, each with a part of the time."""
        part = seconds / 12

        def rest(parts=1.0):
            time.sleep(part * parts)

        rest()
        with self.misfortune(NODE_KILLED):
            self.nodes[2].kill()
        rest()
        with self.misfortune("another is added"):
            self.nodes[3].start()
            wait_until(self.nodes[3].up, 20, "the new node's readiness")
        rest()
        with self.misfortune(REDIS_STOPS):
            self.redis.kill()
            rest()
            self.redis.start()
        rest()
        with self.misfortune("a node's way to its database is slow"):
            self.gate.delay(0.1)
            rest()
            self.gate.delay(0)
        with self.misfortune("a node's way to its database is cut"):
            self.gate.cut(True)
            rest()
            self.gate.cut(False)
        rest(1.5)
        with self.misfortune("the primary dies, the standby is promoted"):
            self.primary.kill()
            time.sleep(1)
            self.standby.promote()
            self.bouncer.point_at(self.standby)
        rest(2.5)


def phases(cluster, seconds):
    """The times from one misfortune to the next."""
    edges = [("calm", 0.0)] + [(name, began) for name, began, _ in cluster.misfortunes]
    ends = [began for _, began in edges[1:]] + [seconds]
    return [(name, began, end) for (name, began), end in zip(edges, ends)]


def p99(times):
    return sorted(times)[int(len(times) * 0.99)] * 1000 if times else 0


def report(cluster, book, seconds):
    print(f"\n{'from then on':44} {'requests':>8} {'orders':>7} {'503':>6} {'p99':>8} {'no order for':>13}")
    for name, began, end in phases(cluster, seconds):
        during = [each for each in book.answers if began <= each[0] < end]
        orders = [at for at, operation, status, _ in during if status == 201 and is_order(operation)]
        gap = max((after - before for before, after in zip([began, *orders], [*orders, end])), default=0)
        failures = sum(status == 503 for _, _, status, _ in during)
        print(f"{name:44} {len(during):8} {len(orders):7} {failures:6} {p99([each[3] for each in during]):5.0f} ms"
              f" {gap:11.1f} s")
    by_operation = collections.Counter((operation, status) for _, operation, status, _ in book.answers)
    for operation in sorted({operation for operation, _ in by_operation}):
        told = ", ".join(f"{status}: {count}" for (of, status), count in sorted(by_operation.items()) if of == operation)
        print(f"  {operation:18} {told}")


def is_order(operation):
    return operation in ("checkout", "order", "order (app)")


class Judge:
    def __init__(self):
        self.passed, self.failed = 0, 0

    def that(self, holds, what, why=""):
        print(f"{'ok    ' if holds else 'FAILED'}  {what}" + (f": {why}" if why and not holds else ""))
        self.passed += bool(holds)
        self.failed += not holds


def judge_orders(judge, cluster, buyers):
    """Every order that was answered is there; each key has exactly one."""
    rows = cluster.standby.ask("SELECT user_id, id FROM orders").splitlines()
    there = collections.defaultdict(set)
    for row in rows:
        user, order = row.split("|")
        there[int(user)].add(int(order))
    answered = sum(len(buyer.keys) for buyer in buyers)
    lost = [order for buyer in buyers for order in buyer.keys.values() if order not in there[buyer.user]]
    judge.that(not lost, f"each of {answered} orders that were answered 201 is there", f"lost: {lost[:10]}")
    extra = {buyer.user: len(there[buyer.user]) - len(set(buyer.keys.values())) for buyer in buyers
             if len(there[buyer.user]) != len(buyer.keys)}
    judge.that(not extra, "and none is there twice", f"too many, by user: {extra}")


def judge_answers(judge, cluster, book, seconds):
    judge.that(not book.problems, "nobody was answered what no document allows", "\n  ".join(["", *book.problems[:20]]))
    killed = next(began for name, began, _ in cluster.misfortunes if name == NODE_KILLED)
    amiss = [round(at, 1) for at in book.closed if not killed <= at <= killed + 2]
    judge.that(not amiss, f"{len(book.closed)} connections ended without an answer, all as a node was killed", str(amiss))
    failures = [at for at, _, status, _ in book.answers if status == 503]
    bound = len(book.answers) // 50
    judge.that(len(failures) <= bound, f"{len(failures)} of {len(book.answers)} answers were 503, at most {bound} may be")
    late = [at for at in failures
            if not any(began <= at <= end + RECOVERY_S for _, began, end in cluster.misfortunes)]
    judge.that(not late, f"each within {RECOVERY_S:.0f} s of its cause", f"at {[round(at, 1) for at in late[:10]]}")
    _, _, promoted = cluster.misfortunes[-1]
    orders = [at for at, operation, status, _ in book.answers if status == 201 and is_order(operation) and at > promoted]
    first = min(orders, default=seconds) - promoted
    judge.that(first < RECOVERY_S, f"orders were taken {first:.1f} s after the promotion, by nodes that nobody restarted")


def judge_limits(judge, cluster, glutton, buyers, leavers):
    """To the letter until Redis stopped; then each node counts for itself, and a new one has counted nothing."""
    stopped = next(began for name, began, _ in cluster.misfortunes if name == REDIS_STOPS) + cluster.book.started
    app = [buyer.times for buyer in buyers if isinstance(buyer, crowd.AppBuyer)]
    for what, limit, callers in ((f"requests of one visitor", LIMIT_A_MINUTE, [glutton.fed]),
                                 ("orders of one customer with the app", crowd.ORDERS_A_MINUTE, app)):
        before = max(crowd.most_within(60, [at for at in times if at < stopped]) for times in callers)
        judge.that(0 < before <= limit, f"at most {limit} {what} were let through in a minute while Redis was there", str(before))
        most, bound = max(crowd.most_within(60, times) for times in callers), limit * (1 + len(cluster.nodes))
        judge.that(most <= bound, f"and {most}, at most {bound}, without it")
    judge.that(all(leaver.knocks for leaver in leavers), "who logged out was let in by no node, a second later")


def judge_books(judge, cluster, goods, buyers):
    code, said = cluster.nodes[3].command("verify", CARTWRIGHT_DATABASE_URL=cluster.standby.url(),
                                          CARTWRIGHT_DATABASE_STATEMENT_TIMEOUT="60s")
    judge.that(code == 0, "the books are right (cartwright verify)", said.strip()[-1000:])
    ids = ",".join(map(str, goods.scarce))
    left = [int(row) for row in cluster.standby.ask(f"SELECT stock FROM products WHERE id IN ({ids})").splitlines()]
    sold = 2 * SCARCE - sum(left)
    asked = sum(buyer.scarce_bought for buyer in buyers if isinstance(buyer, crowd.ShopBuyer))
    judge.that(sold == asked, f"of {2 * SCARCE} scarce units {sold} were sold, one with each order for one", str(asked))
    states = {node.name: node.up() for node in (cluster.nodes[0], cluster.nodes[1], cluster.nodes[3])}
    judge.that(all(states.values()), "the nodes that live are ready", str(states))


def shop_through(cluster, seconds):
    book = cluster.book = crowd.Book()
    port = cluster.balancer.port
    admin = crowd.Client(book, port, "10.0.0.1")
    _, answer = admin.until_answered("set up", "POST", "/api/v1/auth/login/",
                                     {"email": ADMIN, "password": ADMIN_PASSWORD}, {200})
    admin.token = answer["data"]["access_token"]
    goods = Goods(admin)
    buyers = [crowd.ShopBuyer(book, port, goods) for _ in range(8)] + [crowd.AppBuyer(book, port, goods) for _ in range(8)]
    leavers = [crowd.Leaver(book, port) for _ in range(2)]
    glutton = crowd.Glutton(book, port)
    lookers = [crowd.Looker(book, port, goods) for _ in range(4)]
    book.answers.clear()
    book.started = time.monotonic()
    visitors = crowd.Crowd([*buyers, *lookers, *leavers, glutton])
    visitors.start()
    try:
        cluster.live_through(seconds)
    finally:
        took = time.monotonic() - book.started
        visitors.stop()
    report(cluster, book, took)
    judge = Judge()
    judge_answers(judge, cluster, book, took)
    judge_orders(judge, cluster, buyers)
    judge_limits(judge, cluster, glutton, buyers, leavers)
    judge_books(judge, cluster, goods, buyers)
    return judge


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", type=pathlib.Path, default=BINARY)
    arguments.add_argument("--seconds", type=float, default=120, help="of shopping (120)")
    arguments.add_argument("--short", action="store_const", dest="seconds", const=42, help="42 seconds")
    arguments.add_argument("--keep", action="store_true", help="leave the machines' logs where they are")
    given = arguments.parse_args()
    missing = [name for name in ("pgbouncer", "haproxy", "redis-server") if not shutil.which(name)]
    if missing or machines.POSTGRES_BIN is None:
        print(f"cluster skipped: not installed: {', '.join(missing) or 'postgresql'} (`make deps-test` installs them)")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cartwright-cluster-"))
    folder.chmod(0o755)
    try:
        with contextlib.ExitStack() as stack:
            began = time.monotonic()
            cluster = Cluster(folder, str(given.binary.resolve()), stack)
            print(f"three nodes were ready after {time.monotonic() - began:.1f} s", flush=True)
            judge = shop_through(cluster, given.seconds)
    finally:
        if given.keep:
            print(f"logs: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{judge.passed} passed, {judge.failed} failed")
    return 1 if judge.failed else 0


if __name__ == "__main__":
    sys.exit(main())
