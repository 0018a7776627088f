-- How many orders of each block of ids are deleted, so that lists need not count them: of 1,024 ids, and of 65,536, so
-- that few rows tell of a million. Only deleting writes here.

CREATE TABLE hidden_orders (
    span   BIGINT NOT NULL,                                     -- ids in the block: 1024 or 65536
    block  BIGINT NOT NULL,                                     -- id / span
    orders BIGINT NOT NULL,
    PRIMARY KEY (span, block)
);
INSERT INTO hidden_orders SELECT 1024, id / 1024, count(*) FROM orders WHERE deleted_at IS NOT NULL GROUP BY id / 1024;
INSERT INTO hidden_orders SELECT 65536, id / 65536, count(*) FROM orders WHERE deleted_at IS NOT NULL GROUP BY id / 65536;

CREATE FUNCTION count_hidden_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO hidden_orders (span, block, orders)
    VALUES (1024, NEW.id / 1024, CASE WHEN NEW.deleted_at IS NULL THEN -1 ELSE 1 END),
           (65536, NEW.id / 65536, CASE WHEN NEW.deleted_at IS NULL THEN -1 ELSE 1 END)
    ON CONFLICT (span, block) DO UPDATE SET orders = hidden_orders.orders + excluded.orders;
    RETURN NULL;
END
$$;

-- At the commit, as the running totals are: their rows are locked last.
CREATE CONSTRAINT TRIGGER orders_hidden AFTER UPDATE OF deleted_at ON orders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
    EXECUTE FUNCTION count_hidden_order();
