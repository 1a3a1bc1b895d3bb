-- All that a table can be given at once, in whatever order, by an owner who is no superuser: each goes on working beside the others, and each
-- can be taken away again in whatever order. Transactions are undone, so this is not one; it has a database of its own.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT current_database() AS home \gset
DROP DATABASE IF EXISTS dbeng_rows_together;
CREATE DATABASE dbeng_rows_together;
\c dbeng_rows_together
SET client_min_messages = warning;
CREATE EXTENSION pgtap;
CREATE EXTENSION dbeng;
SELECT no_plan();
CREATE ROLE together_owner;
CREATE ROLE together_app;
GRANT CREATE ON DATABASE dbeng_rows_together TO together_owner;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO together_owner, together_app;
GRANT SELECT ON dbeng.audit_log TO together_owner;
GRANT pg_monitor TO together_owner;
SET ROLE together_owner;
CREATE SCHEMA shop;
GRANT USAGE ON SCHEMA shop TO together_app;
SET search_path = shop, public;

CREATE FUNCTION failure(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'none';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
CREATE TABLE customers (tenant_id bigint NOT NULL, id int NOT NULL UNIQUE, parent_id int REFERENCES customers (id), name text NOT NULL, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, name));
CREATE TABLE orders (tenant_id bigint NOT NULL, id int NOT NULL PRIMARY KEY, customer_id int, parent_id int REFERENCES orders, title text, UNIQUE (tenant_id, id),
	CONSTRAINT of_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id) ON DELETE CASCADE);
CREATE INDEX orders_customer ON orders (tenant_id, customer_id);
CREATE TABLE items (tenant_id bigint NOT NULL, id int PRIMARY KEY, order_id int, sku text, CONSTRAINT of_order FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id) ON DELETE CASCADE, UNIQUE (order_id, sku));
CREATE INDEX items_order ON items (tenant_id, order_id);
ALTER TABLE orders DROP CONSTRAINT orders_parent_id_fkey, ADD CONSTRAINT orders_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES orders ON DELETE CASCADE;
GRANT SELECT, INSERT, UPDATE, DELETE ON customers, orders, items TO together_app;

-- All that a dump shows of the schema.
CREATE FUNCTION looks() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(E'\n',
		(SELECT string_agg(concat_ws(' ', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attgenerated, attacl, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)), E'\n' ORDER BY attrelid, attnum)
			FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'shop'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped),
		(SELECT string_agg(concat_ws(' ', relname, relkind, relacl, relrowsecurity, relforcerowsecurity, reloptions, obj_description(oid, 'pg_class')), E'\n' ORDER BY relname) FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind <> 'i'),
		(SELECT string_agg(pg_get_indexdef(indexrelid), E'\n' ORDER BY indexrelid::regclass::text) FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE relnamespace = 'shop'::regnamespace),
		(SELECT string_agg(concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)), E'\n' ORDER BY conrelid, conname) FROM pg_constraint WHERE connamespace = 'shop'::regnamespace AND contype <> 'n'),
		(SELECT string_agg(pg_get_triggerdef(t.oid), E'\n' ORDER BY tgrelid, tgname) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = 'shop'::regnamespace AND NOT tgisinternal),
		(SELECT string_agg(concat_ws(' ', polrelid::regclass, polname), E'\n' ORDER BY polrelid, polname) FROM pg_policy JOIN pg_class c ON c.oid = polrelid WHERE relnamespace = 'shop'::regnamespace))
$$;
-- Counts, paths and live children of deleted parents that are wrong.
CREATE FUNCTION wrong() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
	found text := '';
BEGIN
	SELECT found || coalesce(string_agg(format('customer %s has %s orders, not %s; ', c.id, c.orders_count, n), ''), '') INTO found
	FROM customers c, LATERAL (SELECT count(*) AS n FROM orders o WHERE o.tenant_id = c.tenant_id AND o.customer_id = c.id AND o.deleted_at IS NULL) o WHERE c.orders_count <> n;
	SELECT found || coalesce(string_agg(format('order %s has %s items, not %s; ', o.id, o.items_count, n), ''), '') INTO found
	FROM orders o, LATERAL (SELECT count(*) AS n FROM items i WHERE i.tenant_id = o.tenant_id AND i.order_id = o.id AND i.deleted_at IS NULL) i WHERE o.items_count <> n;
	SELECT found || coalesce(string_agg(format('item %s lives under a deleted order; ', i.id), ''), '') INTO found
	FROM items i JOIN orders o ON o.tenant_id = i.tenant_id AND o.id = i.order_id WHERE i.deleted_at IS NULL AND o.deleted_at IS NOT NULL;
	SELECT found || coalesce(string_agg(format('order %s lives under a deleted customer; ', o.id), ''), '') INTO found
	FROM orders o JOIN customers c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id WHERE o.deleted_at IS NULL AND c.deleted_at IS NOT NULL;
	SELECT found || coalesce(string_agg(format('order %s has path %s, not %s; ', key, path, expected), ''), '') INTO found FROM dbeng.path_errors('orders');
	RETURN coalesce(nullif(found, ''), 'none');
END $$;
RESET ROLE;
ALTER FUNCTION shop.wrong() OWNER TO CURRENT_USER;
ALTER FUNCTION shop.wrong() SET search_path = shop;
SET ROLE together_owner;
CREATE TEMP TABLE before AS SELECT looks();

CREATE FUNCTION feature(name text, wanted boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	CASE (name || CASE WHEN wanted THEN ' on' ELSE ' off' END)
	WHEN 'audit on' THEN PERFORM dbeng.enable_audit('customers'), dbeng.enable_audit('orders'), dbeng.enable_audit('items');
	WHEN 'audit off' THEN PERFORM dbeng.disable_audit('orders'), dbeng.disable_audit('customers'), dbeng.disable_audit('items');
	WHEN 'soft on' THEN PERFORM dbeng.enable_soft_delete('customers', live_indexes => true);
	WHEN 'soft off' THEN PERFORM dbeng.disable_soft_delete('orders', false), dbeng.disable_soft_delete('items', false), dbeng.disable_soft_delete('customers', false);
	WHEN 'versions on' THEN PERFORM dbeng.enable_versioning('customers'), dbeng.enable_versioning('orders'), dbeng.enable_versioning('items');
	WHEN 'versions off' THEN PERFORM dbeng.disable_versioning('items', true), dbeng.disable_versioning('orders', true), dbeng.disable_versioning('customers', true);
	WHEN 'tenants on' THEN PERFORM dbeng.enable_tenancy('customers', allow_cross_tenant_keys => true), dbeng.enable_tenancy('orders', allow_cross_tenant_keys => true), dbeng.enable_tenancy('items');
	WHEN 'tenants off' THEN PERFORM dbeng.disable_tenancy('orders', true), dbeng.disable_tenancy('items', true), dbeng.disable_tenancy('customers', true);
	WHEN 'counts on' THEN PERFORM dbeng.enable_counter_cache('orders', 'of_customer', 'customers', 'orders_count', 'deleted_at'), dbeng.enable_counter_cache('items', 'of_order', 'orders', 'items_count', 'deleted_at');
	WHEN 'counts off' THEN PERFORM dbeng.disable_counter_cache('items', 'of_order', 'orders', 'items_count', true), dbeng.disable_counter_cache('orders', 'of_customer', 'customers', 'orders_count', true);
	WHEN 'search on' THEN PERFORM dbeng.enable_full_text('customers', '{name}'), dbeng.enable_full_text('orders', '{title}');
	WHEN 'search off' THEN PERFORM dbeng.disable_full_text('orders'), dbeng.disable_full_text('customers');
	WHEN 'path on' THEN PERFORM dbeng.enable_path('orders', 'parent_id');
	WHEN 'path off' THEN PERFORM dbeng.disable_path('orders', true);
	END CASE;
END $$;

\set order_of_on audit,soft,versions,counts,search,path,tenants
\set order_of_off tenants,audit,counts,soft,versions,search,path
\set round 1
\ir rows/together.sql
\set order_of_on search,path,versions,soft,counts,tenants,audit
\set order_of_off audit,tenants,path,versions,search,counts,soft
\set round 2
\ir rows/together.sql
\set order_of_on soft,counts,path,tenants,versions,search,audit
\set order_of_off counts,soft,path,search,versions,audit,tenants
\set round 3
\ir rows/together.sql

SELECT finish();
RESET ROLE;
\c :home
DROP DATABASE dbeng_rows_together;
DROP ROLE together_owner, together_app;
