-- The answers to requests that carried an Idempotency-Key, written in the commit of what the request did.

CREATE TABLE idempotency_keys (
    user_id         BIGINT NOT NULL,                  -- a key is its user's own
    route           TEXT   NOT NULL,                  -- … and its route's: /api/v1/orders/
    idempotency_key TEXT   NOT NULL,
    fingerprint     TEXT   NOT NULL,                  -- SHA-256 of what makes the request the same one
    state           TEXT   NOT NULL CHECK (state IN ('running', 'answered')),
    claim           TEXT,                             -- running: tells this request from one that took its place
    status          BIGINT,                           -- answered
    body            TEXT,                             -- answered; NULL where it was too large to keep
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (user_id, route, idempotency_key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
