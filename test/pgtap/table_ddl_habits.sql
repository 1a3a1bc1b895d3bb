-- A schema of many tables, all made by table_ddl(): nothing is found in it. What would break its habits is refused, and would be found.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;
\ir common/calls.sql
CREATE FUNCTION pg_temp.found(schema text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('%s %s: %s', f.check_id, f.object, f.message), E'\n' ORDER BY 1) FROM dbeng.findings() f WHERE f.object ~ ('^"?' || schema || '\M')
$$;
SELECT dbeng.configure_check('sch-comments-missing', enabled => true, thresholds => '{"columns": 1}');
SELECT dbeng.configure_check('sch-mandatory-columns', enabled => true);
SELECT dbeng.configure_check('typ-varchar-n', enabled => true);
SELECT dbeng.configure_check('sch-isolated-table', enabled => true);
SELECT dbeng.configure_check('nam-convention', enabled => true, thresholds => '{"tables": "^[a-z_0-9]+$", "primary_keys": "^pk_", "foreign_keys": "^fk_", "unique_keys": "^uq_"}');

CREATE SCHEMA market;
SET LOCAL search_path = market, public;
CREATE TEMP TABLE wanted (n int GENERATED ALWAYS AS IDENTITY, name text, columns text, soft_delete boolean NOT NULL DEFAULT false, tenant boolean NOT NULL DEFAULT false);
INSERT INTO wanted (name, columns, soft_delete, tenant) VALUES
	('customers', '''who buys; some don''''t'', email text unique, name varchar(200), is_active boolean default true, birth_date date?, locale text in (en, de, ''pt-BR'') default en', false, false),
	('addresses', 'customer_id -> customers cascade, line1 text, line2 text?, city text index, country_code text check (char_length(country_code) = 2), is_default boolean default false, latitude double precision?, longitude double precision?, unique (customer_id, line1, city)', false, false),
	('categories', 'name text, parent_id -> categories, slug text unique, position_number int default 0, unique (parent_id, name)', false, false),
	('brands', 'name text unique ''as the maker spells it: "O''''Neill"'', website_url text?', false, false),
	('products', 'brand_id -> brands, category_id -> categories, sku text unique, title text, description text default '''', price numeric(12,2) check (price >= 0), currency text default EUR check (char_length(currency) = 3), attributes jsonb default ''{}'' index, tags text[] default ''{}'' index, weight_grams int check (weight_grams > 0), has_variants boolean default false, published_at timestamptz? index', false, false),
	('product_images', 'id uuid, product_id -> products cascade, file_name text, sort_order smallint default 0, checksum bytea, unique (product_id, sort_order)', false, false),
	('image_tags', 'image_id -> product_images cascade, label text, unique (image_id, label)', false, false),
	('stores', 'name text unique, opening tstzrange, timezone text default ''Europe/Berlin'', ip_ranges inet[] default ''{}''', false, false),
	('stock_levels', 'store_id -> stores cascade, product_id -> products cascade, quantity int default 0 check (quantity >= 0), unique (store_id, product_id)', false, false),
	('orders', 'number text unique, customer_id -> customers, billing_address_id -> addresses, shipping_address_id -> addresses?, status in (draft, placed, paid, shipped, cancelled) default draft index, total numeric(12,2) default 0, placed_at timestamptz?, paid_at timestamptz?, shipped_at timestamptz?, note text?, client_ip inet?, is_gift boolean default false, index (customer_id, placed_at)', false, false),
	('order_lines', 'order_id -> orders cascade, product_id -> products, quantity int check (quantity between 1 and 999), unit_price numeric(12,2), unique (order_id, product_id)', false, false),
	('payments', 'id uuid, order_id -> orders, provider in (card, paypal, invoice), amount numeric(12,2), reference text?, captured_at timestamptz?, unique (provider, reference)', false, false),
	('refunds', 'payment_id -> payments, amount numeric(12,2) check (amount > 0), reason text', false, false),
	('coupons', 'code text unique, percent_off numeric(5,2) check (percent_off between 0 and 100), valid_from date, valid_until timestamptz?, max_uses int?, is_public boolean default false', false, false),
	('coupon_uses', 'coupon_id -> coupons, order_id -> orders unique', false, false),
	('reviews', 'product_id -> products cascade, customer_id -> customers set null, rating smallint in (1, 2, 3, 4, 5), body text?, is_verified boolean default false, words tsvector? index, unique (product_id, customer_id)', false, false),
	('wishlists', 'customer_id -> customers cascade, title text default ''my "wishes"'', can_be_shared boolean default false, visible_during daterange?', true, false),
	('wishlist_items', 'wishlist_id -> wishlists cascade, product_id -> products, wanted_by date?, unique (wishlist_id, product_id)', true, false),
	('shipments', 'order_id -> orders, carrier text, tracking_code text?, delivered_at timestamptz?, dimensions int[] default ''{}'', is_insured boolean default false, transit_time interval?', false, false),
	('suppliers', 'name text unique, tax_number text?, email text?, is_preferred boolean default false', false, true),
	('purchases', 'supplier_id -> suppliers, number text unique, ordered_on date default current_date, expected_on date?, total numeric(14,2) default 0, is_urgent boolean default false', false, true),
	('purchase_lines', 'purchase_id -> purchases cascade, product_id -> products, quantity int default 1, cost numeric(12,2), unique (purchase_id, product_id)', false, true),
	('ledger_accounts', 'number text unique, title text, kind in (asset, liability, equity), parent_id -> ledger_accounts, is_closed boolean default false', false, true),
	('ledger_entries', 'account_id -> ledger_accounts, booked_on date index, amount numeric(14,2), memo text?, approved_by -> customers?', true, true),
	('market.change_logs', 'subject_type text, subject_id bigint, customer_id -> customers?, payload jsonb, happened_at timestamptz default now() index', false, false),
	('very_long_named_tables_that_keep_what_nobody_else_wants', 'customer_id -> customers, a_column_whose_name_is_very_nearly_as_long_as_names_may text unique, note text?', false, false);
DO $$
DECLARE
	w record;
BEGIN
	FOR w IN SELECT * FROM wanted ORDER BY n LOOP
		EXECUTE dbeng.table_ddl(w.name, w.columns, w.soft_delete, w.tenant);
	END LOOP;
END $$;
SELECT is(count(*), 26::bigint, 'all of them are made') FROM pg_class WHERE relnamespace = 'market'::regnamespace AND relkind = 'r';
SELECT is(pg_temp.found('market'), NULL, 'and nothing is found in them');
SELECT is(obj_description('customers'::regclass), 'who buys; some don''t', 'a comment with quotes');
SELECT is(col_description('brands'::regclass, 2), 'as the maker spells it: "O''Neill"', 'of a column, too');
INSERT INTO customers (email, name) VALUES ('a@b', 'a');
INSERT INTO addresses (customer_id, line1, city, country_code) VALUES (1, 'x', 'y', 'DE');
INSERT INTO orders (number, customer_id, billing_address_id) VALUES ('1', 1, 1);
UPDATE orders SET note = 'changed';
SELECT results_eq('SELECT status, version FROM orders', $$VALUES ('draft', 2::bigint)$$, 'they are written as they are meant to be');

-- What breaks a habit is refused with what to write instead; made by hand, it is found.
CREATE FUNCTION pg_temp.by_hand(columns text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	checks text;
BEGIN
	EXECUTE format('CREATE TABLE market.hand_mades (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, %s)', columns);
	SELECT string_agg(DISTINCT f.check_id, ' ') INTO checks FROM dbeng.findings() f WHERE f.object ~ '^market\.hand_mades\M' AND f.check_id IN ('nam-timestamp-suffix', 'nam-boolean-prefix', 'nam-fk-column', 'sch-incrementing-columns', 'sch-polymorphic');
	DROP TABLE market.hand_mades;
	RETURN checks;
END $$;
SELECT is((SELECT concat_ws(' | ', code, message, hint) FROM pg_temp.failure(format('SELECT dbeng.table_ddl(''hand_mades'', %L)', columns))), refused, columns)
FROM (VALUES ('published timestamptz?', '42602 | column published is named unlike the others | Of the schema''s 66 moments 64 end in _at: published_at'),
	('a text, "start_moment" timestamptz(3)', '42602 | column start_moment is named unlike the others | Of the schema''s 66 moments 64 end in _at: start_moment_at'),
	('active boolean', '42602 | column active is named unlike the others | Of the schema''s 12 boolean columns 11 ask a question: is_active, has_..., can_...'),
	('owner -> customers', '42602 | column owner is named unlike the others | Of the schema''s 28 references 26 end in _id: owner_id'),
	('a text, tag1 text, tag2 text, tag_3 text', '42P16 | columns tag1 to tag3 are one attribute with several values | A child table holds any number of them; so does an array: tag text[] index'),
	('subject_type text, subject_id bigint', '42830 | subject_type and subject_id refer to a table that a value names: no foreign key can check it | A column for each table that may be meant, with ?: user_id -> users?, order_id -> orders?')) c(columns, refused);
SELECT is(pg_temp.by_hand(columns), found, 'found by hand: ' || columns)
FROM (VALUES ('published timestamptz', 'nam-timestamp-suffix'), ('active boolean NOT NULL', 'nam-boolean-prefix'), ('owner bigint REFERENCES market.customers', 'nam-fk-column'),
	('a text, tag1 text, tag2 text, tag_3 text', 'sch-incrementing-columns'), ('subject_type text, subject_id bigint', 'sch-polymorphic')) c(columns, found);
-- What says it in another way is left alone by both.
SELECT is((SELECT code FROM pg_temp.failure(format('SELECT dbeng.table_ddl(''hand_mades'', %L)', columns))), '00000', columns)
FROM unnest(ARRAY['valid_until timestamptz', 'allows_comments boolean', 'reviewed_by -> customers', 'tag1 text, tag2 text', 'line1 text, line2 text, line3 text', 'tag4 text, tag5 text, tag6 text', 'tag1 text, tag2 int, tag3 text', 'subject_type text, customer_id bigint -> customers']) columns;
SELECT is(pg_temp.by_hand(columns), NULL, 'not found by hand: ' || columns)
FROM unnest(ARRAY['valid_until timestamptz', 'allows_comments boolean', 'reviewed_by bigint REFERENCES market.customers', 'tag1 text, tag2 text', 'line1 text, line2 text, line3 text', 'tag4 text, tag5 text, tag6 text', 'tag1 text, tag2 int, tag3 text']) columns;
-- A schema without habits has none to break.
CREATE SCHEMA fresh;
SELECT is(code, '00000', 'where there are few') FROM pg_temp.failure($$SELECT dbeng.table_ddl('fresh.notes', 'published timestamptz, active boolean, body text')$$);
SELECT * FROM finish();
ROLLBACK;
