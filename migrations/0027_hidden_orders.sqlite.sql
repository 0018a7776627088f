-- How many orders of each block of 1,024 ids are deleted, so that lists need not count them. Only deleting writes here.

CREATE TABLE hidden_orders (
    block  BIGINT PRIMARY KEY,                                  -- id / 1024
    orders BIGINT NOT NULL
);
INSERT INTO hidden_orders SELECT id / 1024, count(*) FROM orders WHERE deleted_at IS NOT NULL GROUP BY id / 1024;

CREATE TRIGGER orders_hidden AFTER UPDATE OF deleted_at ON orders
WHEN (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)
BEGIN
    INSERT INTO hidden_orders (block, orders) VALUES (NEW.id / 1024, CASE WHEN NEW.deleted_at IS NULL THEN -1 ELSE 1 END)
    ON CONFLICT (block) DO UPDATE SET orders = hidden_orders.orders + excluded.orders;
END;
