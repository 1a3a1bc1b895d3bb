-- One round of rows_together.sql: everything on, used, everything off.
SELECT format('SELECT feature(%L, true)', f) FROM unnest(string_to_array(:'order_of_on', ',')) f \gexec
SELECT is((SELECT string_agg(format('%s %s %s', kind, relation, state), ', ') FROM (SELECT 'tenants', relation, state FROM dbeng.tenant_tables UNION ALL SELECT 'counts', child, state FROM dbeng.counter_caches
	UNION ALL SELECT 'path', relation, state FROM dbeng.path_tables UNION ALL SELECT 'search', relation, state FROM dbeng.full_text_tables UNION ALL SELECT 'versions', relation, state FROM dbeng.versioned_tables
	UNION ALL SELECT 'audit', relation, state FROM dbeng.audited_tables) s(kind, relation, state) WHERE state <> 'on'), NULL, format('round %s: all of it is on', :round));
SELECT is((SELECT string_agg(attname, ' ' ORDER BY attname) FROM pg_attribute WHERE attrelid = 'orders_live'::regclass AND attnum > 0),
	'customer_id id items_count parent_id path search_vector tenant_id title updated_at version', 'the view of live rows has all columns, whenever they came');

RESET ROLE;
SET ROLE together_app;
SET app.tenant_id = '1';
INSERT INTO customers (id, name) VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO orders (id, customer_id, parent_id, title) VALUES (10, 1, NULL, 'chairs'), (11, 1, 10, 'legs'), (12, 1, 11, 'screws'), (13, 2, NULL, 'lamps');
INSERT INTO items (id, order_id, sku) SELECT n, 10 + n % 4, 's' || n FROM generate_series(1, 12) n;
SET app.tenant_id = '2';
INSERT INTO customers (id, name) VALUES (3, 'Cid');
INSERT INTO orders (id, customer_id, title) VALUES (20, 3, 'chairs');
INSERT INTO items (id, order_id, sku) VALUES (21, 20, 's');
SELECT is(wrong(), 'none', 'written');

-- Another tenant's rows are not there to be deleted.
WITH d AS (DELETE FROM customers WHERE id = 1 RETURNING 1) SELECT is(count(*), 0::bigint, 'of another tenant') FROM d;
WITH d AS (DELETE FROM orders RETURNING id) SELECT is(array_agg(id), '{20}', 'all, of this one') FROM d;
SELECT is(wrong(), 'none', 'deleted');
SELECT is((SELECT count(*) FROM items), 1::bigint, 'kept');
SELECT is((SELECT count(*) FROM items_live), 0::bigint, 'not live');
SET app.tenant_id = '1';
SELECT is((SELECT count(*) FROM orders_live), 4::bigint, 'of the other one, nothing');

-- A deletion, as what it is: versions count, the log has it, undone it is restored.
BEGIN;
UPDATE orders SET title = 'stools' WHERE id = 10;
DELETE FROM customers WHERE id = 1;
UPDATE customers SET name = 'Rob' WHERE id = 2;
SELECT pg_current_xact_id() AS deletion \gset
COMMIT;
SELECT is(wrong(), 'none', 'deleted with all that it has');
SELECT is((SELECT array_agg(id ORDER BY id) FROM orders_live), '{13}', 'by foreign keys');
SELECT is((SELECT array_agg(id ORDER BY id) FROM items_live), '{3,7,11}', 'of foreign keys');
SELECT is((SELECT version FROM orders WHERE id = 11), 2::bigint, 'that counts as a version');
SELECT throws_ok('UPDATE orders SET version = 1 WHERE id = 11', '40001', NULL, 'whoever knows the one before is told');
SELECT throws_ok($$INSERT INTO items (id, order_id, sku) VALUES (50, 11, 'late')$$, '23503', NULL, 'nothing comes under a deleted row');
RESET ROLE;
SELECT results_eq(format($$SELECT DISTINCT relation::text COLLATE "default", action, changed_columns::text[] @> '{deleted_at,deletion_id}' FROM dbeng.audit_log WHERE transaction_id = %L AND 'deletion_id' = ANY (changed_columns) ORDER BY 1$$, :'deletion'),
	$$VALUES ('customers', 'UPDATE', true), ('items', 'UPDATE', true), ('orders', 'UPDATE', true)$$, 'the log has an UPDATE of deleted_at');
SELECT is((SELECT string_agg(action, ' ') FROM dbeng.undo(:'deletion')), 'UPDATE RESTORE UPDATE', 'undoing restores it once');
SELECT is((SELECT count(*) FROM dbeng.undo(:'deletion', false)), 3::bigint, 'undone');
SELECT is(wrong(), 'none', 'all of it is alive');
SELECT is((SELECT array_agg(id ORDER BY id) FROM shop.orders WHERE deleted_at IS NULL), '{10,11,12,13}', 'all');
SELECT is((SELECT title FROM shop.orders WHERE id = 10), 'chairs', 'and what was changed before is changed back');
SELECT is((SELECT count(*) FROM dbeng.deletions WHERE key = '{"tenant_id": 1, "id": 1}' AND restored_at IS NOT NULL), 1::bigint, 'the deletion is on record as restored');

-- What was inserted is deleted, as any row; a restore is not undone.
SET ROLE together_app;
BEGIN;
INSERT INTO orders (id, customer_id) VALUES (30, 2);
INSERT INTO items (id, order_id) VALUES (30, 30);
SELECT pg_current_xact_id() AS insertion \gset
COMMIT;
RESET ROLE;
SELECT is((SELECT string_agg(concat_ws(' ', relation::regclass::text, action), ', ') FROM dbeng.undo(:'insertion', false)), 'items DELETE, orders DELETE', 'inserted rows');
SELECT is((SELECT array_agg(id) FROM shop.orders WHERE deleted_at IS NOT NULL AND id = 30), '{30}', 'are kept');
SELECT is((SELECT count(*) FROM dbeng.deletions WHERE key IN ('{"id": 30}') AND restored_at IS NULL AND relation IN ('shop.orders'::regclass, 'shop.items'::regclass)), 2::bigint, 'and their deletions on record');
SELECT is(wrong(), 'none', 'and not counted');
BEGIN;
SELECT dbeng.restore('shop.orders', '{"id": 30}');
SELECT pg_current_xact_id() AS restoration \gset
COMMIT;
SELECT throws_ok(format('SELECT dbeng.undo(%L, false)', :'restoration'), '55000', NULL, 'a restore is not undone');
SET dbeng.hard_delete = on;
DELETE FROM shop.orders WHERE id = 30;
RESET dbeng.hard_delete;

-- Restored by the owner, whom policies hold back as everybody else.
SET ROLE together_app;
DELETE FROM orders WHERE id = 11;
SELECT is((SELECT array_agg(id ORDER BY id) FROM orders_live), '{10,13}', 'a subtree goes');
SELECT is(wrong(), 'none', 'deleted');
RESET ROLE;
SELECT max(deletion_id) AS last FROM dbeng.deletions \gset
SET ROLE together_owner;
RESET app.tenant_id;
SELECT is(failure(format('SELECT dbeng.restore(%s)', :last)), '42501', 'not of a tenant that is not his');
SET app.tenant_id = '1';
SELECT is(dbeng.restore(:last), 8::bigint, 'of his');
SELECT is(wrong(), 'none', 'restored');
DELETE FROM items WHERE id = 1;
SELECT is(dbeng.restore('items', '{"id": 1}'), 1::bigint, 'one row');
SELECT is(wrong(), 'none', 'restored');

-- For good.
SET app.tenant_id = '1';
DELETE FROM orders WHERE id = 12;
SELECT is(dbeng.purge('orders', '-1 s', dry_run => false), 1::bigint, 'purged as a tenant, of that tenant');
SELECT is(wrong(), 'none', 'purged');
RESET ROLE;
SELECT is((SELECT array_agg(id ORDER BY id) FROM shop.orders), '{10,11,13,20}', 'what is another''s is there');
SELECT ok(EXISTS (SELECT FROM dbeng.deletions WHERE relation = 'shop.orders'::regclass AND restored_at IS NULL), 'and on record');
SET ROLE together_owner;
SET app.tenant_id = '2';
SELECT is(dbeng.restore('orders', '{"id": 20}'), 2::bigint, 'so that it can be restored');
SELECT is(wrong(), 'none', 'restored');
DELETE FROM customers WHERE id = 3;
RESET app.tenant_id;

SELECT format('SELECT feature(%L, false)', f) FROM unnest(string_to_array(:'order_of_off', ',')) f \gexec
SELECT is(looks(), (SELECT looks FROM before), 'off again, all is what it was');
SELECT is((SELECT array_agg(id ORDER BY id) FROM customers), '{1,2}', 'deleted rows are gone, of every tenant');
TRUNCATE customers, orders, items;
