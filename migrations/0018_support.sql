-- Support tickets and what was written in them.

CREATE TABLE tickets (
    id            {id},
    user_id       BIGINT NOT NULL REFERENCES users (id),
    order_id      BIGINT REFERENCES orders (id),
    subject       TEXT   NOT NULL,
    description   TEXT   NOT NULL,
    category      TEXT   NOT NULL,
    priority      TEXT   NOT NULL CHECK (priority IN ('LOW', 'MEDIUM', 'HIGH', 'URGENT')),
    status        TEXT   NOT NULL CHECK (status IN ('OPEN', 'IN_PROGRESS', 'RESOLVED', 'CLOSED')),
    message_count BIGINT NOT NULL CHECK (message_count >= 0),
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE INDEX tickets_by_user ON tickets (user_id, id);
CREATE INDEX tickets_by_status ON tickets (status, id);

CREATE TABLE ticket_messages (
    id             {id},
    ticket_id      BIGINT NOT NULL REFERENCES tickets (id),
    text           TEXT   NOT NULL,
    by_staff       BIGINT NOT NULL,
    attachment_url TEXT,
    created_at     BIGINT NOT NULL
);
CREATE INDEX ticket_messages_by_ticket ON ticket_messages (ticket_id, id);
