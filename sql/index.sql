-- The findings on the indexes of a small schema, word for word.
SET client_min_messages = warning;
SET dbeng.max_findings = 0;
CREATE SCHEMA shop;
CREATE SCHEMA "My Archive";
SET search_path = shop;

CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL, tags text[], active boolean);
CREATE UNIQUE INDEX customers_email_key ON customers (lower(email));
CREATE INDEX customers_email_idx ON customers (lower(email)) WITH (fillfactor = 80);
CREATE INDEX customers_tags_idx ON customers (tags);
CREATE INDEX customers_active_idx ON customers (active);
CREATE INDEX customers_known_idx ON customers (email) WHERE email IS NOT NULL;

CREATE TABLE orders (
	id bigint PRIMARY KEY,
	number bigint CONSTRAINT orders_number_key UNIQUE CONSTRAINT orders_number_again UNIQUE,
	customer_id int NOT NULL REFERENCES customers,
	placed_at timestamptz NOT NULL,
	status text
);
ALTER TABLE orders ADD CONSTRAINT orders_number_twice UNIQUE (number);
CREATE INDEX orders_placed_idx ON orders (status, placed_at DESC, customer_id);
CREATE INDEX orders_status_idx ON orders (status);
CREATE INDEX orders_number_hash ON orders USING hash (number);
CREATE INDEX orders_id_idx ON orders (id) INCLUDE (number);
CREATE INDEX orders_id_number_idx ON orders (id) INCLUDE (number, status);

CREATE TABLE "My Archive"."Order Lines" (
	"Order" bigint CONSTRAINT "Lines of order" REFERENCES orders,
	"Line no" int,
	sold_on date
) PARTITION BY RANGE (sold_on);
CREATE TABLE "My Archive"."Lines 2024" PARTITION OF "My Archive"."Order Lines" FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE "My Archive"."Lines 2025" PARTITION OF "My Archive"."Order Lines" FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX "Line" ON "My Archive"."Order Lines" ("Line no", sold_on);
CREATE INDEX "Line again" ON "My Archive"."Order Lines" ("Line no" DESC, sold_on DESC);
CREATE INDEX "Sold" ON ONLY "My Archive"."Order Lines" (sold_on);
CREATE INDEX "Lines hash" ON "My Archive"."Lines 2025" USING hash ("Line no");

SELECT check_id, severity, object, regexp_replace(message, 'hash index: \d+ kB', 'hash index: some kB') AS message, fix
FROM dbeng.findings('indexing')
WHERE object LIKE '%shop.%' OR object LIKE '%"My Archive"%'
ORDER BY check_id COLLATE "C", object COLLATE "C" \gx

-- What a finding tells to programs.
SELECT object, evidence FROM dbeng.findings('indexing') WHERE object IN ('shop.customers_email_idx', 'orders_customer_id_fkey on shop.orders')
ORDER BY object COLLATE "C";

-- The same as views.
SELECT index, covered_by, kind, fix, undo FROM dbeng.redundant_indexes WHERE relation::text ~ '^(shop\.|"My Archive"|customers|orders)' ORDER BY index::text COLLATE "C" \gx
SELECT * FROM dbeng.invalid_indexes WHERE relation::text LIKE '"My Archive"%' \gx
SELECT relation, constraint_name, columns, referenced, rows FROM dbeng.unindexed_foreign_keys WHERE relation::text ~ '^("My Archive"|orders)' ORDER BY constraint_name;
SELECT index, safe_to_drop, reason FROM dbeng.unused_indexes WHERE relation::text ~ '^("My Archive"|customers|orders)' ORDER BY index::text COLLATE "C";

-- The fixes as they stand, once all of them are run: nothing is left but what has none.
SELECT s.statement
FROM dbeng.findings('indexing') f, regexp_split_to_table(f.fix, E';\n?') WITH ORDINALITY AS s (statement, n)
WHERE (object LIKE '%shop.%' OR object LIKE '%"My Archive"%') AND s.statement <> ''
ORDER BY check_id COLLATE "C", object COLLATE "C", n \gexec
SELECT check_id, object, message FROM dbeng.findings('indexing')
WHERE object LIKE '%shop.%' OR object LIKE '%"My Archive"%'
ORDER BY check_id COLLATE "C", object COLLATE "C";

DROP SCHEMA shop, "My Archive" CASCADE;
