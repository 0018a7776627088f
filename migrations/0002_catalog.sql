-- Stores, what they sell, and every change of stock there ever was. Money is in minor units.

CREATE TABLE stores (
    id                            {id},
    public_id                     TEXT   NOT NULL UNIQUE,       -- store_123
    name                          TEXT   NOT NULL,
    currency                      TEXT   NOT NULL DEFAULT 'USD',
    tax_hundredths                BIGINT NOT NULL DEFAULT 0,    -- percent × 100: 18 % is 1800
    shipping_minor                BIGINT NOT NULL DEFAULT 0,
    free_shipping_threshold_minor BIGINT,
    delivery_days                 BIGINT NOT NULL DEFAULT 5,
    is_active                     BIGINT NOT NULL DEFAULT 1,
    is_default                    BIGINT NOT NULL DEFAULT 0,
    catalog_version               BIGINT NOT NULL DEFAULT 0,    -- grows with what changes lists: not with sales
    created_at                    BIGINT NOT NULL,
    updated_at                    BIGINT NOT NULL
);
CREATE UNIQUE INDEX stores_one_default ON stores (is_default) WHERE is_default = 1;
INSERT INTO stores (public_id, name, is_default, created_at, updated_at) VALUES ('store_1', 'Shop', 1, 0, 0);

-- A deleted category stays as a row, for products that are deleted too still name it. Its slug is free again.
CREATE TABLE categories (
    id          {id},
    store_id    BIGINT NOT NULL REFERENCES stores (id),
    name        TEXT   NOT NULL,
    slug        TEXT   NOT NULL,
    description TEXT   NOT NULL DEFAULT '',
    deleted_at  BIGINT
);
CREATE UNIQUE INDEX categories_by_slug ON categories (store_id, slug) WHERE deleted_at IS NULL;

-- Numbers stand before texts: SQLite then finds them without walking over long descriptions.
CREATE TABLE products (
    id          {id},
    store_id    BIGINT NOT NULL REFERENCES stores (id),
    category_id BIGINT NOT NULL REFERENCES categories (id),
    price_minor BIGINT NOT NULL CHECK (price_minor >= 0),
    stock       BIGINT NOT NULL CHECK (stock >= 0),
    is_active   BIGINT NOT NULL DEFAULT 1,
    deleted_at  BIGINT,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    public_id   TEXT   NOT NULL,                                -- prod_001
    image       TEXT,                                           -- a path below media/, or a whole URL
    name        TEXT   NOT NULL,
    slug        TEXT   NOT NULL,
    description TEXT   NOT NULL DEFAULT '',
    search_text TEXT   NOT NULL,                                -- name and description, case folded
    UNIQUE (store_id, public_id),
    UNIQUE (store_id, slug)
);
CREATE INDEX products_by_category ON products (category_id, id);

-- Append only. The sum of a product's deltas is its stock.
CREATE TABLE stock_ledger (
    id          {id},
    product_id  BIGINT NOT NULL REFERENCES products (id),
    delta       BIGINT NOT NULL,
    reason      TEXT   NOT NULL CHECK (reason IN ('initial', 'sale', 'restock', 'adjustment', 'import')),
    order_id    BIGINT,
    user_id     BIGINT,                                         -- who did it; none for the shop itself
    note        TEXT,
    created_at  BIGINT NOT NULL
);
