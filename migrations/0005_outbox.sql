-- Work that must happen after a commit: mails, calls to the outside. Written in the transaction that caused it.

CREATE TABLE outbox (
    id           {id},
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
CREATE INDEX outbox_by_due ON outbox (due_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_by_subject ON outbox (topic, subject_id);
