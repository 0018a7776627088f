"""Rate limits of several nodes: shared, exact, and without Redis each node's own."""
import concurrent.futures
import itertools
import time

from shop import seconds_until

CLIENTS = 64
LIMITED = {"CARTWRIGHT_RATE_LIMITS": "on"}


def crowd(nodes, requests, words):
    """Sends so many requests, 64 at a time, to the nodes in turn. `words(i)` gives each one's. Their answers."""
    turn = itertools.cycle(nodes)
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        sent = [pool.submit(lambda node, i: node.ask(**words(i)), next(turn), i) for i in range(requests)]
        return [each.result() for each in sent]


def passed(answers):
    return sum(answer.status != 429 for answer in answers)


def expect(found, wanted, what):
    if found != wanted:
        raise AssertionError(f"{what}: {found}, not {wanted}")


def exactly_the_limit_passes(shop, redis):
    settings = {**LIMITED, "CARTWRIGHT_REDIS_URL": redis.url, "CARTWRIGHT_STANDARD_PER_MINUTE": "150"}
    nodes = [shop.node(settings) for _ in range(2)]
    _, token = nodes[0].register(address="10.0.0.1")

    def anonymous(_):
        return {"method": "GET", "path": "/api/v1/products/", "address": "10.0.1.1"}

    expect(passed(crowd(nodes, 200, anonymous)), 50, "requests of one address within 50 a minute")

    def mine(_):
        return {"method": "GET", "path": "/api/v1/products/", "token": token, "address": "10.0.1.2"}

    answers = crowd(nodes, 400, mine)
    expect(passed(answers), 150, "requests of one user within 150 a minute")
    expect({answer.status for answer in answers}, {200, 429}, "what he was answered")

    def sign_up(i):
        return {"method": "POST", "path": "/api/v1/auth/register/", "address": "10.0.1.3", "body": {
            "email": f"crowd-{i}@nodes.example", "password": "correct-horse-7", "password_confirm": "correct-horse-7"}}

    expect(sum(answer.status == 201 for answer in crowd(nodes, 40, sign_up)), 5, "registrations within 5 an hour")

    def log_in(_):
        return {"method": "POST", "path": "/api/v1/auth/login/", "address": "10.0.1.4",
                "body": {"email": "crowd-0@nodes.example", "password": "wrong"}}

    expect(passed(crowd(nodes, 40, log_in)), 3, "logins within 3 a minute")
    expect(nodes[0].metric('rate_limit_counts_total{how="alone"}'), 0, "counts without Redis")


def no_request_fails_because_of_redis(shop, redis):
    settings = {**LIMITED, "CARTWRIGHT_REDIS_URL": redis.url.replace("//", "//default:hunter2-of-redis@"),
                "CARTWRIGHT_ANONYMOUS_PER_MINUTE": "1000"}
    redis.ask("CONFIG SET requirepass hunter2-of-redis")
    nodes = [shop.node(settings) for _ in range(2)]

    def connected():
        return all(node.health()[1]["parts"]["redis"] == "ok" for node in nodes)

    expect(seconds_until(connected) < 5, True, "the nodes' health")

    def anonymous(i):
        return {"method": "GET", "path": "/api/v1/auth/profile/", "address": f"10.0.2.{i % 50}"}

    def all_answered(what):
        began = time.monotonic()
        expect({answer.status for answer in crowd(nodes, 200, anonymous)}, {401}, f"answers {what}")
        if time.monotonic() - began > 10:
            raise AssertionError(f"requests waited {what}")

    all_answered("while Redis is there")
    redis.pause()
    all_answered("while Redis hangs")
    for node in nodes:
        if seconds_until(lambda: node.health()[1]["parts"]["redis"] == "unavailable") > 4:
            raise AssertionError(f"a node does not say that Redis is away: {node.health()}")
        status, health = node.health()
        expect((status, health["status"]), (200, "degraded"), "a node without Redis")
        expect(node.metric("redis_up"), 0, "redis_up")
    all_answered("without Redis")
    redis.go_on()
    redis.stop()
    all_answered("with Redis gone")
    # Each node counts by itself now: twice the limit, and not more.
    def alone(_):
        return {"method": "POST", "path": "/api/v1/auth/login/", "address": "10.0.2.99",
                "body": {"email": "nobody@nodes.example", "password": "wrong"}}

    expect(passed(crowd(nodes, 40, alone)), 6, "logins within 3 a minute and node")
    redis.start()
    redis.ask("CONFIG SET requirepass hunter2-of-redis")
    for node in nodes:
        if seconds_until(lambda: node.health()[1]["status"] == "ready", 8) > 8:
            raise AssertionError(f"a node does not find Redis again: {node.health()}")
    all_answered("with Redis back")

    def other(_):
        return {"method": "POST", "path": "/api/v1/auth/login/", "address": "10.0.2.98",
                "body": {"email": "nobody@nodes.example", "password": "wrong"}}

    expect(passed(crowd(nodes, 40, other)), 3, "logins within 3 a minute, shared again")


TESTS = [exactly_the_limit_passes, no_request_fails_because_of_redis]
