"""A shop's past: so many orders, with items, payments and their movements, written by SQL alone."""
import subprocess
import time

PAST_BUYERS = 10_000
DAYS = 365
# Of ten orders one is unpaid, one cancelled, one partly refunded, and of a hundred one deleted.
NUMBERS = "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
STATEMENTS = [
    """INSERT INTO users (username, username_key, email, email_key, password_hash, user_type, joined_at, updated_at)
    {buyer_numbers} SELECT 'past-' || i, 'past-' || i, 'past-' || i || '@bench.example', 'past-' || i || '@bench.example', '',
    'customer', 0, 0 FROM n""",
    """INSERT INTO orders (id, user_id, customer_email, store_id, currency, surface, payment_state, fulfilment_state, cancelled_at,
    deleted_at, subtotal_minor, tax_minor, shipping_minor, discount_minor, total_minor, refunded_minor, shipping_address,
    billing_address, created_at, updated_at)
    {order_numbers} SELECT i, (SELECT min(id) FROM users WHERE username_key LIKE 'past-%') + i * 7919 % {buyers},
    'past@bench.example', 1, 'USD', CASE WHEN i % 2 = 0 THEN 'shop' ELSE 'customer' END,
    CASE WHEN i % 10 <= 1 THEN 'unpaid' WHEN i % 10 = 2 THEN 'partly_refunded' ELSE 'paid' END,
    CASE WHEN i % 10 <= 2 THEN 'placed' ELSE 'delivered' END, CASE WHEN i % 10 = 1 THEN {began} END,
    CASE WHEN i % 100 = 50 THEN {began} END, 1000 + i % 5000, 0, 0, 0, 1000 + i % 5000, CASE WHEN i % 10 = 2 THEN 100 ELSE 0 END,
    '1 Past Street, Old Town', '1 Past Street, Old Town', {began} + i * {seconds} / {orders}, {began} FROM n""",
    """INSERT INTO order_items (order_id, line, product_id, name, unit_price_minor, quantity)
    {order_numbers} SELECT i, 0, (SELECT min(id) FROM products) + i % {products}, 'A thing of the past', 1000 + i % 5000, 1 FROM n""",
    """INSERT INTO payments (order_id, gateway, transaction_id, reference, amount_minor, currency, captured_minor, refunded_minor,
    status, pays_order, completed_at, created_at, updated_at) SELECT id, 'stripe', 'TXN_STRIPE_' || id || '_0', 'pi_past_' || id,
    total_minor, currency, total_minor, refunded_minor, 'COMPLETED', 1, created_at, created_at, created_at FROM orders
    WHERE payment_state <> 'unpaid' ORDER BY id""",
    """INSERT INTO transactions (payment_id, action, amount_minor, state, idempotency_key, created_at, updated_at)
    SELECT id, 'capture', captured_minor, 'succeeded', transaction_id || ':capture', created_at, created_at FROM payments ORDER BY id""",
    """INSERT INTO transactions (payment_id, action, amount_minor, state, idempotency_key, created_at, updated_at)
    SELECT id, 'refund', refunded_minor, 'succeeded', transaction_id || ':refund', created_at, created_at FROM payments
    WHERE refunded_minor > 0 ORDER BY id""",
    """INSERT INTO stock_ledger (product_id, delta, reason, order_id, created_at) SELECT i.product_id, -i.quantity, 'sale', i.order_id,
    0 FROM order_items i JOIN orders o ON o.id = i.order_id WHERE o.cancelled_at IS NULL""",
    """UPDATE products SET stock = moved.units FROM (SELECT product_id, CAST(sum(delta) AS BIGINT) AS units FROM stock_ledger
    GROUP BY product_id) AS moved WHERE moved.product_id = products.id""",
]
HIDDEN = "".join(f"INSERT INTO hidden_orders SELECT {span}, id / {span}, count(*) FROM orders WHERE deleted_at IS NOT NULL "
                 f"GROUP BY id / {span};" for span in (1024, 65536))
# A million rows' triggers would be kept until the commit; the totals are made at once instead.
TOTALS = """INSERT INTO order_totals (store_id, day, shard, order_count, pending_count, paid_count, cancelled_count, revenue_minor)
SELECT store_id, created_at / 86400, 0, count(*), count(*) FILTER (WHERE cancelled_at IS NULL AND payment_state = 'unpaid' AND
fulfilment_state = 'placed'), count(*) FILTER (WHERE cancelled_at IS NULL AND payment_state <> 'unpaid'),
count(cancelled_at), coalesce(sum(total_minor - refunded_minor) FILTER (WHERE cancelled_at IS NULL AND payment_state <> 'unpaid'), 0)
FROM orders WHERE deleted_at IS NULL GROUP BY 1, 2"""


def statements(orders, products):
    began = int(time.time()) - DAYS * 86400
    words = {"buyers": min(PAST_BUYERS, orders), "orders": orders, "products": products, "began": began,
             "seconds": DAYS * 86400}
    words["buyer_numbers"] = NUMBERS.format(count=words["buyers"])
    words["order_numbers"] = NUMBERS.format(count=orders)
    return [statement.format(**words) + ";" for statement in STATEMENTS]


def fill_sqlite(path, orders, products):
    """Into a database that holds products and no order, and that nobody has open."""
    script = ["PRAGMA synchronous=OFF; PRAGMA cache_size=-400000;", "BEGIN;", *statements(orders, products), HIDDEN, "COMMIT;", "ANALYZE;"]
    subprocess.run(["sqlite3", "-bail", str(path)], input="\n".join(script), text=True, check=True)


def fill_postgres(url, orders, products):
    """As a superuser, who can leave triggers and foreign keys out."""
    script = ["BEGIN;", "SET LOCAL session_replication_role = replica;", *statements(orders, products), HIDDEN, TOTALS + ";",
              "SELECT setval(pg_get_serial_sequence('orders', 'id'), (SELECT max(id) FROM orders));", "COMMIT;", "VACUUM ANALYZE;"]
    subprocess.run(["psql", "-qd", url, "-v", "ON_ERROR_STOP=1"], input="\n".join(script), text=True, check=True,
                   stdout=subprocess.DEVNULL)
