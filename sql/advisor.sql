-- Advice on indexes as a user meets it: names, fixes and errors, word for word; costs and sizes are the planner's.
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;

-- Nothing to advise on.
SELECT * FROM dbeng.advise_indexes();
SELECT * FROM dbeng.advise_drops();
SELECT * FROM dbeng.advisor_skipped;
CREATE EXTENSION pg_stat_statements;
DO $$ BEGIN PERFORM pg_stat_statements_reset(0, oid, 0) FROM pg_database WHERE datname = current_database(); END $$;
SELECT * FROM dbeng.advise_indexes();
SELECT * FROM dbeng.advise_drops();
SELECT * FROM dbeng.advisor_skipped;
SELECT * FROM dbeng.advisor_progress;

CREATE SCHEMA "My Shop";
SET search_path = "My Shop";
CREATE TABLE "Orders" (id int PRIMARY KEY, "customer No" int NOT NULL, placed timestamp NOT NULL, tags text[] NOT NULL, note text NOT NULL);
INSERT INTO "Orders" SELECT n, n % 503, timestamp '2025-01-01' + n * 7919 % 20011 * interval '1 minute',
	ARRAY['t' || n % 7, 'u' || n * 7919 % 3001], repeat('as ordered ', 6) FROM generate_series(1, 20000) n;
CREATE TABLE days (day date NOT NULL, place int NOT NULL, note text NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');
INSERT INTO days SELECT date '2025-01-01' + n % 59, n * 7919 % 2003, repeat('as ordered ', 6) FROM generate_series(1, 20000) n;
VACUUM ANALYZE "Orders", days;

-- One statement.
\x
SELECT a.rank, a.relation, a.method, a.columns, a.statements, a.queryids, a.write_cost_pct, a.fix
  FROM unnest(ARRAY[
	$$SELECT * FROM "Orders" WHERE "customer No" = $1 ORDER BY placed DESC LIMIT 10$$,
	$$SELECT * FROM "Orders" WHERE tags @> ARRAY['u17']$$,
	$$EXPLAIN SELECT * FROM "Orders" WHERE lower(note) = 'x'$$,
	$$SELECT * FROM days WHERE place = 17$$]) WITH ORDINALITY AS q(query, n), dbeng.advise_index(query) a
 ORDER BY n, rank;
\x
SELECT * FROM dbeng.advise_index('SELECT * FROM "Orders" WHERE id = 17');
SELECT * FROM dbeng.advise_index('SELECT * FROM pg_class WHERE relpages = 17');
SELECT * FROM dbeng.advise_index('SELECT 1');

-- Errors say what was wrong and what would work.
SELECT * FROM dbeng.advise_index(NULL);
SELECT * FROM dbeng.advise_index('');
SELECT * FROM dbeng.advise_index('SELECT 1; SELECT 2');
SELECT * FROM dbeng.advise_index('VACUUM "Orders"');
SELECT * FROM dbeng.advise_index('COPY "Orders" TO STDOUT');
SELECT * FROM dbeng.advise_index('SELECT 1', -1);
SELECT * FROM dbeng.advise_index('SELECT 1', 'NaN');
SELECT * FROM dbeng.advise_indexes(min_improvement_pct => 100.1);
SELECT * FROM dbeng.advise_indexes(max_indexes => -1);
SELECT * FROM dbeng.advise_indexes(max_bytes => -1);
SELECT * FROM dbeng.advise_indexes(since => '-1 day');
CREATE ROLE regress_advisor_nobody;
GRANT USAGE ON SCHEMA "My Shop" TO regress_advisor_nobody;
SET ROLE regress_advisor_nobody;
SELECT * FROM dbeng.advise_indexes();
SELECT * FROM dbeng.advise_index('SELECT 1');
SELECT * FROM dbeng.advise_drops();
SELECT * FROM dbeng.advisor_progress;
RESET ROLE;

-- What is built is not advised again; what nobody asked for can be dropped once that is known.
CREATE INDEX ON "Orders" ("customer No", placed);
CREATE INDEX orders_note ON "Orders" (note);
SELECT columns FROM dbeng.advise_index($$SELECT * FROM "Orders" WHERE "customer No" = $1 ORDER BY placed DESC LIMIT 10$$);
SELECT count(*) FROM "Orders" WHERE "customer No" = 17;
SELECT index, statements_worse, worst_pct, fix, undo, regexp_replace(reason, 'for .* only', 'for a moment only') AS reason FROM dbeng.advise_drops();
SET dbeng.unused_after = 0;
SELECT index, fix, undo, reason FROM dbeng.advise_drops();

DROP SCHEMA "My Shop" CASCADE;
DROP ROLE regress_advisor_nobody;
DROP EXTENSION pg_stat_statements;
