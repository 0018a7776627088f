-- An outbox item's number is never used again: mails and calls to the outside are named by it. Without AUTOINCREMENT
-- SQLite gives the number of a row that is gone to the next one.

CREATE TABLE outbox_numbered (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    topic        TEXT   NOT NULL,                     -- mail.order_placed, payment.refund_due …
    subject_id   BIGINT NOT NULL,                     -- the order, payment, user … it is about
    payload      TEXT   NOT NULL DEFAULT '',          -- what the subject's row does not say
    state        TEXT   NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'failed')),
    attempts     BIGINT NOT NULL DEFAULT 0,
    due_at       BIGINT NOT NULL,                     -- not before; also when a worker's claim runs out
    last_error   TEXT,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);
INSERT INTO outbox_numbered SELECT id, topic, subject_id, payload, state, attempts, due_at, last_error, created_at,
    updated_at FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_numbered RENAME TO outbox;
CREATE INDEX outbox_by_due ON outbox (due_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_by_subject ON outbox (topic, subject_id);
