-- Carts reserve nothing and hold no prices. Orders keep names, prices and addresses as they were.

-- A user's five carts have the five ids that are made from the user's own: no race makes a sixth, and the id of
-- a cart that is yet to be made is known.
CREATE TABLE carts (
    id         {id},
    user_id    BIGINT NOT NULL REFERENCES users (id),
    store_id   BIGINT NOT NULL REFERENCES stores (id),
    version    BIGINT NOT NULL DEFAULT 0,                       -- grows with each change: also the row's lock
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (user_id, store_id),
    CHECK (id BETWEEN user_id * 5 - 4 AND user_id * 5)
);

CREATE TABLE cart_items (
    id         {id},
    cart_id    BIGINT NOT NULL REFERENCES carts (id),
    product_id BIGINT NOT NULL REFERENCES products (id),
    variant    TEXT   NOT NULL DEFAULT '',
    quantity   BIGINT NOT NULL CHECK (quantity >= 1),
    added_at   BIGINT NOT NULL,
    UNIQUE (cart_id, product_id, variant)
);

-- An order's number is made from its time and id, so it is unique without a column of its own.
CREATE TABLE orders (
    id               {id},
    user_id          BIGINT NOT NULL REFERENCES users (id),
    customer_email   TEXT   NOT NULL,                           -- as it was
    store_id         BIGINT NOT NULL REFERENCES stores (id),
    currency         TEXT   NOT NULL,
    surface          TEXT   NOT NULL CHECK (surface IN ('shop', 'customer')),
    payment_state    TEXT   NOT NULL DEFAULT 'unpaid'
                     CHECK (payment_state IN ('unpaid', 'paid', 'partly_refunded', 'refunded')),
    fulfilment_state TEXT   NOT NULL DEFAULT 'placed'
                     CHECK (fulfilment_state IN ('placed', 'processing', 'shipped', 'out_for_delivery', 'delivered')),
    cancelled_at     BIGINT,
    deleted_at       BIGINT,
    subtotal_minor   BIGINT NOT NULL,
    tax_minor        BIGINT NOT NULL,
    shipping_minor   BIGINT NOT NULL,
    discount_minor   BIGINT NOT NULL,
    total_minor      BIGINT NOT NULL,
    coupon_code      TEXT,
    shipping_address TEXT   NOT NULL,
    billing_address  TEXT   NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL
);
CREATE INDEX orders_by_user ON orders (user_id, id);
CREATE INDEX orders_deleted ON orders (user_id) WHERE deleted_at IS NOT NULL;

-- The id that is shown is made from the key.
CREATE TABLE order_items (
    order_id         BIGINT NOT NULL REFERENCES orders (id),
    line             BIGINT NOT NULL CHECK (line BETWEEN 0 AND 1023),
    product_id       BIGINT NOT NULL REFERENCES products (id),
    variant          TEXT   NOT NULL DEFAULT '',
    name             TEXT   NOT NULL,
    unit_price_minor BIGINT NOT NULL,
    quantity         BIGINT NOT NULL CHECK (quantity >= 1),
    PRIMARY KEY (order_id, line)
);
