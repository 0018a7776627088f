-- What of an order's money has gone back, so that reports count what the shop has kept. Payments write it with each refund.

ALTER TABLE orders ADD COLUMN refunded_minor BIGINT NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION count_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO order_totals (store_id, day, shard, order_count, pending_count, paid_count, cancelled_count, revenue_minor)
        VALUES (NEW.store_id, NEW.created_at / 86400, pg_backend_pid() % 16,
                CASE WHEN NEW.deleted_at IS NULL THEN 1 ELSE 0 END,
                CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.payment_state = 'unpaid' AND NEW.fulfilment_state = 'placed' THEN 1 ELSE 0 END,
                CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.payment_state <> 'unpaid' THEN 1 ELSE 0 END,
                CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NOT NULL THEN 1 ELSE 0 END,
                CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.payment_state IN ('paid', 'partly_refunded') THEN NEW.total_minor - NEW.refunded_minor ELSE 0 END)
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
                CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.payment_state IN ('paid', 'partly_refunded') THEN NEW.total_minor - NEW.refunded_minor ELSE 0 END
                    - CASE WHEN OLD.deleted_at IS NULL AND OLD.cancelled_at IS NULL AND OLD.payment_state IN ('paid', 'partly_refunded') THEN OLD.total_minor - OLD.refunded_minor ELSE 0 END)
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

DROP TRIGGER orders_recounted ON orders;
CREATE CONSTRAINT TRIGGER orders_recounted AFTER UPDATE OF payment_state, fulfilment_state, cancelled_at, deleted_at, refunded_minor ON orders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.payment_state IS DISTINCT FROM NEW.payment_state
        OR OLD.refunded_minor IS DISTINCT FROM NEW.refunded_minor
        OR OLD.fulfilment_state IS DISTINCT FROM NEW.fulfilment_state
        OR OLD.cancelled_at IS DISTINCT FROM NEW.cancelled_at
        OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at)
    EXECUTE FUNCTION count_order();

-- By now the triggers take it off the totals.
UPDATE orders SET refunded_minor = (SELECT p.refunded_minor FROM payments p WHERE p.order_id = orders.id AND p.pays_order = 1)
WHERE payment_state IN ('partly_refunded', 'refunded') AND deleted_at IS NULL
    AND EXISTS (SELECT 1 FROM payments p WHERE p.order_id = orders.id AND p.pays_order = 1);
