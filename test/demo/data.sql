-- The rows of the demo shop, then the keys and indexes of its big tables.
--
-- The same rows each time (times are counted back from the day it runs).

\set ON_ERROR_STOP on
SET client_min_messages = error;
SET search_path = pg_catalog;
SET synchronous_commit = off;
SET work_mem = '256MB';
SET maintenance_work_mem = '512MB';
SET max_parallel_maintenance_workers = 1;
SET jit = off;
SELECT setseed(0.25) \g /dev/null

-------------------------------------------------------------------------------------------------
-- Small and middling tables
-------------------------------------------------------------------------------------------------
INSERT INTO shop.tenants (name)
SELECT 'Seller ' || i FROM generate_series(1, 40) AS i;

INSERT INTO shop.customers (created_at, updated_at, email, full_name, phone, country_code, is_active)
SELECT t, t, 'User' || i || '@example.' || (ARRAY['com', 'org', 'net'])[1 + i % 3],
       (ARRAY['Ada', 'Bela', 'Chen', 'Dina', 'Emeka', 'Femi', 'Greta', 'Hugo'])[1 + i % 8] || ' '
           || (ARRAY['Berg', 'Costa', 'Dubois', 'Eriksen', 'Fiala', 'Haas', 'Ito'])[1 + i / 8 % 7] || ' ' || i,
       '+49 30 ' || 1000000 + i * 7 % 9000000,
       (ARRAY['DE', 'FR', 'NL', 'PL', 'ES', 'IT'])[1 + i % 6],
       i % 50 <> 0
  FROM generate_series(1, 100000) AS i,
       LATERAL (SELECT current_date - make_interval(mins => (100000 - i) * 10) AS t) AS x;

INSERT INTO shop.addresses (customer_id, street, postcode, city, is_default)
SELECT 1 + (i - 1) % 100000, 'Main Street ' || i % 200, lpad((i % 90000 + 10000)::text, 5, '0'),
       (ARRAY['Berlin', 'Lyon', 'Utrecht', 'Gdansk', 'Sevilla', 'Torino'])[1 + i % 6], i <= 100000
  FROM generate_series(1, 120000) AS i;

INSERT INTO shop.categories (parent_id, name)
SELECT CASE WHEN i > 10 THEN 1 + i % 10 END, 'Category ' || i FROM generate_series(1, 200) AS i;

INSERT INTO shop.products (category_id, created_at, updated_at, price, sku, name, description, attributes, is_active)
SELECT 1 + i % 200, t, t, 1.99 + (i * 7919 % 20000) / 100.0, 'SKU-' || lpad(i::text, 7, '0'),
       (ARRAY['Oak', 'Steel', 'Linen', 'Glass', 'Cork', 'Paper'])[1 + i % 6] || ' '
           || (ARRAY['lamp', 'chair', 'shelf', 'bowl', 'clock', 'basket', 'mirror'])[1 + i / 6 % 7] || ' ' || i,
       repeat('A sturdy thing for every day. ', 3 + i % 5),
       jsonb_build_object('colour', (ARRAY['red', 'green', 'blue', 'grey'])[1 + i % 4], 'weight_g', 100 + i % 5000),
       i % 20 <> 0
  FROM generate_series(1, 20000) AS i,
       LATERAL (SELECT current_date - make_interval(hours => 20000 - i) AS t) AS x;

INSERT INTO shop.tags (name) SELECT 'tag ' || i FROM generate_series(1, 50) AS i;
INSERT INTO shop.product_tags (product_id, tag_id)
SELECT p, 1 + (p * 13 + k * 17) % 50 FROM generate_series(1, 20000) AS p, generate_series(0, 1) AS k;

INSERT INTO shop.coupons (code, percent_off, deleted_at)
SELECT 'SAVE' || i, 5 + i % 20, CASE WHEN i % 3 = 0 THEN now() END FROM generate_series(1, 2000) AS i;

INSERT INTO shop.promotions (product_id, discount_amount, starts_at, ends_at)
SELECT i * 10, 0.1 * (i % 50), current_date - 30, current_date + i % 30 FROM generate_series(1, 2000) AS i;

INSERT INTO shop.carts (customer_id, items)
SELECT i * 11, '[]' FROM generate_series(1, 8000) AS i;

INSERT INTO shop.reviews (product_id, customer_id, created_at, rating, body)
SELECT 1 + (random() * random() * 19999)::bigint, 1 + i * 31 % 100000, now() - make_interval(mins => (60000 - i) * 8), 1 + i % 5,
       repeat('It does what it should, and it does it well. ', 2 + i % 6)
  FROM generate_series(1, 60000) AS i;

INSERT INTO shop.login_attempts (customer_id, ip_address, attempted_at, was_good)
SELECT 1 + i * 17 % 100000, format('10.%s.%s.%s', i % 20, i / 20 % 250, i % 251),
       localtimestamp - make_interval(secs => (150000 - i) * 20), i % 9 <> 0
  FROM generate_series(1, 150000) AS i;

INSERT INTO shop.comments (commentable_type, commentable_id, body)
SELECT (ARRAY['Order', 'Product', 'Customer'])[1 + i % 3], i, 'Called back, all settled.' FROM generate_series(1, 15000) AS i;

INSERT INTO shop.product_attributes (entity_id, attribute_name, attribute_value)
SELECT 1 + i / 3, (ARRAY['colour', 'size', 'origin'])[1 + i % 3], 'value ' || i % 40 FROM generate_series(0, 29999) AS i;

INSERT INTO shop.api_tokens (tenant_id, token)
SELECT 1 + i % 40, md5('token ' || i) FROM generate_series(1, 4000) AS i;

INSERT INTO billing.payment_methods (tenant_id, customer_id, card_number, brand)
SELECT 1 + i % 40, i * 2, '4000' || lpad((i * 7919)::text, 12, '0'), (ARRAY['visa', 'mastercard', 'amex'])[1 + i % 3]
  FROM generate_series(1, 20000) AS i;

INSERT INTO billing.credit_notes (tenant_id, amount)
SELECT 1 + i % 40, i % 300 FROM generate_series(1, 5000) AS i;

INSERT INTO billing.tax_reports (tenant_id, period)
SELECT t, daterange((date_trunc('month', current_date) - make_interval(months => m))::date,
                    (date_trunc('month', current_date) - make_interval(months => m - 1))::date)
  FROM generate_series(1, 40) AS t, generate_series(1, 12) AS m;

INSERT INTO billing.payouts (tenant_id, amount, created_at)
SELECT 1 + i % 40, (100 + i % 9000)::money, localtimestamp - make_interval(hours => i) FROM generate_series(1, 4000) AS i;

INSERT INTO billing.vat_rates (country_code, rate)
VALUES ('DE', 19), ('FR', 20), ('NL', 21), ('PL', 23), ('ES', 21), ('IT', 22);

INSERT INTO warehouse.warehouses (code, city) VALUES ('BER', 'Berlin'), ('LYS', 'Lyon'), ('GDN', 'Gdansk');

INSERT INTO warehouse.stock_levels (product_id, warehouse_id, quantity)
SELECT p, w, 1000 + (p * 31 + w) % 500 FROM generate_series(1, 20000) AS p, generate_series(1, 3) AS w;

INSERT INTO warehouse.suppliers (name, email)
SELECT 'Supplier ' || i, 'sales' || i || '@example.com' FROM generate_series(1, 500) AS i;

-- some of them to suppliers that are gone: the foreign key of drift.sql could not be validated
INSERT INTO warehouse.purchase_orders (supplier_id, ordered_at, total)
SELECT 1 + i % 510, now() - make_interval(hours => i), 50 + i % 4000 FROM generate_series(1, 12000) AS i;

-- every 5,000th parcel shares its number with another one
INSERT INTO warehouse.shipments (order_id, shipped_at, tracking_number, carrier)
SELECT i * 8, now() - make_interval(mins => (60000 - i) * 15),
       'TRK' || lpad((CASE WHEN i % 5000 = 0 THEN i - 1 ELSE i END)::text, 10, '0'), (ARRAY['DHL', 'UPS', 'PostNL'])[1 + i % 3]
  FROM generate_series(1, 60000) AS i;

INSERT INTO warehouse.scans (scanned_at, barcode)
SELECT now() - make_interval(mins => (120000 - i) * 2), 'B' || i % 20000 FROM generate_series(1, 120000) AS i;

INSERT INTO public.schema_migrations (version, applied_at)
SELECT to_char(t, 'YYYYMMDDHH24MISS'), t
  FROM generate_series(current_date - 400, current_date - 10, interval '13 days 70 minutes') AS t;

INSERT INTO public."OrderNotes" ("orderId", "user", "Text")
SELECT i * 20, 'staff' || i % 9, 'Please ring twice.' FROM generate_series(1, 3000) AS i;

-------------------------------------------------------------------------------------------------
-- Big tables: rows first, keys and indexes after
-------------------------------------------------------------------------------------------------
INSERT INTO shop.order_items (order_id, product_id, quantity, unit_price)
SELECT o, p, 1 + (o + k) % 3, (199 + p * 7919 % 20000)::numeric(10,0) * 0.01
  FROM generate_series(1, 500000::bigint) AS o,
       LATERAL generate_series(1, 1 + o * 31 % 6) AS k,
       LATERAL (SELECT 1 + ((o * 7907 + k * 104729) % 20000) * ((o * 31 + k * 7) % 997) / 997 AS p) AS x;

INSERT INTO shop.orders (id, tenant_id, customer_id, shipping_address_id, coupon_id, placed_at, updated_at, total, status, currency)
OVERRIDING SYSTEM VALUE
SELECT o, 1 + o % 40, c, CASE WHEN o % 4 <> 0 THEN c END, CASE WHEN o % 25 = 0 THEN 1 + o % 2000 END, t, t, s.total,
       CASE WHEN o > 498000 THEN 'new' WHEN o > 494000 THEN 'paid' WHEN o > 480000 THEN 'shipped'
            WHEN o % 33 = 0 THEN 'cancelled' ELSE 'delivered' END,
       CASE WHEN o % 12 = 0 THEN 'PLN' ELSE 'EUR' END
  FROM (SELECT i.order_id AS o, sum(i.quantity * i.unit_price) AS total
          FROM shop.order_items AS i GROUP BY i.order_id ORDER BY i.order_id) AS s,
       LATERAL (SELECT 1 + (o * 7919 % 100000) * (o % 1009) / 1009 AS c,
                       now() - make_interval(mins => ((500000 - o) * 2)::int) AS t) AS x;

INSERT INTO shop.events (customer_id, occurred_at, kind, payload)
SELECT 1 + i * 613 % 100000, now() - make_interval(secs => (600000 - i) * 24),
       (ARRAY['view', 'view', 'view', 'search', 'cart', 'checkout'])[1 + i % 6],
       ('{"page": ' || i % 900 || '}')::jsonb
  FROM generate_series(1, 600000) AS i;

INSERT INTO billing.invoices (tenant_id, order_id, invoice_no, issued_at, updated_at, paid_at, amount)
SELECT o.tenant_id, o.id, o.id / 40 + 1, o.placed_at, o.placed_at, CASE WHEN o.id % 30 <> 0 THEN o.placed_at END, o.total
  FROM shop.orders AS o WHERE o.id > 300000 ORDER BY o.id;

INSERT INTO billing.invoice_lines (tenant_id, invoice_no, quantity, unit_price, label)
SELECT i.tenant_id, i.invoice_no, 1, round(i.amount / 2, 2), 'Goods'
  FROM billing.invoices AS i, generate_series(1, 2) AS k ORDER BY i.id;

INSERT INTO billing.payments (order_id, paid_at, amount, gateway_uuid, details)
SELECT o.id, o.placed_at, o.total, md5('payment ' || o.id)::uuid::text, '{"status": "ok"}'
  FROM shop.orders AS o WHERE o.id > 250000 AND o.id % 30 <> 0 ORDER BY o.id;

INSERT INTO warehouse.stock_movements (id, quantity, product_id, warehouse_id, moved_at, reason, batch, operator)
SELECT 1760000000 + i, 1 + i % 9, 1 + i * 7919 % 20000, 1 + i % 3, now() - make_interval(secs => (100000 - i) * 300),
       (ARRAY['sale', 'return', 'delivery', 'loss'])[1 + i % 4], 'B' || i % 3000, 'op' || i % 25
  FROM generate_series(1, 100000) AS i;

-- keys
ALTER TABLE shop.orders ADD PRIMARY KEY (id);
ALTER TABLE shop.order_items ADD PRIMARY KEY (id);
ALTER TABLE shop.events ADD PRIMARY KEY (id, occurred_at);
ALTER TABLE billing.invoices ADD PRIMARY KEY (id), ADD CONSTRAINT uq_invoices_tenant_no UNIQUE (tenant_id, invoice_no);
ALTER TABLE billing.invoice_lines ADD PRIMARY KEY (id);
ALTER TABLE billing.payments ADD PRIMARY KEY (id);
ALTER TABLE warehouse.stock_movements ADD PRIMARY KEY (id);

-- indexes that earn their keep
CREATE UNIQUE INDEX uq_customers_email ON shop.customers (email);
CREATE INDEX idx_addresses_customer_id ON shop.addresses (customer_id);
CREATE INDEX idx_orders_tenant_placed ON shop.orders (tenant_id, placed_at);
CREATE INDEX idx_orders_customer_placed ON shop.orders (customer_id, placed_at);
CREATE INDEX idx_order_items_order_id ON shop.order_items (order_id);
CREATE INDEX idx_events_customer_occurred ON shop.events (customer_id, occurred_at);
CREATE INDEX idx_invoices_order_id ON billing.invoices (order_id);
CREATE INDEX idx_invoice_lines_invoice ON billing.invoice_lines (tenant_id, invoice_no);
CREATE INDEX idx_payments_order_id ON billing.payments (order_id);
CREATE INDEX idx_reviews_customer_id ON shop.reviews (customer_id);
CREATE INDEX idx_shipments_order_id ON warehouse.shipments (order_id);

-- FAULT: the same index twice
CREATE INDEX idx_order_items_order ON shop.order_items (order_id);
-- FAULT: a prefix of idx_orders_customer_placed
CREATE INDEX idx_orders_customer_id ON shop.orders (customer_id);
-- FAULT: NULL in 96 of 100 rows, and not partial
CREATE INDEX idx_orders_coupon_id ON shop.orders (coupon_id);
-- FAULT: two values in the whole table
CREATE INDEX idx_orders_currency ON shop.orders (currency);
-- FAULT: nobody searches by these
CREATE INDEX idx_customers_phone ON shop.customers (phone);
CREATE INDEX idx_payments_gateway_uuid ON billing.payments (gateway_uuid);
-- FAULT: twelve indexes (with the key) on a table that is written more than read
CREATE INDEX idx_stock_movements_product_id ON warehouse.stock_movements (product_id);
CREATE INDEX idx_stock_movements_warehouse_id ON warehouse.stock_movements (warehouse_id);
CREATE INDEX idx_stock_movements_moved_at ON warehouse.stock_movements (moved_at);
CREATE INDEX idx_stock_movements_reason ON warehouse.stock_movements (reason);
CREATE INDEX idx_stock_movements_batch ON warehouse.stock_movements (batch);
CREATE INDEX idx_stock_movements_operator ON warehouse.stock_movements (operator);
CREATE INDEX idx_stock_movements_quantity ON warehouse.stock_movements (quantity);
CREATE INDEX idx_stock_movements_reason_moved ON warehouse.stock_movements (reason, moved_at);
CREATE INDEX idx_stock_movements_operator_moved ON warehouse.stock_movements (operator, moved_at);
CREATE INDEX idx_stock_movements_batch_product ON warehouse.stock_movements (batch, product_id);
CREATE INDEX idx_stock_movements_moved_product ON warehouse.stock_movements (moved_at, product_id);

-- foreign keys
ALTER TABLE shop.orders
    ADD CONSTRAINT fk_orders_tenants FOREIGN KEY (tenant_id) REFERENCES shop.tenants ON DELETE RESTRICT,
    ADD CONSTRAINT fk_orders_customers FOREIGN KEY (customer_id) REFERENCES shop.customers ON DELETE RESTRICT,
    ADD CONSTRAINT fk_orders_coupons FOREIGN KEY (coupon_id) REFERENCES shop.coupons ON DELETE SET NULL;
-- FAULT: four foreign keys without an index
ALTER TABLE shop.orders
    ADD CONSTRAINT fk_orders_addresses FOREIGN KEY (shipping_address_id) REFERENCES shop.addresses ON DELETE SET NULL;
ALTER TABLE shop.order_items
    ADD CONSTRAINT fk_order_items_products FOREIGN KEY (product_id) REFERENCES shop.products ON DELETE RESTRICT;
ALTER TABLE shop.reviews
    ADD CONSTRAINT fk_reviews_products FOREIGN KEY (product_id) REFERENCES shop.products ON DELETE CASCADE;
-- (the fourth: shop.api_tokens.tenant_id, in schema.sql)
ALTER TABLE shop.order_items
    ADD CONSTRAINT fk_order_items_orders FOREIGN KEY (order_id) REFERENCES shop.orders ON DELETE CASCADE;
ALTER TABLE shop.reviews
    ADD CONSTRAINT fk_reviews_customers FOREIGN KEY (customer_id) REFERENCES shop.customers ON DELETE CASCADE;
ALTER TABLE shop.login_attempts
    ADD CONSTRAINT fk_login_attempts_customers FOREIGN KEY (customer_id) REFERENCES shop.customers ON DELETE CASCADE;
ALTER TABLE billing.invoices
    ADD CONSTRAINT fk_invoices_tenants FOREIGN KEY (tenant_id) REFERENCES shop.tenants ON DELETE RESTRICT,
    ADD CONSTRAINT fk_invoices_orders FOREIGN KEY (order_id) REFERENCES shop.orders ON DELETE RESTRICT;
-- FAULT: composite, its columns nullable, MATCH SIMPLE
ALTER TABLE billing.invoice_lines
    ADD CONSTRAINT fk_invoice_lines_invoices FOREIGN KEY (tenant_id, invoice_no)
        REFERENCES billing.invoices (tenant_id, invoice_no) ON DELETE CASCADE;
-- FAULT: integer refers to bigint
ALTER TABLE billing.payments
    ADD CONSTRAINT fk_payments_orders FOREIGN KEY (order_id) REFERENCES shop.orders ON DELETE RESTRICT;
ALTER TABLE warehouse.stock_movements
    ADD CONSTRAINT fk_stock_movements_products FOREIGN KEY (product_id) REFERENCES shop.products ON DELETE RESTRICT,
    ADD CONSTRAINT fk_stock_movements_warehouses FOREIGN KEY (warehouse_id) REFERENCES warehouse.warehouses ON DELETE RESTRICT;
ALTER TABLE warehouse.shipments
    ADD CONSTRAINT fk_shipments_orders FOREIGN KEY (order_id) REFERENCES shop.orders ON DELETE RESTRICT;

-- triggers that would have slowed the load
CREATE TRIGGER orders_touch BEFORE UPDATE ON shop.orders
    FOR EACH ROW EXECUTE FUNCTION shop.touch_updated_at();
CREATE TRIGGER invoices_touch BEFORE UPDATE ON billing.invoices
    FOR EACH ROW EXECUTE FUNCTION shop.touch_updated_at();

-- sequences behind the rows that came with their own numbers
SELECT setval('shop.orders_id_seq', 500000), setval('warehouse.stock_movements_id_seq', 1760100000) \g /dev/null

REFRESH MATERIALIZED VIEW shop.best_sellers;
REFRESH MATERIALIZED VIEW billing.revenue_by_month;

-------------------------------------------------------------------------------------------------
-- Statistics: everything as a healthy server would have it
-------------------------------------------------------------------------------------------------
SELECT pg_stat_reset() \g /dev/null
VACUUM (ANALYZE);
