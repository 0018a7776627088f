-- One order: put a random product into one's cart, then check out. The statements of features/carts and features/orders,
-- in their order, one round trip each (the server sends together what does not need the one before). Every client has
-- customers of its own: a cart has one buyer at a time.
--   pgbench -n -M prepared -c 8 -D product_first=1 -D product_last=10000 -D user_first=2 -D users_each=8 -f THIS
\set user :user_first + :client_id * :users_each + random(0, :users_each - 1)
\set product random(:product_first, :product_last)
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
UPDATE carts SET version = version + 1, updated_at = 1800000000 WHERE user_id = :user AND store_id = 1 RETURNING id \gset cart_
SELECT id, store_id, category_id, public_id, name, slug, description, price_minor, stock, image, is_active, deleted_at, created_at, updated_at FROM products WHERE id IN (:product) ORDER BY id \gset wanted_
SELECT id, store_id, name, slug, description FROM categories WHERE id IN (:wanted_category_id) ORDER BY id;
INSERT INTO cart_items (cart_id, product_id, variant, quantity, added_at) VALUES (:cart_id, :product, '', 1, 1800000000) ON CONFLICT (cart_id, product_id, variant) DO UPDATE SET quantity = cart_items.quantity + excluded.quantity RETURNING id, quantity, added_at;
SELECT count(*) FROM cart_items WHERE cart_id = :cart_id;
COMMIT;
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
UPDATE carts SET version = version + 1, updated_at = 1800000000 WHERE user_id = :user AND store_id = 1 RETURNING id, created_at, coupon_code \gset cart_
SELECT i.id AS item, i.product_id AS product, i.variant, i.quantity, i.added_at FROM carts c JOIN cart_items i ON i.cart_id = c.id WHERE c.user_id = :user AND c.store_id = 1 ORDER BY i.id \gset line_
SELECT id, store_id, category_id, public_id, name, slug, description, price_minor AS price, stock, image, is_active, deleted_at, created_at, updated_at FROM products WHERE id IN (:line_product) ORDER BY id FOR UPDATE \gset bought_
SELECT id, store_id, name, slug, description FROM categories WHERE id IN (:bought_category_id) ORDER BY id;
INSERT INTO orders (user_id, customer_email, store_id, currency, surface, payment_state, fulfilment_state, subtotal_minor, tax_minor, shipping_minor, discount_minor, total_minor, coupon_code, shipping_address, billing_address, created_at, updated_at, coupon_id, estimated_delivery_at) VALUES (:user, 'buyer@bench.example', 1, 'GBP', 'shop', 'unpaid', 'placed', :bought_price, 0, 0, 0, :bought_price, NULL, '1 Bench Street', '1 Bench Street', 1800000000, 1800000000, NULL, NULL) RETURNING id \gset order_
INSERT INTO order_items (order_id, line, product_id, variant, name, unit_price_minor, quantity) VALUES (:order_id, 0, :line_product, '', 'A product', :bought_price, :line_quantity);
UPDATE products SET stock = stock - :line_quantity, updated_at = 1800000000 WHERE id = :line_product AND stock >= :line_quantity RETURNING id, stock, store_id;
INSERT INTO stock_ledger (product_id, delta, reason, order_id, user_id, created_at) VALUES (:line_product, -CAST(:line_quantity AS BIGINT), 'sale', :order_id, :user, 1800000000);
INSERT INTO outbox (topic, subject_id, payload, due_at, created_at, updated_at) VALUES ('mail.order_placed', :order_id, '', 1800000000, 1800000000, 1800000000);
DELETE FROM cart_items WHERE cart_id = :cart_id;
COMMIT;
