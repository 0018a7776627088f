-- A cart line's, an address's and a saved payment method's number is never used again: clients hold it, and orders name
-- addresses by it. Without AUTOINCREMENT SQLite gives the number of a row that is gone to the next one.

CREATE TABLE cart_items_numbered (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    cart_id    BIGINT NOT NULL REFERENCES carts (id),
    product_id BIGINT NOT NULL REFERENCES products (id),
    variant    TEXT   NOT NULL DEFAULT '',
    quantity   BIGINT NOT NULL CHECK (quantity >= 1),
    added_at   BIGINT NOT NULL,
    UNIQUE (cart_id, product_id, variant)
);
INSERT INTO cart_items_numbered SELECT id, cart_id, product_id, variant, quantity, added_at FROM cart_items;
DROP TABLE cart_items;
ALTER TABLE cart_items_numbered RENAME TO cart_items;

CREATE TABLE addresses_numbered (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id          BIGINT NOT NULL REFERENCES users (id),
    contact_name     TEXT   NOT NULL,
    street_address   TEXT   NOT NULL,
    street_address_2 TEXT   NOT NULL,
    landmark         TEXT   NOT NULL,
    city             TEXT   NOT NULL,
    state            TEXT   NOT NULL,
    pin_code         TEXT   NOT NULL,
    country          TEXT   NOT NULL,
    phone_number     TEXT   NOT NULL,                             -- E.164
    kind             TEXT   NOT NULL CHECK (kind IN ('HOME', 'WORK', 'OTHER')),
    latitude_e7      BIGINT,                                      -- degrees × 10⁷
    longitude_e7     BIGINT,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL
);
INSERT INTO addresses_numbered SELECT id, user_id, contact_name, street_address, street_address_2, landmark, city, state,
    pin_code, country, phone_number, kind, latitude_e7, longitude_e7, created_at, updated_at FROM addresses;
DROP TABLE addresses;
ALTER TABLE addresses_numbered RENAME TO addresses;
CREATE INDEX addresses_by_user ON addresses (user_id, id);

CREATE TABLE saved_cards_numbered (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
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
INSERT INTO saved_cards_numbered SELECT id, user_id, brand, last_four, expiry_month, expiry_year, holder, nickname,
    is_active, gateway_token, created_at FROM saved_cards;
DROP TABLE saved_cards;
ALTER TABLE saved_cards_numbered RENAME TO saved_cards;
CREATE INDEX saved_cards_by_user ON saved_cards (user_id, id);

CREATE TABLE saved_upi_ids_numbered (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    BIGINT NOT NULL REFERENCES users (id),
    upi_id     TEXT   NOT NULL,
    nickname   TEXT   NOT NULL,
    is_active  BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
INSERT INTO saved_upi_ids_numbered SELECT id, user_id, upi_id, nickname, is_active, created_at FROM saved_upi_ids;
DROP TABLE saved_upi_ids;
ALTER TABLE saved_upi_ids_numbered RENAME TO saved_upi_ids;
CREATE INDEX saved_upi_ids_by_user ON saved_upi_ids (user_id, id);
