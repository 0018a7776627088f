-- What a customer's order has beyond the shop's: when it should arrive, where to in detail, and why it was cancelled.

ALTER TABLE orders ADD COLUMN estimated_delivery_at BIGINT;
ALTER TABLE orders ADD COLUMN cancellation_reason TEXT;

-- The address as it was when it was chosen; orders.shipping_address is the same in one line.
CREATE TABLE order_deliveries (
    order_id         BIGINT PRIMARY KEY REFERENCES orders (id),
    address_id       BIGINT NOT NULL,                             -- may be gone since
    contact_name     TEXT   NOT NULL,
    street_address   TEXT   NOT NULL,
    street_address_2 TEXT   NOT NULL,
    landmark         TEXT   NOT NULL,
    city             TEXT   NOT NULL,
    state            TEXT   NOT NULL,
    pin_code         TEXT   NOT NULL,
    country          TEXT   NOT NULL,
    phone_number     TEXT   NOT NULL,
    kind             TEXT   NOT NULL,
    latitude_e7      BIGINT,
    longitude_e7     BIGINT,
    instructions     TEXT   NOT NULL,
    preferred_time   TEXT   NOT NULL
);
