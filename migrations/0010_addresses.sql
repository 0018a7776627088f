-- People's address books. The book's row counts its addresses and names the default one, so that there is never
-- a second; it is also the lock of the book.

CREATE TABLE address_books (
    user_id    BIGINT PRIMARY KEY REFERENCES users (id),
    size       BIGINT NOT NULL CHECK (size >= 0),
    default_id BIGINT NOT NULL DEFAULT 0                          -- 0: the book is empty
);

CREATE TABLE addresses (
    id               {id},
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
CREATE INDEX addresses_by_user ON addresses (user_id, id);
