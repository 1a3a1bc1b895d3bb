-- The advisor from outside: what must be advised is, builds as its fix stands in psql, and is worth what was said; what must
-- not be advised is not; what cannot be asked is refused clearly. Indexes are built concurrently, so nothing of this is in
-- one transaction; all of it is in two schemas, dropped at the end.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SELECT to_regproc('dbeng.advise_index') IS NULL OR to_regproc('dbeng.advise_indexes') IS NULL OR to_regproc('dbeng.advise_drops') IS NULL AS absent \gset
\if :absent
\echo 1..0 # SKIP there is no advisor
\quit
\endif
SET client_min_messages = warning;
SET jit = off;
-- Every row is in the sample of ANALYZE: estimates are the same each time.
SET default_statistics_target = 200;
SET max_parallel_workers_per_gather = 0;
SET random_page_cost = 1.1;
SELECT no_plan();

DROP SCHEMA IF EXISTS advised, "Odd Place" CASCADE;
CREATE SCHEMA advised;
CREATE SCHEMA "Odd Place";
CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA advised;
SET search_path = advised, public;
CREATE DOMAIN serial_number AS text;
CREATE TABLE parcel (
	gone int,
	id int PRIMARY KEY,
	code text NOT NULL,
	number serial_number NOT NULL UNIQUE,
	customer int NOT NULL,
	state text NOT NULL,
	sent timestamptz NOT NULL,
	weight numeric NOT NULL,
	tags text[] NOT NULL,
	data jsonb NOT NULL,
	during int4range NOT NULL,
	note text NOT NULL
);
ALTER TABLE parcel DROP COLUMN gone;
INSERT INTO parcel SELECT n, 'C' || md5(n::text), 'N' || n, n * 7919 % 3001, CASE WHEN n % 500 = 0 THEN 'lost' ELSE 'done' END, timestamptz '2025-01-01' + n * 7919 % 40000 * interval '1 minute',
	n * 31 % 9973, ARRAY['t' || n % 7, 'r' || n * 13 % 4001], jsonb_build_object('ref', 'R' || n * 17 % 20011, 'colour', n % 5), int4range(n * 3, n * 3 + 5), repeat('as ordered ', 5)
FROM generate_series(1, 40000) n;
CREATE TABLE "Odd Place"."Big Table" ("Key Col" int NOT NULL, "select" text NOT NULL, "it's ""it""" date NOT NULL);
INSERT INTO "Odd Place"."Big Table" SELECT n * 7919 % 20011, md5(n::text), date '2020-01-01' + n % 2000 FROM generate_series(1, 20000) n;
CREATE TABLE part (id int NOT NULL, day date NOT NULL, place int NOT NULL, note text NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');
CREATE TABLE part_rest PARTITION OF part DEFAULT;
INSERT INTO part SELECT n, date '2025-01-01' + n % 90, n * 7919 % 2003, repeat('as ordered ', 5) FROM generate_series(1, 30000) n;
CREATE TABLE small (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO small SELECT n, 'name ' || n FROM generate_series(1, 30) n;
CREATE TABLE pinged (id int PRIMARY KEY, seen timestamptz NOT NULL, agent text NOT NULL) WITH (fillfactor = 70);
INSERT INTO pinged SELECT n, timestamptz '2025-01-01' + n * 7919 % 10007 * interval '1 minute', repeat('agent ', 5) FROM generate_series(1, 10000) n;
CREATE TABLE receipt (id int PRIMARY KEY, parcel_id int NOT NULL REFERENCES parcel, amount numeric NOT NULL);
INSERT INTO receipt SELECT n, 1 + n * 7919 % 40000, n FROM generate_series(1, 30000) n;
CREATE VIEW lost AS SELECT p.id, p.code, r.amount FROM parcel p JOIN receipt r ON r.parcel_id = p.id WHERE p.state = 'lost';
CREATE TEMP TABLE scratch AS SELECT n AS id, md5(n::text) AS code FROM generate_series(1, 30000) n;
VACUUM ANALYZE parcel, "Odd Place"."Big Table", part, small, pinged, receipt;
ANALYZE scratch;

-- One statement, one index. columns: what the advised ones must look like.
CREATE TABLE wanted (id int PRIMARY KEY, name text, query text, relation regclass, method text, columns text);
INSERT INTO wanted VALUES
	(1, 'equality', $$SELECT id FROM parcel WHERE code = 'C' || md5('17')$$, 'parcel', 'btree', '^code'),
	(2, 'equality and range', $$SELECT id, note FROM parcel WHERE customer = 17 AND weight BETWEEN 10 AND 300$$, 'parcel', 'btree', '^customer, weight'),
	(3, 'equality, newest first', $$SELECT id, note FROM parcel WHERE customer = 17 ORDER BY sent DESC LIMIT 5$$, 'parcel', 'btree', '^customer, sent'),
	(4, 'order and limit', $$SELECT id, note FROM parcel ORDER BY weight DESC, sent LIMIT 5$$, 'parcel', 'btree', '^weight( DESC, sent|, sent DESC)'),
	(5, 'expression', $$SELECT id FROM parcel WHERE lower(code) = 'x'$$, 'parcel', 'btree', 'lower\(code\)'),
	(6, 'array', $$SELECT id FROM parcel WHERE tags @> ARRAY['r77']$$, 'parcel', 'gin', '^tags'),
	-- Of no row: one that ANALYZE happens to take into its histogram counts for a hundredth of all rows.
	(7, 'jsonb', $$SELECT id FROM parcel WHERE data @> '{"ref": "none"}'$$, 'parcel', 'gin', '^data'),
	(8, 'jsonb key', $$SELECT id, note FROM parcel WHERE data ->> 'ref' = 'R77'$$, 'parcel', 'btree', 'data ->> ''ref'''),
	(9, 'range', $$SELECT id FROM parcel WHERE during && int4range(700, 703)$$, 'parcel', 'gist', '^during'),
	(10, 'prefix', $$SELECT id FROM parcel WHERE code LIKE 'Cabc1%'$$, 'parcel', 'btree', '^code text_pattern_ops'),
	(11, 'quoted names', $$SELECT "select" FROM "Odd Place"."Big Table" WHERE "Key Col" = 5 AND "it's ""it""" > '2020-06-01'$$, '"Odd Place"."Big Table"', 'btree', '^"Key Col"'),
	(12, 'partitioned', $$SELECT id, note FROM part WHERE place = 17$$, 'part', 'btree', '^place'),
	(13, 'update', $$UPDATE parcel SET note = 'x' WHERE code = 'C1'$$, 'parcel', 'btree', '^code'),
	(14, 'delete', $$DELETE FROM receipt WHERE parcel_id = 17$$, 'receipt', 'btree', '^parcel_id'),
	(15, 'common table expression', $$WITH mine AS MATERIALIZED (SELECT id, sent FROM parcel WHERE customer = 9) SELECT max(sent) FROM mine$$, 'parcel', 'btree', '^customer'),
	(16, 'exists', $$SELECT s.name FROM small s WHERE EXISTS (SELECT FROM receipt r WHERE r.parcel_id = s.id)$$, 'receipt', 'btree', '^parcel_id'),
	(17, 'domain and rare value', $$SELECT id, number FROM parcel WHERE state = 'lost' ORDER BY sent LIMIT 5$$, 'parcel', 'btree', '(state|sent)');
CREATE TABLE advice AS SELECT w.id, a.* FROM wanted w CROSS JOIN LATERAL dbeng.advise_index(w.query) a;
SELECT ok(count(a.*) FILTER (WHERE a.relation = w.relation AND a.method = w.method AND a.columns ~ w.columns) > 0, w.name || ' is advised: ' || coalesce(string_agg(concat_ws(' ', a.relation, a.method, a.columns), '; '), 'nothing'))
FROM wanted w LEFT JOIN advice a USING (id) GROUP BY w.id, w.name ORDER BY w.id;
SELECT is_empty($$SELECT id, cost_before, cost_after FROM advice WHERE cost_after >= cost_before OR cost_after < 0 OR cost_after IS NULL$$, 'what is advised costs less than what is there');
SELECT is_empty($$SELECT id, improvement_pct FROM advice WHERE improvement_pct NOT BETWEEN 10 AND 100 OR improvement_pct IS NULL$$, 'improvements are as large as was asked for');
SELECT is_empty($$SELECT id, estimated_bytes FROM advice WHERE estimated_bytes < 8192 OR estimated_bytes IS NULL$$, 'sizes are sizes');
SELECT is_empty($$SELECT id, fix FROM advice WHERE fix IS NULL OR fix !~ 'CREATE INDEX' OR rationale IS NULL OR rationale = ''$$, 'each has its statement and its reason');
SELECT is_empty($$SELECT id FROM advice WHERE statements <> 1$$, 'one statement was asked about');
SELECT is_empty($$SELECT id, rank FROM (SELECT id, rank, row_number() OVER (PARTITION BY id ORDER BY rank) AS n FROM advice) r WHERE rank IS DISTINCT FROM n$$, 'ranks count from 1');
SELECT is_empty($$SELECT id FROM advice JOIN pg_class c ON c.oid = relation WHERE c.relispartition$$, 'partitions are not advised on one by one');
SELECT isnt_empty($$SELECT FROM dbeng.advise_index('SELECT id FROM parcel WHERE code = $1')$$, 'a statement with a parameter can be asked about');
SELECT isnt_empty($$SELECT FROM dbeng.advise_index('SELECT code FROM lost WHERE amount > 29990')$$, 'a view can be asked about');

-- Traps.
SELECT is_empty(format('SELECT relation, columns, cost_before, cost_after FROM dbeng.advise_index(%L)', query), name || ': nothing is advised')
FROM (VALUES
	('a small table', $$SELECT id FROM small WHERE name = 'name 17'$$),
	('a primary key', 'SELECT note FROM parcel WHERE id = 17'),
	('a unique constraint', $$SELECT note FROM parcel WHERE number = 'N17'$$),
	('the whole table', 'SELECT * FROM parcel'),
	('most of the table', $$SELECT * FROM parcel WHERE state = 'done'$$),
	('a volatile filter', 'SELECT * FROM parcel WHERE random() < 0.001'),
	('random order', 'SELECT * FROM parcel ORDER BY random() LIMIT 5'),
	('an expression that is not immutable', $$SELECT * FROM parcel WHERE to_char(sent, 'YYYY-MM') = '2025-01'$$),
	('a system catalog', $$SELECT * FROM pg_attribute WHERE attname = 'x' AND attlen = 4$$),
	('a temporary table', $$SELECT * FROM scratch WHERE code = 'x'$$),
	('no table', 'SELECT 1'),
	('a row that is added', $$INSERT INTO small VALUES (99, 'x')$$)
) AS trap (name, query);
SELECT is((SELECT count(*) FROM parcel), 40000::bigint, 'nothing that was asked about was executed');
SELECT is_empty($$SELECT FROM dbeng.advise_index($q$SELECT id FROM parcel WHERE code = 'x'$q$, min_improvement_pct => 100)$$, 'nothing improves by 100 percent');

-- What is said is what comes: every fix, run as it stands, and then the plan.
CREATE TABLE before AS SELECT indexrelid FROM pg_index;
\set fixes `mktemp`
SELECT DISTINCT ON (fix) fix || ';' FROM advice JOIN wanted w USING (id) WHERE advice.relation = w.relation AND advice.method = w.method ORDER BY fix \g :fixes
\i :fixes
\set done `rm -f` :fixes
ANALYZE parcel, "Odd Place"."Big Table", part, receipt;
SELECT is_empty($$SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid AND indrelid::regclass::text !~ '^pg_'$$, 'every fix builds as it stands');
CREATE FUNCTION plan_of(query text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
	RETURN plan -> 0 -> 'Plan';
END $$;
SELECT ok(EXISTS (SELECT FROM jsonb_path_query(plan_of(query)::jsonb, '$.**."Index Name"') i JOIN pg_class c ON c.relname = i #>> '{}' WHERE c.oid NOT IN (SELECT indexrelid FROM before)), name || ': the plan uses what was advised')
FROM wanted ORDER BY id;
-- A btree costs what was said; what other methods cost depends on statistics that only the built index has.
SELECT cmp_ok(abs((plan_of(w.query) ->> 'Total Cost')::float8 - a.cost_after), '<=', CASE a.method WHEN 'btree' THEN 0.1 * a.cost_after + 0.5 ELSE a.cost_after + 5 END,
	w.name || ': as cheap as was said: ' || a.cost_after)
FROM wanted w JOIN LATERAL (SELECT cost_after, method FROM advice a WHERE a.id = w.id ORDER BY cost_after LIMIT 1) a ON true
-- The statistics of an indexed expression are not known before it is built.
WHERE w.name !~ 'expression|jsonb key' ORDER BY w.id;
SELECT is_empty($$SELECT w.name, a.columns FROM wanted w, dbeng.advise_index(w.query, 50) a WHERE a.relation = w.relation AND w.id <> 17$$, 'what was built is not advised again');
DO $$ DECLARE i regclass; BEGIN FOR i IN SELECT indexrelid::regclass FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE NOT c.relispartition AND indexrelid NOT IN (SELECT indexrelid FROM before) AND indrelid::regclass::text !~ '^pg_' LOOP EXECUTE 'DROP INDEX ' || i; END LOOP; END $$;

-- The workload.
CREATE INDEX parcel_sent ON parcel (sent);
CREATE INDEX parcel_note ON parcel (note);
VACUUM ANALYZE parcel;
SELECT oid AS database FROM pg_database WHERE datname = current_database() \gset
SELECT '' FROM pg_stat_statements_reset(0, :database, 0) \g /dev/null
SELECT dbeng.snapshot() \g /dev/null
\o /dev/null
SELECT query FROM wanted, generate_series(1, 20) WHERE id IN (1, 3, 5, 11, 12) \gexec
SELECT 'SELECT id FROM small WHERE name = ''name 17''' FROM generate_series(1, 200) \gexec
SELECT 'SELECT id FROM scratch WHERE code = ''x''' FROM generate_series(1, 20) \gexec
SELECT 'SELECT count(*) FROM pg_attribute WHERE attname = ''x'' AND attlen = 4' FROM generate_series(1, 20) \gexec
SELECT format('UPDATE pinged SET seen = now() WHERE id = %s', n) FROM generate_series(1, 5000) n \gexec
SELECT id FROM pinged WHERE seen < '2025-01-01 00:10+00';
SELECT id, code FROM parcel WHERE sent BETWEEN '2025-01-03' AND '2025-01-03 00:30';
SELECT pg_stat_force_next_flush();
\o
-- Whoever says nothing gets twenty; the workload needs fewer.
CREATE TABLE workload_advice AS SELECT * FROM dbeng.advise_indexes();
SELECT ok(EXISTS (SELECT FROM workload_advice a WHERE a.relation = w.relation AND a.method = w.method AND a.columns ~ w.columns), 'workload: ' || name || ' is advised')
FROM wanted w WHERE id IN (1, 3, 5, 11, 12) ORDER BY id;
SELECT is_empty($$SELECT relation, columns FROM workload_advice WHERE relation NOT IN ('parcel'::regclass, '"Odd Place"."Big Table"'::regclass, 'part'::regclass)$$,
	'workload: no small, temporary, system or much-written table is advised on');
SELECT is_empty($$SELECT relation, columns FROM workload_advice a WHERE NOT EXISTS (SELECT FROM pg_stat_statements s WHERE s.queryid = ANY (a.queryids) AND s.dbid = $$ || :'database' || $$)$$,
	'workload: every piece of advice names statements of pg_stat_statements');
SELECT is_empty($$SELECT * FROM workload_advice WHERE statements <> cardinality(queryids) OR cost_after >= cost_before OR write_cost_pct < 0$$, 'workload: costs and counts fit');
SELECT results_eq('SELECT rank::int FROM workload_advice ORDER BY rank', 'SELECT generate_series(1, count(*)::int) FROM workload_advice', 'workload: ranks count from 1');
SELECT is_empty($$SELECT relation, columns FROM workload_advice WHERE relation = 'parcel'::regclass AND columns ~ '^(id|sent|number)'$$, 'workload: what is there already is not advised');
SELECT results_eq('SELECT count(*) FROM dbeng.advise_indexes(max_indexes => 1)', 'SELECT 1::bigint', 'max_indexes is kept');
SELECT is((SELECT count(*) FROM dbeng.advise_indexes(max_indexes => 0)), 0::bigint, 'max_indexes may be 0');
SELECT cmp_ok((SELECT coalesce(sum(estimated_bytes), 0) FROM dbeng.advise_indexes(max_bytes => 1500000)), '<=', 1500000::numeric, 'max_bytes is kept');
SELECT is((SELECT count(*) FROM dbeng.advise_indexes(max_bytes => 0)), 0::bigint, 'max_bytes may be 0');
SELECT is_empty('SELECT FROM dbeng.advise_indexes(min_improvement_pct => 100)', 'nothing improves by 100 percent');
SELECT dbeng.snapshot() \g /dev/null
SELECT results_eq($$SELECT relation, columns, statements FROM dbeng.advise_indexes(since => '1 day') ORDER BY 1, 2$$, 'SELECT relation, columns, statements FROM workload_advice ORDER BY 1, 2', 'since: snapshots have seen the same');
SELECT results_eq($$SELECT rank, relation, method, columns, queryids FROM dbeng.advise_indexes() ORDER BY rank$$, 'SELECT rank, relation, method, columns, queryids FROM workload_advice ORDER BY rank', 'asked again, the answer is the same');
SELECT is_empty($$SELECT indexrelid::regclass FROM pg_index WHERE indexrelid NOT IN (SELECT indexrelid FROM before) AND indrelid = 'part'::regclass$$, 'asking builds nothing');

-- Drops.
SELECT is_empty($$SELECT d.index FROM dbeng.advise_drops() d JOIN pg_index i ON i.indexrelid = d.index WHERE i.indisunique OR i.indisprimary OR i.indisexclusion OR i.indisreplident$$, 'no index that enforces something can go');
SELECT is_empty($$SELECT d.index FROM dbeng.advise_drops() d JOIN pg_class c ON c.oid = d.index JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('pg_catalog', 'pg_toast', 'information_schema', 'dbeng') OR c.relpersistence = 't' OR c.relispartition$$,
	'nor one of a system or temporary table, nor of a partition');
SELECT is_empty($$SELECT index FROM dbeng.advise_drops() WHERE index = 'parcel_sent'::regclass AND statements_worse = 0$$, 'nor one that a statement of the workload needs');
SELECT is_empty($$SELECT index FROM dbeng.advise_drops() WHERE index_bytes IS NULL OR statements_worse IS NULL OR (fix IS NOT NULL) <> (undo IS NOT NULL)$$, 'what can go has a way there and back');

-- Errors: state, and of what only dbeng refuses a hint.
CREATE FUNCTION state_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
	detail text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT, detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || CASE WHEN hint <> '' THEN ', hint' ELSE '' END || CASE WHEN detail <> '' THEN ', detail' ELSE '' END;
END $$;
SELECT matches(state_of(format('SELECT * FROM dbeng.advise_index(%s)', query)), states, 'advise_index: ' || name)
FROM (VALUES
	('what is no SQL', $$'SELEC 1'$$, '^42601'),
	('half a statement', $$'SELECT * FROM parcel WHERE'$$, '^42601'),
	('an unknown table', $$'SELECT * FROM no_such_table'$$, '^42P01'),
	('an unknown column', $$'SELECT no_such_column FROM parcel'$$, '^42703'),
	('an unknown function', $$'SELECT no_such_function(id) FROM parcel'$$, '^42883'),
	('nothing', $$''$$, '^(22023|42601), hint'),
	('only a comment', $$'-- nothing'$$, '^(22023|42601), hint'),
	('two statements', $$'SELECT 1; SELECT 2'$$, '^(22023|42601), hint'),
	('a utility statement', $$'CREATE TABLE advised.made (a int)'$$, '^(22023|0A000|42601), hint'),
	('a transaction', $$'COMMIT'$$, '^(22023|0A000|42601), hint'),
	('a drop', $$'DROP TABLE advised.parcel'$$, '^(22023|0A000|42601), hint'),
	('an improvement of -1', $$'SELECT 1', -1$$, '^22023, hint'),
	('an improvement of 101', $$'SELECT 1', 101$$, '^22023, hint'),
	('an improvement of NaN', $$'SELECT 1', 'NaN'$$, '^22023, hint'),
	('nesting without end', $$'SELECT ' || repeat('(', 100000) || '1' || repeat(')', 100000)$$, '^(54001|54000|22023|42601|53200)'),
	('a text of 20 MB', $$'SELECT id FROM parcel WHERE code = ''' || repeat('x', 20000000) || ''''$$, '^(no error|54000|22023)')
) AS refused (name, query, states);
SELECT is(to_regclass('advised.made'), NULL, 'no utility statement was executed');
SELECT isnt(to_regclass('advised.parcel'), NULL, 'nor a drop');
SELECT matches(state_of('SELECT * FROM dbeng.advise_indexes(' || arguments || ')'), '^22023, hint', 'advise_indexes: ' || arguments)
FROM unnest(ARRAY['min_improvement_pct => -1', 'min_improvement_pct => 101', 'max_indexes => -1', 'max_bytes => -1', 'since => ''-1 day''']) arguments;

-- Privileges.
CREATE ROLE advised_nobody;
CREATE ROLE advised_monitor IN ROLE pg_monitor;
GRANT USAGE ON SCHEMA advised, "Odd Place" TO advised_monitor, advised_nobody;
SET ROLE advised_nobody;
SELECT is(left(advised.state_of(statement), 5), '42501', 'nobody: ' || statement)
FROM unnest(ARRAY['SELECT * FROM dbeng.advise_indexes()', 'SELECT * FROM dbeng.advise_index(''SELECT 1'')', 'SELECT * FROM dbeng.advise_drops()', 'SELECT * FROM dbeng.advisor_skipped']) statement;
SET ROLE advised_monitor;
SELECT is(advised.state_of(statement), 'no error', 'monitor: ' || statement)
FROM unnest(ARRAY['SELECT * FROM dbeng.advise_indexes()', 'SELECT * FROM dbeng.advise_drops()', 'SELECT * FROM dbeng.advisor_skipped']) statement;
RESET ROLE;
SELECT is_empty($$SELECT relation::regclass, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation::regclass::text ~ '^(parcel|part|small|pinged|receipt|"Odd)'$$, 'no lock is left');
SELECT * FROM finish();
DROP SCHEMA advised, "Odd Place" CASCADE;
DROP ROLE advised_nobody, advised_monitor;
