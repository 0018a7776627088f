-- What each payment writes, in fewer trees: a movement's key is looked for within its payment, and of the statuses
-- only the rare ones are.

ALTER TABLE transactions DROP CONSTRAINT transactions_idempotency_key_key;
DROP INDEX transactions_by_payment;
ALTER TABLE transactions ADD UNIQUE (payment_id, idempotency_key);

DROP INDEX payments_by_status;
CREATE INDEX payments_by_status ON payments (status, id) WHERE status <> 'COMPLETED';
