-- What each payment writes, in fewer trees: a movement's key is looked for within its payment, and of the statuses
-- only the rare ones are.
-- Events have no number of their own.

CREATE TABLE transactions_by_key (
    id              INTEGER PRIMARY KEY,
    payment_id      BIGINT NOT NULL REFERENCES payments (id),
    action          TEXT   NOT NULL CHECK (action IN ('capture', 'refund')),
    amount_minor    BIGINT NOT NULL CHECK (amount_minor >= 0),
    state           TEXT   NOT NULL CHECK (state IN ('pending', 'succeeded', 'failed')),
    gateway_ref     TEXT,                                       -- the gateway's id of this movement
    idempotency_key TEXT   NOT NULL,                            -- goes along with every try at the gateway
    reason          TEXT   NOT NULL DEFAULT '',
    requested_by    BIGINT,                                     -- the admin; none: the shop itself
    failure         TEXT,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    UNIQUE (payment_id, idempotency_key)
);
INSERT INTO transactions_by_key SELECT id, payment_id, action, amount_minor, state, gateway_ref, idempotency_key, reason,
    requested_by, failure, created_at, updated_at FROM transactions;
DROP TABLE transactions;
ALTER TABLE transactions_by_key RENAME TO transactions;
CREATE UNIQUE INDEX transactions_by_ref ON transactions (payment_id, gateway_ref) WHERE gateway_ref IS NOT NULL AND action = 'refund';

CREATE TABLE gateway_events_unnumbered (
    gateway     TEXT   NOT NULL,
    event_id    TEXT   NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (gateway, event_id)
) WITHOUT ROWID;
INSERT INTO gateway_events_unnumbered SELECT gateway, event_id, received_at FROM gateway_events;
DROP TABLE gateway_events;
ALTER TABLE gateway_events_unnumbered RENAME TO gateway_events;
CREATE INDEX gateway_events_by_age ON gateway_events (received_at);

DROP INDEX payments_by_status;
CREATE INDEX payments_by_status ON payments (status, id) WHERE status <> 'COMPLETED';
