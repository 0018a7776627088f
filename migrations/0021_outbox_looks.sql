-- Turns of an outbox item that found nothing wrong and others not yet done. They are among its attempts, and cost none.

ALTER TABLE outbox ADD COLUMN looks BIGINT NOT NULL DEFAULT 0;
