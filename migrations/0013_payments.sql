-- Payments: what was asked of a gateway for an order, what it captured, and what went back.

CREATE TABLE payments (
    id                     {id},
    order_id               BIGINT NOT NULL REFERENCES orders (id),
    gateway                TEXT   NOT NULL CHECK (gateway IN ('stripe', 'paytm', 'phonepe', 'manual')),
    attempt                BIGINT NOT NULL DEFAULT 1,           -- 1, and one more with each retry
    transaction_id         TEXT   NOT NULL UNIQUE,              -- ours, shown: TXN_PAYTM_1_123456789
    reference              TEXT,                                -- what the gateway knows it by: Stripe's pi_…
    gateway_transaction    TEXT,                                -- the gateway's own id of the money
    client_secret          TEXT,                                -- what the buyer's app needs to pay; never logged
    payment_type           TEXT,                                -- UPI, CARD … as the gateway says
    amount_minor           BIGINT NOT NULL,
    currency               TEXT   NOT NULL,
    captured_minor         BIGINT NOT NULL DEFAULT 0,
    refunded_minor         BIGINT NOT NULL DEFAULT 0,           -- gone back
    refund_pending_minor   BIGINT NOT NULL DEFAULT 0,           -- on its way back
    status                 TEXT   NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'COMPLETED', 'FAILED', 'REFUNDED')),
    pays_order             BIGINT NOT NULL DEFAULT 0,           -- whether the order was paid by this one
    needs_review           BIGINT NOT NULL DEFAULT 0,
    review_reason          TEXT,
    failure_reason         TEXT,
    expires_at             BIGINT,                              -- when the buyer can no longer pay with it
    check_at               BIGINT,                              -- when to ask the gateway what became of it
    completed_at           BIGINT,
    created_at             BIGINT NOT NULL,
    updated_at             BIGINT NOT NULL,
    CHECK (refunded_minor >= 0 AND refund_pending_minor >= 0 AND refunded_minor + refund_pending_minor <= captured_minor),
    CHECK (captured_minor <= amount_minor)
);
CREATE INDEX payments_by_order ON payments (order_id, id);
-- An order is paid once.
CREATE UNIQUE INDEX payments_paying ON payments (order_id) WHERE pays_order = 1;
CREATE UNIQUE INDEX payments_by_reference ON payments (gateway, reference) WHERE reference IS NOT NULL;
CREATE INDEX payments_to_check ON payments (check_at, id) WHERE check_at IS NOT NULL;
CREATE INDEX payments_to_review ON payments (id) WHERE needs_review = 1;
CREATE INDEX payments_by_status ON payments (status, id);

-- Each movement of a payment's money.
CREATE TABLE transactions (
    id              {id},
    payment_id      BIGINT NOT NULL REFERENCES payments (id),
    action          TEXT   NOT NULL CHECK (action IN ('capture', 'refund')),
    amount_minor    BIGINT NOT NULL CHECK (amount_minor >= 0),
    state           TEXT   NOT NULL CHECK (state IN ('pending', 'succeeded', 'failed')),
    gateway_ref     TEXT,                                       -- the gateway's id of this movement
    idempotency_key TEXT   NOT NULL UNIQUE,                     -- goes along with every try at the gateway
    reason          TEXT   NOT NULL DEFAULT '',
    requested_by    BIGINT,                                     -- the admin; none: the shop itself
    failure         TEXT,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL
);
CREATE INDEX transactions_by_payment ON transactions (payment_id, id);
CREATE UNIQUE INDEX transactions_by_ref ON transactions (payment_id, gateway_ref) WHERE gateway_ref IS NOT NULL AND action = 'refund';

-- What gateways have told, so that it counts once. Written with its effect.
CREATE TABLE gateway_events (
    gateway     TEXT   NOT NULL,
    event_id    TEXT   NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (gateway, event_id)
);
CREATE INDEX gateway_events_by_age ON gateway_events (received_at);

-- What the buyer's browser pays an order of the shop with. Kept with the order, for every list of orders shows it.
ALTER TABLE orders ADD COLUMN payment_intent TEXT;
ALTER TABLE orders ADD COLUMN payment_client_secret TEXT;

-- Orders that were paid so far were paid by hand.
INSERT INTO payments (order_id, gateway, transaction_id, amount_minor, currency, captured_minor, status, pays_order, completed_at, created_at, updated_at)
SELECT id, 'manual', 'TXN_MANUAL_' || id || '_0', total_minor, currency, total_minor, 'COMPLETED', 1, updated_at, updated_at, updated_at
FROM orders WHERE payment_state <> 'unpaid';
INSERT INTO transactions (payment_id, action, amount_minor, state, idempotency_key, created_at, updated_at)
SELECT id, 'capture', captured_minor, 'succeeded', transaction_id || ':capture', created_at, created_at FROM payments;
