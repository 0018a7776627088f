-- Whose a payment is, beside it: somebody's history is read by an index, newest first, however many orders they have.

ALTER TABLE payments ADD COLUMN user_id BIGINT NOT NULL DEFAULT 0;  -- the order's buyer, who never changes
UPDATE payments SET user_id = (SELECT user_id FROM orders WHERE orders.id = payments.order_id);
CREATE INDEX payments_by_user ON payments (user_id, id);
