-- What becomes of an order after it was placed: its shipment, and what a shop's orders come to.

ALTER TABLE orders ADD COLUMN tracking_number TEXT;
ALTER TABLE orders ADD COLUMN carrier_name TEXT;
ALTER TABLE orders ADD COLUMN shipped_at BIGINT;
ALTER TABLE orders ADD COLUMN delivered_at BIGINT;

-- Pending orders by age: whose reservation has run out.
CREATE INDEX orders_pending ON orders (created_at, id)
    WHERE payment_state = 'unpaid' AND fulfilment_state = 'placed' AND cancelled_at IS NULL AND deleted_at IS NULL;

-- Running totals of the orders that are not deleted, by store and day (UTC, days since 1970), so that a report
-- reads some hundred rows and not a million. Sixteen shards, one a
-- connection as a rule: buyers do not wait for each other's.
CREATE TABLE order_totals (
    store_id        BIGINT NOT NULL REFERENCES stores (id),
    day             BIGINT NOT NULL,
    shard           BIGINT NOT NULL,
    order_count     BIGINT NOT NULL,
    pending_count   BIGINT NOT NULL,
    paid_count      BIGINT NOT NULL,                  -- not cancelled
    cancelled_count BIGINT NOT NULL,
    revenue_minor   BIGINT NOT NULL,                  -- the totals of those paid and not refunded
    PRIMARY KEY (store_id, day, shard)
);

CREATE FUNCTION count_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO order_totals (store_id, day, shard, order_count, pending_count, paid_count, cancelled_count, revenue_minor)
        VALUES (NEW.store_id, NEW.created_at / 86400, pg_backend_pid() % 16,
                CASE WHEN NEW.deleted_at IS NULL THEN 1 ELSE 0 END,
                CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.payment_state = 'unpaid' AND NEW.fulfilment_state = 'placed' THEN 1 ELSE 0 END,
                CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.payment_state <> 'unpaid' THEN 1 ELSE 0 END,
                CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NOT NULL THEN 1 ELSE 0 END,
                CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.payment_state IN ('paid', 'partly_refunded') THEN NEW.total_minor ELSE 0 END)
        ON CONFLICT (store_id, day, shard) DO UPDATE SET
            order_count = order_totals.order_count + excluded.order_count,
            pending_count = order_totals.pending_count + excluded.pending_count,
            paid_count = order_totals.paid_count + excluded.paid_count,
            cancelled_count = order_totals.cancelled_count + excluded.cancelled_count,
            revenue_minor = order_totals.revenue_minor + excluded.revenue_minor;
    ELSE
        INSERT INTO order_totals (store_id, day, shard, order_count, pending_count, paid_count, cancelled_count, revenue_minor)
        VALUES (NEW.store_id, NEW.created_at / 86400, pg_backend_pid() % 16,
                CASE WHEN NEW.deleted_at IS NULL THEN 1 ELSE 0 END
                    - CASE WHEN OLD.deleted_at IS NULL THEN 1 ELSE 0 END,
                CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.payment_state = 'unpaid' AND NEW.fulfilment_state = 'placed' THEN 1 ELSE 0 END
                    - CASE WHEN OLD.deleted_at IS NULL AND OLD.cancelled_at IS NULL AND OLD.payment_state = 'unpaid' AND OLD.fulfilment_state = 'placed' THEN 1 ELSE 0 END,
                CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.payment_state <> 'unpaid' THEN 1 ELSE 0 END
                    - CASE WHEN OLD.deleted_at IS NULL AND OLD.cancelled_at IS NULL AND OLD.payment_state <> 'unpaid' THEN 1 ELSE 0 END,
                CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NOT NULL THEN 1 ELSE 0 END
                    - CASE WHEN OLD.deleted_at IS NULL AND OLD.cancelled_at IS NOT NULL THEN 1 ELSE 0 END,
                CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.payment_state IN ('paid', 'partly_refunded') THEN NEW.total_minor ELSE 0 END
                    - CASE WHEN OLD.deleted_at IS NULL AND OLD.cancelled_at IS NULL AND OLD.payment_state IN ('paid', 'partly_refunded') THEN OLD.total_minor ELSE 0 END)
        ON CONFLICT (store_id, day, shard) DO UPDATE SET
            order_count = order_totals.order_count + excluded.order_count,
            pending_count = order_totals.pending_count + excluded.pending_count,
            paid_count = order_totals.paid_count + excluded.paid_count,
            cancelled_count = order_totals.cancelled_count + excluded.cancelled_count,
            revenue_minor = order_totals.revenue_minor + excluded.revenue_minor;
    END IF;
    RETURN NULL;
END
$$;

-- At the commit, so that the rows of totals are locked last and but for a moment.
CREATE CONSTRAINT TRIGGER orders_counted AFTER INSERT ON orders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_order();
CREATE CONSTRAINT TRIGGER orders_recounted AFTER UPDATE OF payment_state, fulfilment_state, cancelled_at, deleted_at ON orders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.payment_state IS DISTINCT FROM NEW.payment_state
        OR OLD.fulfilment_state IS DISTINCT FROM NEW.fulfilment_state
        OR OLD.cancelled_at IS DISTINCT FROM NEW.cancelled_at
        OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at)
    EXECUTE FUNCTION count_order();

INSERT INTO order_totals (store_id, day, shard, order_count, pending_count, paid_count, cancelled_count, revenue_minor)
SELECT store_id, created_at / 86400, 0,
       sum(CASE WHEN deleted_at IS NULL THEN 1 ELSE 0 END),
       sum(CASE WHEN deleted_at IS NULL AND cancelled_at IS NULL AND payment_state = 'unpaid' AND fulfilment_state = 'placed' THEN 1 ELSE 0 END),
       sum(CASE WHEN deleted_at IS NULL AND cancelled_at IS NULL AND payment_state <> 'unpaid' THEN 1 ELSE 0 END),
       sum(CASE WHEN deleted_at IS NULL AND cancelled_at IS NOT NULL THEN 1 ELSE 0 END),
       sum(CASE WHEN deleted_at IS NULL AND cancelled_at IS NULL AND payment_state IN ('paid', 'partly_refunded') THEN total_minor ELSE 0 END)
FROM orders GROUP BY store_id, created_at / 86400;
