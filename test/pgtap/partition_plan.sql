-- dbeng.partition_plan(): what is due and why, in the order in which it is done, as SQL that does it, and nothing is changed by looking.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;
SET LOCAL TimeZone = 'UTC';
CREATE FUNCTION pg_temp.code(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN '00000';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
-- Action, partition, range.
CREATE FUNCTION pg_temp.plan(parent regclass) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', action, regexp_replace(partition, '^shop\.', ''), lower || '-' || upper) FROM dbeng.partition_plan(parent)
$$;
-- Runs what the plan says, in its order; CONCURRENTLY is for outside of a transaction.
CREATE PROCEDURE pg_temp.follow(relation regclass) LANGUAGE plpgsql AS $$
DECLARE
	step record;
BEGIN
	FOR step IN SELECT * FROM dbeng.partition_plan(relation) LOOP
		IF step.sql !~ '^CALL' THEN
			EXECUTE replace(step.sql, ' CONCURRENTLY', '');
		END IF;
	END LOOP;
END $$;

CREATE SCHEMA shop;
CREATE SCHEMA archive;

-- Numbers: where the present is, the greatest number says.
CREATE TABLE shop.ids (id bigint PRIMARY KEY, note text) PARTITION BY RANGE (id);
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.ids', '100', premake => 2)$$, 'a set');
SELECT is_empty($$SELECT * FROM pg_temp.plan('shop.ids')$$, 'nothing is due');
INSERT INTO shop.ids SELECT generate_series(1, 150);
SELECT is(array_agg(p), '{"create ids_300 300-400"}', 'one more ahead') FROM pg_temp.plan('shop.ids') p;
SELECT is((SELECT reason FROM dbeng.partition_plan('shop.ids')), 'number 2 after the present one', 'and why');
SELECT is((SELECT sql FROM dbeng.partition_plan('shop.ids')), 'CREATE TABLE shop.ids_300 (LIKE shop.ids INCLUDING ALL EXCLUDING IDENTITY EXCLUDING INDEXES); '
	|| 'ALTER TABLE shop.ids ATTACH PARTITION shop.ids_300 FOR VALUES FROM (''300'') TO (''400'');', 'and how');
SELECT is((SELECT count(*) FROM pg_inherits WHERE inhparent = 'shop.ids'::regclass), 3::bigint, 'looking changes nothing');
CALL pg_temp.follow('shop.ids');
SELECT is_empty($$SELECT * FROM pg_temp.plan('shop.ids')$$, 'what it says is what there is to do');
DELETE FROM shop.ids WHERE id > 90;
SELECT is_empty($$SELECT * FROM pg_temp.plan('shop.ids')$$, 'nothing is too many');

-- Retention of numbers and of partitions, each end of a partition.
INSERT INTO shop.ids SELECT generate_series(200, 399);
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.ids', '100', premake => 0, retention => '250')$$, 'a distance');
SELECT is(array_agg(p), '{"detach ids_0 0-100"}', 'what ends further behind') FROM pg_temp.plan('shop.ids') p;
SELECT is((SELECT reason FROM dbeng.partition_plan('shop.ids')), 'it ends at 100, and 250 is kept', 'and why');
SELECT is((SELECT sql FROM dbeng.partition_plan('shop.ids')), 'ALTER TABLE shop.ids DETACH PARTITION shop.ids_0 CONCURRENTLY;', 'and how');
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.ids', '100', premake => 0, retention => '299')$$, 'to the last number');
SELECT is(array_agg(p), '{"detach ids_0 0-100"}', 'at its end it goes') FROM pg_temp.plan('shop.ids') p;
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.ids', '100', premake => 0, retention => '300')$$, 'one more');
SELECT is_empty($$SELECT * FROM pg_temp.plan('shop.ids')$$, 'not before');
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.ids', '100', premake => 0, retention => '1 partition', on_expiry => 'drop')$$, 'a number of partitions');
SELECT is(array_agg(p), '{"drop ids_0 0-100","drop ids_100 100-200"}', 'those before it, the oldest first') FROM pg_temp.plan('shop.ids') p;
SELECT is((SELECT count(*) FROM dbeng.partitions WHERE parent = 'shop.ids'::regclass AND expired), 2::bigint, 'expired');
CREATE TABLE shop.ids_rest PARTITION OF shop.ids DEFAULT;
SELECT is((SELECT min(sql) FROM dbeng.partition_plan('shop.ids')), 'ALTER TABLE shop.ids DETACH PARTITION shop.ids_0; DROP TABLE shop.ids_0;', 'beside a default partition not concurrently');
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.ids', '100', premake => 0, retention => '2 partitions', on_expiry => 'move', archive_schema => 'archive')$$, 'to another schema');
SELECT is((SELECT sql FROM dbeng.partition_plan('shop.ids')), 'ALTER TABLE shop.ids DETACH PARTITION shop.ids_0; ALTER TABLE shop.ids_0 SET SCHEMA archive;', 'moved');
CALL pg_temp.follow('shop.ids');
SELECT is((SELECT count(*) FROM archive.ids_0), 90::bigint, 'the plan moves it');
SELECT is_empty($$SELECT * FROM pg_temp.plan('shop.ids')$$, 'and that is all');
DROP SCHEMA archive CASCADE;
SELECT lives_ok($$INSERT INTO shop.ids SELECT generate_series(400, 500)$$, 'numbers for the default partition');
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.ids', '100', premake => 1, with_default => true)$$, 'without retention');

-- Rows of the default partition are no obstacle.
SELECT is(array_agg(p), '{"drain ids_rest 400-500"}', 'they are moved') FROM pg_temp.plan('shop.ids') p;
SELECT is((SELECT reason FROM dbeng.partition_plan('shop.ids')), 'number 1 after the present one; the default partition has rows of it', 'and why');
SELECT is((SELECT sql FROM dbeng.partition_plan('shop.ids')), 'CALL dbeng.drain_default(''shop.ids'');', 'and how');
INSERT INTO shop.ids VALUES (-250), (-210), (-7), (1000000);
SELECT is(array_agg(p), '{"drain ids_rest 400-500","drain ids_rest -300--200","drain ids_rest -100-0"}', 'those of before, too; but nothing is made for what is far ahead') FROM pg_temp.plan('shop.ids') p;
UPDATE dbeng.partition_set SET draining = true WHERE parent = 'shop.ids'::regclass;
SELECT is(array_agg(p), '{"drain ids_rest 1000000-1000100","create ids_1000100 1000100-1000200","drain ids_rest -300--200","drain ids_rest -100-0","drain ids_rest 400-500","drain ids_rest 500-600","drain ids_rest 1000000-1000100"}',
	'unless it is a table that is being converted') FROM pg_temp.plan('shop.ids') p;
UPDATE dbeng.partition_set SET draining = false WHERE parent = 'shop.ids'::regclass;

-- A table all of whose rows are in the default partition: these tell where the present is.
CREATE TABLE shop.adopted (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE shop.adopted_rest PARTITION OF shop.adopted DEFAULT;
INSERT INTO shop.adopted SELECT generate_series(1, 250);
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.adopted', '100', premake => 1)$$, 'managed');
SELECT is(array_agg(p), '{"drain adopted_rest 200-300","drain adopted_rest 0-100","drain adopted_rest 100-200"}', 'the present first') FROM pg_temp.plan('shop.adopted') p;
SELECT is((SELECT string_agg(lower, ',') FROM dbeng.partitions WHERE parent = 'shop.adopted'::regclass), '300', 'and one ahead was made');
INSERT INTO shop.adopted VALUES (310);
SELECT is((SELECT count(*) FROM pg_temp.plan('shop.adopted') p WHERE p = 'create adopted_400 400-500'), 1::bigint, 'goes on from where rows are');
-- A slip of a digit takes no place from what the sequence gives, and puts nothing out.
CREATE TABLE shop.slip (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, note text) PARTITION BY RANGE (id);
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.slip', '100', premake => 1, retention => '500')$$, 'managed');
INSERT INTO shop.slip SELECT FROM generate_series(1, 150);
CREATE TABLE shop.slip_far PARTITION OF shop.slip FOR VALUES FROM (10000000) TO (10000100);
INSERT INTO shop.slip VALUES (10000007);
SELECT is(array_agg(p), '{"create slip_200 200-300","create slip_10000100 10000100-10000200",none}', 'both places are looked after')
FROM pg_temp.plan('shop.slip') p;
SELECT is((SELECT string_agg(reason, ' ') FROM dbeng.partition_plan('shop.slip') WHERE reason ~ 'retention'), 'retention counts from 150, what its sequence has given, and not from 10000007, the greatest number', 'and it is told of');
SELECT is((SELECT count(*) FROM dbeng.partitions WHERE parent = 'shop.slip'::regclass AND expired), 0::bigint, 'nothing is past retention');
CREATE TABLE shop.by_serial (id serial PRIMARY KEY, note text) PARTITION BY RANGE (id);
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.by_serial', '10', premake => 0)$$, 'managed');
INSERT INTO shop.by_serial SELECT FROM generate_series(1, 9);
DELETE FROM shop.by_serial;
SELECT is(nextval('shop.by_serial_id_seq'), 10::bigint, 'what was given and is gone');
SELECT is(array_agg(p), '{"create by_serial_10 10-20"}', 'is where it goes on') FROM pg_temp.plan('shop.by_serial') p;
-- The least of all numbers: behind it there is nothing.
CREATE TABLE shop.least (id smallint PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE shop.least_rest PARTITION OF shop.least DEFAULT;
INSERT INTO shop.least VALUES (30000), (-32768);
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.least', '20000', premake => 0)$$, 'managed');
SELECT is(array_agg(p), '{"drain least_rest 20000-","drain least_rest --20000"}', 'up to MAXVALUE, and from MINVALUE') FROM (
	SELECT concat_ws(' ', action, regexp_replace(partition, '^shop\.', ''), concat(lower, '-', upper)) FROM dbeng.partition_plan('shop.least')) q(p);

-- Beside partitions that somebody has made otherwise.
CREATE TABLE shop.odd (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE shop.odd_1 PARTITION OF shop.odd FOR VALUES FROM (0) TO (130);
CREATE TABLE shop.odd_2 PARTITION OF shop.odd FOR VALUES FROM (150) TO (160);
CREATE TABLE shop.odd_3 PARTITION OF shop.odd FOR VALUES FROM (270) TO (275);
INSERT INTO shop.odd VALUES (120);
INSERT INTO dbeng.partition_set (parent, encoding, step_number, premake) VALUES ('shop.odd', 'number', 100, 2);
SELECT is(array_agg(p), '{"create odd_130 130-150","create odd_160 160-200","create odd_200 200-270","create odd_275 275-300","create odd_300 300-400"}', 'what is free between them') FROM pg_temp.plan('shop.odd') p;
CALL pg_temp.follow('shop.odd');
SELECT is_empty($$SELECT * FROM pg_temp.plan('shop.odd')$$, 'and nothing overlaps');
CREATE TABLE shop.odd_last PARTITION OF shop.odd FOR VALUES FROM (500) TO (MAXVALUE);
INSERT INTO shop.odd VALUES (399);
SELECT is(array_agg(p), '{"create odd_400 400-500"}', 'up to one that takes all the rest') FROM pg_temp.plan('shop.odd') p;
INSERT INTO shop.odd VALUES (777);
SELECT is(array_agg(p), '{"none 400-500"}', 'a gap behind the present is told of') FROM pg_temp.plan('shop.odd') p;

-- Time.
CREATE TABLE shop.months (at timestamptz NOT NULL) PARTITION BY RANGE (at);
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.months', '1 month', premake => 1, time_zone => 'Asia/Tokyo')$$, 'months of Tokyo');
SELECT lives_ok(format('CREATE TABLE shop.months_%s PARTITION OF shop.months FOR VALUES FROM (%L) TO (%L)', i, m AT TIME ZONE 'Asia/Tokyo', (m + interval '1 month') AT TIME ZONE 'Asia/Tokyo'), i || ' months ago')
FROM generate_series(2, 6) i, LATERAL (SELECT date_trunc('month', now() AT TIME ZONE 'Asia/Tokyo') - i * interval '1 month') p(m);
SELECT is_empty($$SELECT * FROM pg_temp.plan('shop.months')$$, 'nothing to do');
DROP TABLE shop.months_3;
SELECT is((SELECT concat_ws(' ', action, partition, reason) FROM dbeng.partition_plan('shop.months')), 'none no partition takes what belongs there; behind the present none is made', 'a gap');
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.months', '1 month', premake => 2, time_zone => 'Asia/Tokyo', retention => '4 months', on_expiry => 'drop')$$, 'months are kept');
SELECT is(array_agg(partition ORDER BY partition), '{shop.months_5,shop.months_6}', 'those whose end is older go') FROM dbeng.partition_plan('shop.months') WHERE action = 'drop';
SELECT is((SELECT count(*) FROM dbeng.partition_plan('shop.months') WHERE action = 'drop'), (SELECT count(*) FROM dbeng.partitions WHERE parent = 'shop.months'::regclass AND expired), 'as the view says');
SELECT matches((SELECT min(reason) FROM dbeng.partition_plan('shop.months') WHERE action = 'drop'), '^it ends at \d{4}-\d\d-01 00:00:00\+09, and 4 months is kept$', 'told in the set''s zone');
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.months', '1 month', premake => 2, time_zone => 'Asia/Tokyo', ahead => '150 days')$$, 'so far ahead');
SELECT cmp_ok((SELECT ahead FROM dbeng.partition_sets WHERE parent = 'shop.months'::regclass), '>=', interval '150 days', 'there are partitions');

-- Infinite keys and none belong nowhere.
CREATE TABLE shop.infinite (at timestamptz) PARTITION BY RANGE (at);
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.infinite', '1 day', with_default => true)$$, 'with a default partition');
INSERT INTO shop.infinite VALUES ('infinity'), ('-infinity'), (NULL);
SELECT is_empty($$SELECT * FROM pg_temp.plan('shop.infinite')$$, 'infinite keys and NULL are left where they are');
INSERT INTO shop.infinite VALUES ('2020-02-02 12:00:00+00');
SELECT is(array_agg(p), '{"drain infinite_default 2020-02-02 00:00:00+00-2020-02-03 00:00:00+00"}', 'others are not') FROM pg_temp.plan('shop.infinite') p;

-- What is half done.
CREATE TABLE shop.half (id int PRIMARY KEY) PARTITION BY RANGE (id);
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.half', '10', premake => 1)$$, 'a set');
SET LOCAL allow_system_table_mods = on;
UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'shop.half_10'::regclass;
SET LOCAL allow_system_table_mods = off;
SELECT is(array_agg(p), '{"finalize detach half_10 10-20"}', 'a pending detach comes first, and its range is not free') FROM pg_temp.plan('shop.half') p;
SELECT is((SELECT sql FROM dbeng.partition_plan('shop.half')), 'ALTER TABLE shop.half DETACH PARTITION shop.half_10 FINALIZE;', 'and how');
SELECT is(array_agg(partition::text || pending ORDER BY lower), '{shop.half_0false,shop.half_10true}', 'shown as pending') FROM dbeng.partitions WHERE parent = 'shop.half'::regclass;
SET LOCAL allow_system_table_mods = on;
UPDATE pg_inherits SET inhdetachpending = false WHERE inhrelid = 'shop.half_10'::regclass;
-- Who changes that by hand has to tell the session.
UPDATE pg_class SET relname = relname WHERE oid = 'shop.half'::regclass;
SET LOCAL allow_system_table_mods = off;
CREATE TABLE shop.was_one (id int);
INSERT INTO dbeng.partition_leaving (partition, parent, on_expiry) VALUES ('shop.was_one'::regclass, 'shop.half'::regclass, 'drop'), (987654321, 'shop.half'::regclass, 'drop');
SELECT is(array_agg(p || ': ' || sql), '{"drop shop.was_one: DROP TABLE shop.was_one;"}', 'what was detached and not dropped yet') FROM dbeng.partition_plan('shop.half') q(action, partition, l, u, r, sql), concat_ws(' ', action, partition) p;

-- All sets, and whom they are shown to.
SELECT set_eq('SELECT DISTINCT relation::text FROM dbeng.partition_plan()', $$VALUES ('shop.ids'), ('shop.adopted'), ('shop."least"'), ('shop.slip'), ('shop.by_serial'), ('shop.odd'), ('shop.months'), ('shop.infinite'), ('shop.half')$$, 'all sets that have something due');
CREATE ROLE plan_stranger;
CREATE ROLE plan_reader;
CREATE ROLE plan_monitor IN ROLE pg_monitor;
GRANT USAGE ON SCHEMA shop TO plan_stranger, plan_reader, plan_monitor;
GRANT SELECT ON shop.odd TO plan_reader;
UPDATE dbeng.partition_state SET last_error = 'a secret' WHERE parent = 'shop.odd'::regclass;
SET LOCAL ROLE plan_stranger;
SELECT is_empty('SELECT * FROM dbeng.partition_plan()', 'a stranger sees none');
SELECT is_empty('SELECT * FROM dbeng.partition_sets', 'nor sets');
SELECT is_empty('SELECT * FROM dbeng.partitions', 'nor partitions');
SELECT is(pg_temp.code($$SELECT * FROM dbeng.partition_plan('shop.odd')$$), '42501', 'and is told so');
SET LOCAL ROLE plan_reader;
SELECT results_eq('SELECT relation::text FROM dbeng.partition_plan()', $$VALUES ('shop.odd')$$, 'a reader sees what he may read');
SELECT is((SELECT concat(parent, last_error) FROM dbeng.partition_sets), 'shop.odd', 'but no errors');
SET LOCAL ROLE plan_monitor;
SELECT is((SELECT count(*) FROM dbeng.partition_sets), 9::bigint, 'pg_monitor sees all');
SELECT is((SELECT last_error FROM dbeng.partition_sets WHERE parent = 'shop.odd'::regclass), 'a secret', 'and errors');
RESET ROLE;
SELECT is(pg_temp.code($$SELECT * FROM dbeng.partition_plan('pg_class')$$), '55000', 'what is no set has no plan');

SELECT * FROM finish();
ROLLBACK;
