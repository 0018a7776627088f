-- Admins list the products that are switched off.
CREATE INDEX products_switched_off ON products (store_id, id) WHERE is_active = 0 AND deleted_at IS NULL;
