-- Coupons, and how often each has been used by orders that were not cancelled.

CREATE TABLE coupons (
    id                  {id},
    code                TEXT   NOT NULL,                          -- as the admin wrote it
    code_key            TEXT   NOT NULL UNIQUE,                   -- case folded
    discount_type       TEXT   NOT NULL CHECK (discount_type IN ('percent', 'fixed')),
    value_hundredths    BIGINT NOT NULL CHECK (value_hundredths > 0),  -- percent × 100, or minor units
    store_id            BIGINT REFERENCES stores (id),            -- none: all stores
    min_subtotal_minor  BIGINT NOT NULL DEFAULT 0,
    valid_from          BIGINT,
    valid_until         BIGINT,                                   -- not at or after this moment
    usage_limit         BIGINT,
    per_user_limit      BIGINT,
    is_active           BIGINT NOT NULL DEFAULT 1,
    uses                BIGINT NOT NULL DEFAULT 0 CHECK (uses >= 0),
    deleted_at          BIGINT,
    created_at          BIGINT NOT NULL,
    updated_at          BIGINT NOT NULL
);

CREATE TABLE coupon_uses (
    coupon_id BIGINT NOT NULL REFERENCES coupons (id),
    user_id   BIGINT NOT NULL REFERENCES users (id),
    uses      BIGINT NOT NULL CHECK (uses >= 0),
    PRIMARY KEY (coupon_id, user_id)
);

-- The code is kept as it was; the row behind it counts the uses.
ALTER TABLE orders ADD COLUMN coupon_id BIGINT;
CREATE INDEX orders_by_coupon ON orders (coupon_id) WHERE coupon_id IS NOT NULL;
