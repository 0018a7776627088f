-- Written by unit_tests with CARTWRIGHT_UPDATE_GOLDEN=1. Not a script to be run.
CREATE TABLE account_proofs (
    id              INTEGER PRIMARY KEY,
    account_key     TEXT   NOT NULL,                  -- as in login_guards
    purpose         TEXT   NOT NULL CHECK (purpose IN ('verification', 'password_reset')),
    user_id         BIGINT REFERENCES users (id),
    request         TEXT   NOT NULL,                  -- who asked again made the earlier mail worthless
    token_hash      TEXT   UNIQUE,                    -- SHA-256; null until the mail is made
    otp_hash        TEXT,                             -- HMAC: six digits would be found by trying
    otp_attempts    BIGINT NOT NULL DEFAULT 0,
    otp_expires_at  BIGINT,
    expires_at      BIGINT NOT NULL,
    UNIQUE (account_key, purpose)
);
CREATE INDEX account_proofs_by_expiry ON account_proofs (expires_at);
CREATE TABLE address_books (
    user_id    BIGINT PRIMARY KEY REFERENCES users (id),
    size       BIGINT NOT NULL CHECK (size >= 0),
    default_id BIGINT NOT NULL DEFAULT 0                          -- 0: the book is empty
);
CREATE TABLE "addresses" (
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
    kind             TEXT   NOT NULL CHECK (kind = 'HOME' OR kind = 'WORK' OR kind = 'OTHER'),
    latitude_e7      BIGINT,                                      -- degrees × 10⁷
    longitude_e7     BIGINT,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL
);
CREATE INDEX addresses_by_user ON addresses (user_id, id);
CREATE TABLE audit_log (
    id           INTEGER PRIMARY KEY,
    actor_id     BIGINT,                              -- who; none for the operator at the command line
    action       TEXT   NOT NULL,                     -- create, update, delete, ship, refund …
    subject_type TEXT   NOT NULL,                     -- product, order, user …
    subject_id   BIGINT NOT NULL,
    before       TEXT   NOT NULL,                     -- JSON object of what the change changed, as it was
    after        TEXT   NOT NULL,                     -- ditto, as it is since
    request_id   TEXT   NOT NULL,                     -- as in the log and the answer; may be empty
    created_at   BIGINT NOT NULL
);
CREATE INDEX audit_log_by_action ON audit_log (action, id);
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, id);
CREATE INDEX audit_log_by_subject ON audit_log (subject_type, subject_id, id);
CREATE INDEX audit_log_by_time ON audit_log (created_at, id);
CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_log_is_not_deleted BEFORE DELETE ON audit_log BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TABLE "cart_items" (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    cart_id    BIGINT NOT NULL REFERENCES carts (id),
    product_id BIGINT NOT NULL REFERENCES products (id),
    variant    TEXT   NOT NULL DEFAULT '',
    quantity   BIGINT NOT NULL CHECK (quantity >= 1),
    added_at   BIGINT NOT NULL,
    UNIQUE (cart_id, product_id, variant)
);
CREATE TABLE carts (
    id         INTEGER PRIMARY KEY,
    user_id    BIGINT NOT NULL REFERENCES users (id),
    store_id   BIGINT NOT NULL REFERENCES stores (id),
    version    BIGINT NOT NULL DEFAULT 0,                       -- grows with each change: also the row's lock
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL, coupon_code TEXT,
    UNIQUE (user_id, store_id),
    CHECK (id BETWEEN user_id * 5 - 4 AND user_id * 5)
);
CREATE TABLE catalog_changes (
    store_id      BIGINT NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    version       BIGINT NOT NULL,                              -- stores.catalog_version
    products_from BIGINT NOT NULL,
    products_to   BIGINT NOT NULL,                              -- smaller than products_from: no product
    PRIMARY KEY (store_id, version)
);
CREATE TABLE categories (
    id          INTEGER PRIMARY KEY,
    store_id    BIGINT NOT NULL REFERENCES stores (id),
    name        TEXT   NOT NULL,
    slug        TEXT   NOT NULL,
    description TEXT   NOT NULL DEFAULT '',
    deleted_at  BIGINT
);
CREATE UNIQUE INDEX categories_by_slug ON categories (store_id, slug) WHERE deleted_at IS NULL;
CREATE TABLE coupon_uses (
    coupon_id BIGINT NOT NULL REFERENCES coupons (id),
    user_id   BIGINT NOT NULL REFERENCES users (id),
    uses      BIGINT NOT NULL CHECK (uses >= 0),
    PRIMARY KEY (coupon_id, user_id)
);
CREATE TABLE coupons (
    id                  INTEGER PRIMARY KEY,
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
CREATE TABLE "gateway_events" (
    gateway     TEXT   NOT NULL,
    event_id    TEXT   NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (gateway, event_id)
) WITHOUT ROWID;
CREATE INDEX gateway_events_by_age ON gateway_events (received_at);
CREATE TABLE hidden_orders (
    span   BIGINT NOT NULL,                                     -- ids in the block: 1024 or 65536
    block  BIGINT NOT NULL,                                     -- id / span
    orders BIGINT NOT NULL,
    PRIMARY KEY (span, block)
);
CREATE TABLE idempotency_keys (
    user_id         BIGINT NOT NULL,                  -- a key is its user's own
    route           TEXT   NOT NULL,                  -- … and its route's: /api/v1/orders/
    idempotency_key TEXT   NOT NULL,
    fingerprint     TEXT   NOT NULL,                  -- SHA-256 of what makes the request the same one
    state           TEXT   NOT NULL CHECK (state IN ('running', 'answered')),
    claim           TEXT,                             -- running: tells this request from one that took its place
    status          BIGINT,                           -- answered
    body            TEXT,                             -- answered; NULL where it was too large to keep
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (user_id, route, idempotency_key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE TABLE login_guards (
    account_key   TEXT   NOT NULL PRIMARY KEY,        -- user:ID, or a hash of an unknown name
    failures      BIGINT NOT NULL,
    locked_until  BIGINT,
    updated_at    BIGINT NOT NULL
);
CREATE INDEX login_guards_by_age ON login_guards (updated_at);
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
CREATE TABLE order_totals (
    store_id        BIGINT NOT NULL REFERENCES stores (id),
    day             BIGINT NOT NULL,
    shard           BIGINT NOT NULL,
    order_count     BIGINT NOT NULL,
    pending_count   BIGINT NOT NULL,
    paid_count      BIGINT NOT NULL,                  -- not cancelled
    cancelled_count BIGINT NOT NULL,
    revenue_minor   BIGINT NOT NULL,                  -- the totals of those paid and not refunded
    PRIMARY KEY (store_id, day, shard)
);
CREATE TABLE orders (
    id               INTEGER PRIMARY KEY,
    user_id          BIGINT NOT NULL REFERENCES users (id),
    customer_email   TEXT   NOT NULL,                           -- as it was
    store_id         BIGINT NOT NULL REFERENCES stores (id),
    currency         TEXT   NOT NULL,
    surface          TEXT   NOT NULL CHECK (surface IN ('shop', 'customer')),
    payment_state    TEXT   NOT NULL DEFAULT 'unpaid'
                     CHECK (payment_state = 'unpaid' OR payment_state = 'paid' OR payment_state = 'partly_refunded' OR payment_state = 'refunded'),
    fulfilment_state TEXT   NOT NULL DEFAULT 'placed'
                     CHECK (fulfilment_state = 'placed' OR fulfilment_state = 'processing' OR fulfilment_state = 'shipped' OR fulfilment_state = 'out_for_delivery' OR fulfilment_state = 'delivered'),
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
, tracking_number TEXT, carrier_name TEXT, shipped_at BIGINT, delivered_at BIGINT, coupon_id BIGINT, payment_intent TEXT, payment_client_secret TEXT, crm_sync_status TEXT CHECK (crm_sync_status = 'pending' OR crm_sync_status = 'success' OR crm_sync_status = 'failed'), estimated_delivery_at BIGINT, cancellation_reason TEXT, refunded_minor BIGINT NOT NULL DEFAULT 0);
CREATE INDEX orders_by_coupon ON orders (coupon_id) WHERE coupon_id IS NOT NULL;
CREATE INDEX orders_by_user ON orders (user_id, id);
CREATE INDEX orders_deleted ON orders (user_id) WHERE deleted_at IS NOT NULL;
CREATE INDEX orders_pending ON orders (created_at, id)
    WHERE payment_state = 'unpaid' AND fulfilment_state = 'placed' AND cancelled_at IS NULL AND deleted_at IS NULL;
CREATE TRIGGER orders_counted AFTER INSERT ON orders BEGIN
    INSERT INTO order_totals (store_id, day, shard, order_count, pending_count, paid_count, cancelled_count, revenue_minor)
    VALUES (NEW.store_id, NEW.created_at / 86400, 0,
            CASE WHEN NEW.deleted_at IS NULL THEN 1 ELSE 0 END,
            CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.payment_state = 'unpaid' AND NEW.fulfilment_state = 'placed' THEN 1 ELSE 0 END,
            CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.payment_state <> 'unpaid' THEN 1 ELSE 0 END,
            CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NOT NULL THEN 1 ELSE 0 END,
            CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.payment_state IN ('paid', 'partly_refunded') THEN NEW.total_minor - NEW.refunded_minor ELSE 0 END)
    ON CONFLICT (store_id, day, shard) DO UPDATE SET
        order_count = order_totals.order_count + excluded.order_count,
        pending_count = order_totals.pending_count + excluded.pending_count,
        paid_count = order_totals.paid_count + excluded.paid_count,
        cancelled_count = order_totals.cancelled_count + excluded.cancelled_count,
        revenue_minor = order_totals.revenue_minor + excluded.revenue_minor;
END;
CREATE TRIGGER orders_hidden AFTER UPDATE OF deleted_at ON orders
WHEN (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)
BEGIN
    INSERT INTO hidden_orders (span, block, orders)
    VALUES (1024, NEW.id / 1024, CASE WHEN NEW.deleted_at IS NULL THEN -1 ELSE 1 END),
           (65536, NEW.id / 65536, CASE WHEN NEW.deleted_at IS NULL THEN -1 ELSE 1 END)
    ON CONFLICT (span, block) DO UPDATE SET orders = hidden_orders.orders + excluded.orders;
END;
CREATE TRIGGER orders_recounted AFTER UPDATE OF payment_state, fulfilment_state, cancelled_at, deleted_at, refunded_minor ON orders
WHEN OLD.payment_state IS NOT NEW.payment_state
    OR OLD.refunded_minor IS NOT NEW.refunded_minor
    OR OLD.fulfilment_state IS NOT NEW.fulfilment_state
    OR OLD.cancelled_at IS NOT NEW.cancelled_at
    OR OLD.deleted_at IS NOT NEW.deleted_at
BEGIN
    INSERT INTO order_totals (store_id, day, shard, order_count, pending_count, paid_count, cancelled_count, revenue_minor)
    VALUES (NEW.store_id, NEW.created_at / 86400, 0,
            CASE WHEN NEW.deleted_at IS NULL THEN 1 ELSE 0 END
                - CASE WHEN OLD.deleted_at IS NULL THEN 1 ELSE 0 END,
            CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.payment_state = 'unpaid' AND NEW.fulfilment_state = 'placed' THEN 1 ELSE 0 END
                - CASE WHEN OLD.deleted_at IS NULL AND OLD.cancelled_at IS NULL AND OLD.payment_state = 'unpaid' AND OLD.fulfilment_state = 'placed' THEN 1 ELSE 0 END,
            CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.payment_state <> 'unpaid' THEN 1 ELSE 0 END
                - CASE WHEN OLD.deleted_at IS NULL AND OLD.cancelled_at IS NULL AND OLD.payment_state <> 'unpaid' THEN 1 ELSE 0 END,
            CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NOT NULL THEN 1 ELSE 0 END
                - CASE WHEN OLD.deleted_at IS NULL AND OLD.cancelled_at IS NOT NULL THEN 1 ELSE 0 END,
            CASE WHEN NEW.deleted_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.payment_state IN ('paid', 'partly_refunded') THEN NEW.total_minor - NEW.refunded_minor ELSE 0 END
                - CASE WHEN OLD.deleted_at IS NULL AND OLD.cancelled_at IS NULL AND OLD.payment_state IN ('paid', 'partly_refunded') THEN OLD.total_minor - OLD.refunded_minor ELSE 0 END)
    ON CONFLICT (store_id, day, shard) DO UPDATE SET
        order_count = order_totals.order_count + excluded.order_count,
        pending_count = order_totals.pending_count + excluded.pending_count,
        paid_count = order_totals.paid_count + excluded.paid_count,
        cancelled_count = order_totals.cancelled_count + excluded.cancelled_count,
        revenue_minor = order_totals.revenue_minor + excluded.revenue_minor;
END;
CREATE TABLE "outbox" (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    topic        TEXT   NOT NULL,                     -- mail.order_placed, payment.refund_due …
    subject_id   BIGINT NOT NULL,                     -- the order, payment, user … it is about
    payload      TEXT   NOT NULL DEFAULT '',          -- what the subject's row does not say
    state        TEXT   NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'failed')),
    attempts     BIGINT NOT NULL DEFAULT 0,
    due_at       BIGINT NOT NULL,                     -- not before; also when a worker's claim runs out
    last_error   TEXT,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
, looks BIGINT NOT NULL DEFAULT 0);
CREATE INDEX outbox_by_due ON outbox (due_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_by_subject ON outbox (topic, subject_id);
CREATE TABLE payments (
    id                     INTEGER PRIMARY KEY,
    order_id               BIGINT NOT NULL REFERENCES orders (id),
    gateway                TEXT   NOT NULL CHECK (gateway = 'stripe' OR gateway = 'paytm' OR gateway = 'phonepe' OR gateway = 'manual'),
    attempt                BIGINT NOT NULL DEFAULT 1,           -- 1, and one more with each retry
    transaction_id         TEXT   NOT NULL UNIQUE,              -- ours, shown: TXN_PAYTM_1_123456789
    reference              TEXT,                                -- what the gateway knows it by: Stripe's pi_…
    gateway_transaction    TEXT,                                -- the gateway's own id of the money
    client_secret          TEXT,                                -- what the buyer's app needs to pay; never logged
    payment_type           TEXT,                                -- UPI, CARD … as the gateway says
    amount_minor           BIGINT NOT NULL,
    currency               TEXT   NOT NULL,
    captured_minor         BIGINT NOT NULL DEFAULT 0,
    refunded_minor         BIGINT NOT NULL DEFAULT 0,           -- gone back
    refund_pending_minor   BIGINT NOT NULL DEFAULT 0,           -- on its way back
    status                 TEXT   NOT NULL DEFAULT 'PENDING' CHECK (status = 'PENDING' OR status = 'COMPLETED' OR status = 'FAILED' OR status = 'REFUNDED'),
    pays_order             BIGINT NOT NULL DEFAULT 0,           -- whether the order was paid by this one
    needs_review           BIGINT NOT NULL DEFAULT 0,
    review_reason          TEXT,
    failure_reason         TEXT,
    expires_at             BIGINT,                              -- when the buyer can no longer pay with it
    check_at               BIGINT,                              -- when to ask the gateway what became of it
    completed_at           BIGINT,
    created_at             BIGINT NOT NULL,
    updated_at             BIGINT NOT NULL, user_id BIGINT NOT NULL DEFAULT 0,
    CHECK (refunded_minor >= 0 AND refund_pending_minor >= 0 AND refunded_minor + refund_pending_minor <= captured_minor),
    CHECK (captured_minor <= amount_minor)
);
CREATE INDEX payments_by_order ON payments (order_id, id);
CREATE UNIQUE INDEX payments_by_reference ON payments (gateway, reference) WHERE reference IS NOT NULL;
CREATE INDEX payments_by_status ON payments (status, id) WHERE status <> 'COMPLETED';
CREATE INDEX payments_by_user ON payments (user_id, id);
CREATE UNIQUE INDEX payments_paying ON payments (order_id) WHERE pays_order = 1;
CREATE INDEX payments_to_check ON payments (check_at, id) WHERE check_at IS NOT NULL;
CREATE INDEX payments_to_review ON payments (id) WHERE needs_review = 1;
CREATE TABLE products (
    id          INTEGER PRIMARY KEY,
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
CREATE INDEX products_by_age ON products (store_id, created_at, id) WHERE is_active = 1 AND deleted_at IS NULL;
CREATE INDEX products_by_category ON products (category_id, id);
CREATE INDEX products_by_name ON products (store_id, name, id) WHERE is_active = 1 AND deleted_at IS NULL;
CREATE INDEX products_by_picture ON products (image) WHERE image IS NOT NULL;
CREATE INDEX products_by_price ON products (store_id, price_minor, id) WHERE is_active = 1 AND deleted_at IS NULL;
CREATE INDEX products_switched_off ON products (store_id, id) WHERE is_active = 0 AND deleted_at IS NULL;
CREATE TRIGGER products_search_delete AFTER DELETE ON products
WHEN OLD.is_active = 1 AND OLD.deleted_at IS NULL
BEGIN
    INSERT INTO products_search (products_search, rowid, search_text) VALUES ('delete', OLD.id, OLD.search_text);
END;
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
CREATE VIRTUAL TABLE products_search USING fts5 (
    search_text, content = 'products', content_rowid = 'id', tokenize = 'trigram case_sensitive 1'
);
CREATE TABLE 'products_search_config'(k PRIMARY KEY, v) WITHOUT ROWID;
CREATE TABLE 'products_search_data'(id INTEGER PRIMARY KEY, block BLOB);
CREATE TABLE 'products_search_docsize'(id INTEGER PRIMARY KEY, sz BLOB);
CREATE TABLE 'products_search_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
CREATE TABLE "refresh_tokens" (
    jti         TEXT   NOT NULL PRIMARY KEY,
    session_id  BIGINT NOT NULL REFERENCES "sessions" (id) ON DELETE CASCADE,
    expires_at  BIGINT NOT NULL,
    rotated_at  BIGINT
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE TABLE "saved_cards" (
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
CREATE INDEX saved_cards_by_user ON saved_cards (user_id, id);
CREATE TABLE "saved_upi_ids" (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    BIGINT NOT NULL REFERENCES users (id),
    upi_id     TEXT   NOT NULL,
    nickname   TEXT   NOT NULL,
    is_active  BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX saved_upi_ids_by_user ON saved_upi_ids (user_id, id);
CREATE TABLE search_groups (
    id           INTEGER PRIMARY KEY,
    user_id      BIGINT NOT NULL UNIQUE REFERENCES users (id),
    search_count BIGINT NOT NULL CHECK (search_count > 0),
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);
CREATE TABLE searches (
    id            INTEGER PRIMARY KEY,
    user_id       BIGINT NOT NULL REFERENCES users (id),
    query         TEXT   NOT NULL,
    category      TEXT   NOT NULL,                                -- may be empty
    results_count BIGINT NOT NULL CHECK (results_count >= 0),
    searched_at   BIGINT NOT NULL
);
CREATE INDEX searches_by_user ON searches (user_id, id);
CREATE TABLE "sessions" (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     BIGINT NOT NULL REFERENCES users (id),
    surface     TEXT   NOT NULL CHECK (surface IN ('shop', 'customer')),
    kind        TEXT   NOT NULL CHECK (kind IN ('jwt', 'legacy')),
    public_key  TEXT   NOT NULL UNIQUE,               -- what its user calls it
    token_hash  TEXT   UNIQUE,                        -- SHA-256 of a legacy token
    device_type TEXT   NOT NULL CHECK (device_type = 'ANDROID' OR device_type = 'WEB' OR device_type = 'IOS' OR device_type = 'API'),
    device_id   TEXT,
    ip_address  TEXT   NOT NULL,
    user_agent  TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    last_active_at BIGINT NOT NULL,                   -- written at most once a minute
    expires_at  BIGINT NOT NULL,                      -- with its last refresh token
    ended_at    BIGINT,
    end_reason  TEXT                                  -- logout, password_change, theft, deactivation …
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_user ON sessions (user_id) WHERE ended_at IS NULL;
CREATE TABLE sqlite_sequence(name,seq);
CREATE TABLE stock_ledger (
    id          INTEGER PRIMARY KEY,
    product_id  BIGINT NOT NULL REFERENCES products (id),
    delta       BIGINT NOT NULL,
    reason      TEXT   NOT NULL CHECK (reason = 'initial' OR reason = 'sale' OR reason = 'restock' OR reason = 'adjustment' OR reason = 'import'),
    order_id    BIGINT,
    user_id     BIGINT,                                         -- who did it; none for the shop itself
    note        TEXT,
    created_at  BIGINT NOT NULL
);
CREATE TABLE stores (
    id                            INTEGER PRIMARY KEY,
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
CREATE TABLE ticket_messages (
    id             INTEGER PRIMARY KEY,
    ticket_id      BIGINT NOT NULL REFERENCES tickets (id),
    text           TEXT   NOT NULL,
    by_staff       BIGINT NOT NULL,
    attachment_url TEXT,
    created_at     BIGINT NOT NULL
);
CREATE INDEX ticket_messages_by_ticket ON ticket_messages (ticket_id, id);
CREATE TABLE tickets (
    id            INTEGER PRIMARY KEY,
    user_id       BIGINT NOT NULL REFERENCES users (id),
    order_id      BIGINT REFERENCES orders (id),
    subject       TEXT   NOT NULL,
    description   TEXT   NOT NULL,
    category      TEXT   NOT NULL,
    priority      TEXT   NOT NULL CHECK (priority = 'LOW' OR priority = 'MEDIUM' OR priority = 'HIGH' OR priority = 'URGENT'),
    status        TEXT   NOT NULL CHECK (status = 'OPEN' OR status = 'IN_PROGRESS' OR status = 'RESOLVED' OR status = 'CLOSED'),
    message_count BIGINT NOT NULL CHECK (message_count >= 0),
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE INDEX tickets_by_status ON tickets (status, id);
CREATE INDEX tickets_by_user ON tickets (user_id, id);
CREATE TABLE "transactions" (
    id              INTEGER PRIMARY KEY,
    payment_id      BIGINT NOT NULL REFERENCES payments (id),
    action          TEXT   NOT NULL CHECK (action IN ('capture', 'refund')),
    amount_minor    BIGINT NOT NULL CHECK (amount_minor >= 0),
    state           TEXT   NOT NULL CHECK (state = 'pending' OR state = 'succeeded' OR state = 'failed'),
    gateway_ref     TEXT,                                       -- the gateway's id of this movement
    idempotency_key TEXT   NOT NULL,                            -- goes along with every try at the gateway
    reason          TEXT   NOT NULL DEFAULT '',
    requested_by    BIGINT,                                     -- the admin; none: the shop itself
    failure         TEXT,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    UNIQUE (payment_id, idempotency_key)
);
CREATE UNIQUE INDEX transactions_by_ref ON transactions (payment_id, gateway_ref) WHERE gateway_ref IS NOT NULL AND action = 'refund';
CREATE TABLE user_totals (
    user_type   TEXT   NOT NULL,
    tier        TEXT   NOT NULL,
    is_active   BIGINT NOT NULL,
    is_verified BIGINT NOT NULL,
    shard       BIGINT NOT NULL,
    users       BIGINT NOT NULL,
    PRIMARY KEY (user_type, tier, is_active, is_verified, shard)
);
CREATE TABLE users (
    id            INTEGER PRIMARY KEY,
    username      TEXT   NOT NULL,
    username_key  TEXT   NOT NULL UNIQUE,             -- lower case: names differ by more than case
    email         TEXT   NOT NULL,
    email_key     TEXT   NOT NULL UNIQUE,
    password_hash TEXT   NOT NULL,                    -- Argon2id, in its own encoded form
    first_name    TEXT   NOT NULL DEFAULT '',
    last_name     TEXT   NOT NULL DEFAULT '',
    user_type     TEXT   NOT NULL CHECK (user_type IN ('customer', 'admin')),
    tier          TEXT   NOT NULL DEFAULT 'standard' CHECK (tier IN ('standard', 'premium')),
    is_verified   BIGINT NOT NULL DEFAULT 0,          -- the address is proven to be theirs
    is_active     BIGINT NOT NULL DEFAULT 1,
    phone_number  TEXT,                               -- E.164
    profile_image TEXT,                               -- path below media
    date_of_birth TEXT,                               -- YYYY-MM-DD
    gender        TEXT   CHECK (gender = 'MALE' OR gender = 'FEMALE' OR gender = 'OTHER'),
    language      TEXT   NOT NULL DEFAULT 'EN' CHECK (language IN ('EN', 'HI')),
    email_notifications BIGINT NOT NULL DEFAULT 1,
    sms_notifications   BIGINT NOT NULL DEFAULT 1,
    push_notifications  BIGINT NOT NULL DEFAULT 1,
    joined_at     BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    last_login_at BIGINT,
    deleted_at    BIGINT                              -- the row stays for the books, the person does not
);
CREATE TRIGGER users_counted AFTER INSERT ON users WHEN NEW.deleted_at IS NULL
BEGIN
    INSERT INTO user_totals (user_type, tier, is_active, is_verified, shard, users)
    VALUES (NEW.user_type, NEW.tier, NEW.is_active, NEW.is_verified, 0, 1)
    ON CONFLICT (user_type, tier, is_active, is_verified, shard) DO UPDATE SET users = user_totals.users + 1;
END;
CREATE TRIGGER users_recounted AFTER UPDATE OF user_type, tier, is_active, is_verified, deleted_at ON users
WHEN OLD.user_type <> NEW.user_type OR OLD.tier <> NEW.tier OR OLD.is_active <> NEW.is_active
    OR OLD.is_verified <> NEW.is_verified OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)
BEGIN
    UPDATE user_totals SET users = users - 1
    WHERE OLD.deleted_at IS NULL AND user_type = OLD.user_type AND tier = OLD.tier AND is_active = OLD.is_active
        AND is_verified = OLD.is_verified AND shard = 0;
    INSERT INTO user_totals (user_type, tier, is_active, is_verified, shard, users)
    SELECT NEW.user_type, NEW.tier, NEW.is_active, NEW.is_verified, 0, 1 WHERE NEW.deleted_at IS NULL
    ON CONFLICT (user_type, tier, is_active, is_verified, shard) DO UPDATE SET users = user_totals.users + 1;
END;
CREATE TABLE wallets (
    user_id    BIGINT NOT NULL REFERENCES users (id),
    kind       TEXT   NOT NULL CHECK (kind IN ('CARD', 'UPI')),
    size       BIGINT NOT NULL CHECK (size >= 0),
    default_id BIGINT NOT NULL DEFAULT 0,                         -- 0: there is none
    PRIMARY KEY (user_id, kind)
);
