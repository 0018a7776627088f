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
CREATE VIRTUAL TABLE products_search USING fts5 (
    search_text, content = 'products', content_rowid = 'id', tokenize = 'trigram case_sensitive 1'
);
INSERT INTO products_search (rowid, search_text)
SELECT id, search_text FROM products WHERE is_active = 1 AND deleted_at IS NULL;

CREATE TRIGGER products_search_insert AFTER INSERT ON products
WHEN NEW.is_active = 1 AND NEW.deleted_at IS NULL
BEGIN
    INSERT INTO products_search (rowid, search_text) VALUES (NEW.id, NEW.search_text);
END;

CREATE TRIGGER products_search_update AFTER UPDATE OF search_text, is_active, deleted_at ON products
WHEN OLD.search_text <> NEW.search_text
    OR (OLD.is_active = 1 AND OLD.deleted_at IS NULL) <> (NEW.is_active = 1 AND NEW.deleted_at IS NULL)
BEGIN
    INSERT INTO products_search (products_search, rowid, search_text)
    SELECT 'delete', OLD.id, OLD.search_text WHERE OLD.is_active = 1 AND OLD.deleted_at IS NULL;
    INSERT INTO products_search (rowid, search_text)
    SELECT NEW.id, NEW.search_text WHERE NEW.is_active = 1 AND NEW.deleted_at IS NULL;
END;

CREATE TRIGGER products_search_delete AFTER DELETE ON products
WHEN OLD.is_active = 1 AND OLD.deleted_at IS NULL
BEGIN
    INSERT INTO products_search (products_search, rowid, search_text) VALUES ('delete', OLD.id, OLD.search_text);
END;
