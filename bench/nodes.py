"""What it costs a node to share its rate limits: cached reads with Redis, and without."""
from local_redis import local_redis, there
from programs import Row, alternate, cpu_us_per, say, shop

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
