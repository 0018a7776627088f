-- What each version of a store's catalogue changed, so that every process can bring its lists up to date:
-- products with ids from one to the other may have come, gone or changed place. Only the newest thousand are kept.
CREATE TABLE catalog_changes (
    store_id      BIGINT NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    version       BIGINT NOT NULL,                              -- stores.catalog_version
    products_from BIGINT NOT NULL,
    products_to   BIGINT NOT NULL,                              -- smaller than products_from: no product
    PRIMARY KEY (store_id, version)
);

-- The orders in which lists are asked for. No index has the stock or the time of the last change in it: a sale
-- writes to no index.
CREATE INDEX products_by_price ON products (store_id, price_minor, id) WHERE is_active = 1 AND deleted_at IS NULL;
CREATE INDEX products_by_name ON products (store_id, name, id) WHERE is_active = 1 AND deleted_at IS NULL;
CREATE INDEX products_by_age ON products (store_id, created_at, id) WHERE is_active = 1 AND deleted_at IS NULL;

-- Every three letters of a visible product's name and description. The texts are folded already.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX products_search ON products USING gin (search_text gin_trgm_ops)
    WHERE is_active = 1 AND deleted_at IS NULL;
