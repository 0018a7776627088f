-- expand
-- PostgreSQL looks whether a column holds one of some words without making a table of them.

COMMENT ON COLUMN orders.payment_state IS 'unpaid, paid, partly_refunded or refunded';
