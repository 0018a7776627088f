-- Saved cards and UPI ids. A wallet's row counts the methods of one kind and names the default one, so that there is
-- never a second; it is also the lock of that kind. Of a card's number the last four digits are kept, and no more.

CREATE TABLE wallets (
    user_id    BIGINT NOT NULL REFERENCES users (id),
    kind       TEXT   NOT NULL CHECK (kind IN ('CARD', 'UPI')),
    size       BIGINT NOT NULL CHECK (size >= 0),
    default_id BIGINT NOT NULL DEFAULT 0,                         -- 0: there is none
    PRIMARY KEY (user_id, kind)
);

CREATE TABLE saved_cards (
    id            {id},
    user_id       BIGINT NOT NULL REFERENCES users (id),
    brand         TEXT   NOT NULL,
    last_four     TEXT   NOT NULL CHECK (length(last_four) = 4),
    expiry_month  BIGINT NOT NULL CHECK (expiry_month BETWEEN 1 AND 12),
    expiry_year   BIGINT NOT NULL,
    holder        TEXT   NOT NULL,
    nickname      TEXT   NOT NULL,
    is_active     BIGINT NOT NULL,
    gateway_token TEXT   NOT NULL,                                -- the gateway's name for the card
    created_at    BIGINT NOT NULL
);
CREATE INDEX saved_cards_by_user ON saved_cards (user_id, id);

CREATE TABLE saved_upi_ids (
    id         {id},
    user_id    BIGINT NOT NULL REFERENCES users (id),
    upi_id     TEXT   NOT NULL,
    nickname   TEXT   NOT NULL,
    is_active  BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX saved_upi_ids_by_user ON saved_upi_ids (user_id, id);
