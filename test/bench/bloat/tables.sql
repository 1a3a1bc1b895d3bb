-- Tables of known shape, in the schema tables. bench.share(n) is a number of 0 to 99 made of n, as good as random and the
-- same in every run. The variable big multiplies the rows of those that the goal for large files is measured with. The variable
-- flush has the counters of what was done reported first, as they are long before a VACUUM that did not come from the same session.
\set flush 'SELECT pg_stat_force_next_flush();'
CREATE SCHEMA tables;
SET search_path = tables, public;

-- One row of about 90 bytes, in many of the shapes.
CREATE TABLE append_only (id bigint, name text, amount numeric, status int, created timestamptz);
CREATE FUNCTION fill(target regclass, first bigint, last bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('INSERT INTO %s SELECT n, md5(n::text), n / 7.0, n %% 10, timestamptz ''2024-01-01'' + n * interval ''1 s'' FROM generate_series(%s, %s) n', target, first, last);
END $$;
SELECT fill('append_only', 1, 150000);
:flush VACUUM ANALYZE append_only;

-- Rows deleted here and there.
CREATE TABLE random_20 (LIKE append_only);
SELECT fill('random_20', 1, 150000);
DELETE FROM random_20 WHERE bench.share(id) < 20;
:flush VACUUM ANALYZE random_20;
CREATE TABLE random_50 (LIKE append_only);
SELECT fill('random_50', 1, 200000 * :big);
DELETE FROM random_50 WHERE bench.share(id) < 50;
:flush VACUUM ANALYZE random_50;
CREATE TABLE random_80 (LIKE append_only);
SELECT fill('random_80', 1, 150000);
DELETE FROM random_80 WHERE bench.share(id) < 80;
:flush VACUUM ANALYZE random_80;

-- Rows deleted in runs: of some pages, one range, all that was old.
CREATE TABLE clustered_20 (LIKE append_only);
SELECT fill('clustered_20', 1, 150000);
DELETE FROM clustered_20 WHERE bench.share(id / 700) < 20;
:flush VACUUM ANALYZE clustered_20;
CREATE TABLE clustered_50 (LIKE append_only);
SELECT fill('clustered_50', 1, 200000 * :big);
DELETE FROM clustered_50 WHERE bench.share(id / 3000) < 50;
:flush VACUUM ANALYZE clustered_50;
CREATE TABLE clustered_80 (LIKE append_only);
SELECT fill('clustered_80', 1, 150000);
DELETE FROM clustered_80 WHERE id < 120000;
:flush VACUUM ANALYZE clustered_80;
-- What is new is full, of what is older ever less is left.
CREATE TABLE fading (LIKE append_only);
SELECT fill('fading', 1, 200000 * :big);
DELETE FROM fading WHERE bench.share(id) > 100 * id / (200000 * :big);
:flush VACUUM ANALYZE fading;

CREATE TABLE fillfactor_70_clean (LIKE append_only) WITH (fillfactor = 70);
SELECT fill('fillfactor_70_clean', 1, 120000);
:flush VACUUM ANALYZE fillfactor_70_clean;
CREATE TABLE fillfactor_70_random_50 (LIKE append_only) WITH (fillfactor = 70);
SELECT fill('fillfactor_70_random_50', 1, 120000);
DELETE FROM fillfactor_70_random_50 WHERE bench.share(id) < 50;
:flush VACUUM ANALYZE fillfactor_70_random_50;
-- A fillfactor that came after the rows: a rewrite would need more room than there is.
CREATE TABLE fillfactor_lowered (LIKE append_only);
SELECT fill('fillfactor_lowered', 1, 120000);
ALTER TABLE fillfactor_lowered SET (fillfactor = 60);
DELETE FROM fillfactor_lowered WHERE bench.share(id) < 20;
:flush VACUUM ANALYZE fillfactor_lowered;

-- Updated in place, vacuumed at the end; the last round is left unvacuumed in the second.
CREATE TABLE hot_updated (LIKE append_only) WITH (fillfactor = 80);
CREATE INDEX ON hot_updated (id);
SELECT fill('hot_updated', 1, 150000 * :big);
UPDATE hot_updated SET status = status + 1 WHERE bench.share(id) < 20;
UPDATE hot_updated SET status = status + 1 WHERE bench.share(id + 1) < 20;
:flush VACUUM ANALYZE hot_updated;
CREATE TABLE hot_unvacuumed (LIKE append_only) WITH (fillfactor = 60);
CREATE INDEX ON hot_unvacuumed (id);
SELECT fill('hot_unvacuumed', 1, 100000);
:flush VACUUM ANALYZE hot_unvacuumed;
UPDATE hot_unvacuumed SET status = status + 1 WHERE bench.share(id) < 60;
-- Every update writes the row elsewhere.
CREATE TABLE churned (LIKE append_only);
SELECT fill('churned', 1, 60000);
UPDATE churned SET status = 1;
:flush VACUUM churned;
UPDATE churned SET status = 2 WHERE bench.share(id) < 70;
UPDATE churned SET status = 3 WHERE bench.share(id) < 40;
:flush VACUUM ANALYZE churned;
-- Written again into the holes, with rows of another size.
CREATE TABLE refilled (LIKE append_only);
SELECT fill('refilled', 1, 150000);
DELETE FROM refilled WHERE bench.share(id) < 60;
:flush VACUUM refilled;
INSERT INTO refilled SELECT n, repeat(md5(n::text), 1 + (n % 4)::int), n, 1, now() FROM generate_series(1, 40000) n;
:flush VACUUM ANALYZE refilled;
-- The free space map still says what VACUUM saw, not what was written since.
CREATE TABLE refilled_since (LIKE append_only);
SELECT fill('refilled_since', 1, 150000);
DELETE FROM refilled_since WHERE bench.share(id / 40) < 60;
:flush VACUUM ANALYZE refilled_since;
SELECT fill('refilled_since', 150001, 200000);

-- Stored out of line: incompressible values of 3 to 30 kB, beside small ones that stay.
CREATE TABLE toasted (id bigint, name text, document text);
ALTER TABLE toasted ALTER document SET STORAGE EXTERNAL;
INSERT INTO toasted SELECT n, md5(n::text), CASE WHEN n % 10 < 7 THEN repeat(md5(n::text), 5) ELSE repeat(md5(n::text), 100 + (n % 800)::int) END
	FROM generate_series(1, 6000) n;
DELETE FROM toasted WHERE bench.share(id) < 40;
:flush VACUUM ANALYZE toasted;
-- A few rows a page, where what a page cannot use counts.
CREATE TABLE wide_inline (id bigint, document text);
ALTER TABLE wide_inline ALTER document SET STORAGE PLAIN;
INSERT INTO wide_inline SELECT n, repeat('x', 1500 + bench.share(n) * 15) FROM generate_series(1, 10000) n;
DELETE FROM wide_inline WHERE bench.share(id + 7) < 30;
:flush VACUUM ANALYZE wide_inline;
CREATE TABLE compressed (id bigint, document text);
INSERT INTO compressed SELECT n, repeat(md5(n::text) || n, 60 + bench.share(n)) FROM generate_series(1, 60000) n;
DELETE FROM compressed WHERE bench.share(id) < 35;
:flush VACUUM ANALYZE compressed;

DO $$
BEGIN
	EXECUTE 'CREATE TABLE narrow_columns (' || (SELECT string_agg(format('c%s %s', n, (ARRAY['smallint', 'boolean', '"char"'])[1 + n % 3]), ', ') FROM generate_series(1, 40) n) || ')';
	EXECUTE 'INSERT INTO narrow_columns SELECT ' || (SELECT string_agg((ARRAY['g % 100', 'g % 2 = 0', 'chr(65 + g % 20)::"char"'])[1 + n % 3], ', ') FROM generate_series(1, 40) n) || ' FROM generate_series(1, 120000) g';
	EXECUTE 'CREATE TABLE padded (' || (SELECT string_agg(format('c%s %s', n, (ARRAY['bigint', 'boolean'])[1 + n % 2]), ', ') FROM generate_series(1, 20) n) || ')';
	EXECUTE 'INSERT INTO padded SELECT ' || (SELECT string_agg((ARRAY['g', 'g % 2 = 0'])[1 + n % 2], ', ') FROM generate_series(1, 20) n) || ' FROM generate_series(1, 80000) g';
	EXECUTE 'CREATE TABLE null_heavy (id bigint, ' || (SELECT string_agg(format('c%s %s', n, (ARRAY['bigint', 'text', 'timestamptz'])[1 + n % 3]), ', ') FROM generate_series(1, 60) n) || ')';
	EXECUTE 'INSERT INTO null_heavy SELECT g, ' || (SELECT string_agg(format('CASE WHEN bench.share(g + %s) < 5 THEN %s END', n, (ARRAY['g', 'md5(g::text)', 'now()'])[1 + n % 3]), ', ') FROM generate_series(1, 60) n) || ' FROM generate_series(1, 80000) g';
END $$;
DELETE FROM narrow_columns WHERE bench.share(('x' || substr(md5(ctid::text), 1, 8))::bit(32)::int) < 30;
:flush VACUUM ANALYZE narrow_columns;
DELETE FROM padded WHERE bench.share(c2) < 30;
:flush VACUUM ANALYZE padded;
DELETE FROM null_heavy WHERE bench.share(id / 50) < 25;
:flush VACUUM ANALYZE null_heavy;

-- One row in twenty is forty times as wide as the others; the wide ones come in bursts.
CREATE TABLE skewed (id bigint, note text);
ALTER TABLE skewed ALTER note SET STORAGE PLAIN;
INSERT INTO skewed SELECT n, CASE WHEN bench.share(n / 400) < 5 THEN repeat('y', 1200 + bench.share(n) * 6) ELSE 'short ' || n END
	FROM generate_series(1, 200000 * :big) n;
DELETE FROM skewed WHERE bench.share(id + 3) < 30 OR bench.share(id / 2000) < 10;
:flush VACUUM ANALYZE skewed;
CREATE TABLE documents (id bigint, body jsonb);
INSERT INTO documents SELECT n, jsonb_build_object('id', n, 'name', md5(n::text), 'tags', to_jsonb(array_fill(md5((n % 50)::text), ARRAY[1 + bench.share(n) / 12])))
	FROM generate_series(1, 60000) n;
DELETE FROM documents WHERE bench.share(id) < 45;
:flush VACUUM ANALYZE documents;

-- A rewrite leaves out what dropped columns still hold, and puts in what columns added later have by default.
CREATE TABLE dropped_columns (id bigint, old text, name text, older bigint);
INSERT INTO dropped_columns SELECT n, repeat('z', 60), md5(n::text), n FROM generate_series(1, 80000) n;
ALTER TABLE dropped_columns DROP old, DROP older;
INSERT INTO dropped_columns SELECT n, md5(n::text) FROM generate_series(1, 40000) n;
DELETE FROM dropped_columns WHERE bench.share(id) < 20;
:flush VACUUM ANALYZE dropped_columns;
CREATE TABLE added_columns (LIKE append_only);
SELECT fill('added_columns', 1, 120000);
ALTER TABLE added_columns ADD region text DEFAULT 'somewhere in the north', ADD weight bigint DEFAULT 1;
DELETE FROM added_columns WHERE bench.share(id) < 40;
:flush VACUUM ANALYZE added_columns;

CREATE TABLE never_analysed (LIKE append_only);
SELECT fill('never_analysed', 1, 150000);
DELETE FROM never_analysed WHERE bench.share(id / 100) < 45;
-- The deleted rows are still there.
CREATE TABLE unvacuumed_random (LIKE append_only);
SELECT fill('unvacuumed_random', 1, 200000 * :big);
:flush VACUUM ANALYZE unvacuumed_random;
DELETE FROM unvacuumed_random WHERE bench.share(id) < 40;
CREATE TABLE unvacuumed_clustered (LIKE append_only);
SELECT fill('unvacuumed_clustered', 1, 200000 * :big);
:flush VACUUM ANALYZE unvacuumed_clustered;
DELETE FROM unvacuumed_clustered WHERE bench.share(id / 5000) < 40;
-- Some holes that VACUUM has made, some rows deleted since.
CREATE TABLE half_vacuumed (LIKE append_only);
SELECT fill('half_vacuumed', 1, 150000);
DELETE FROM half_vacuumed WHERE bench.share(id) < 30;
:flush VACUUM ANALYZE half_vacuumed;
DELETE FROM half_vacuumed WHERE bench.share(id + 1) < 30 AND id > 75000;
-- VACUUM has left the pointers, and the entries of the index with them.
CREATE TABLE pointers_left (LIKE append_only);
CREATE INDEX ON pointers_left (id);
SELECT fill('pointers_left', 1, 120000);
DELETE FROM pointers_left WHERE bench.share(id) < 50;
:flush VACUUM (INDEX_CLEANUP off, ANALYZE) pointers_left;
-- A load that was given up.
CREATE TABLE aborted_load (LIKE append_only);
SELECT fill('aborted_load', 1, 90000);
:flush VACUUM ANALYZE aborted_load;
BEGIN;
SELECT fill('aborted_load', 1, 60000);
ROLLBACK;

CREATE TABLE partitioned (LIKE append_only) PARTITION BY RANGE (id);
CREATE TABLE partitioned_1 PARTITION OF partitioned FOR VALUES FROM (0) TO (50000);
CREATE TABLE partitioned_2 PARTITION OF partitioned FOR VALUES FROM (50000) TO (100000);
CREATE TABLE partitioned_3 PARTITION OF partitioned FOR VALUES FROM (100000) TO (150000);
CREATE TABLE partitioned_4 PARTITION OF partitioned DEFAULT;
SELECT fill('partitioned', 1, 180000);
DELETE FROM partitioned WHERE (id < 50000 AND bench.share(id) < 70) OR (id BETWEEN 60000 AND 90000);
:flush VACUUM ANALYZE partitioned;
DELETE FROM partitioned_3 WHERE bench.share(id) < 30;
-- Pages that VACUUM could not cut off.
CREATE TABLE empty_end (LIKE append_only);
SELECT fill('empty_end', 1, 150000);
DELETE FROM empty_end WHERE id > 105000;
:flush VACUUM (TRUNCATE off, ANALYZE) empty_end;
CREATE UNLOGGED TABLE unlogged (LIKE append_only);
SELECT fill('unlogged', 1, 100000);
DELETE FROM unlogged WHERE bench.share(id) < 33;
:flush VACUUM ANALYZE unlogged;
CREATE TABLE no_columns ();
INSERT INTO no_columns SELECT FROM generate_series(1, 300000);
DELETE FROM no_columns WHERE bench.share(('x' || substr(md5(ctid::text), 1, 8))::bit(32)::int) < 40;
:flush VACUUM ANALYZE no_columns;
CREATE TABLE one_boolean (flag boolean);
INSERT INTO one_boolean SELECT n % 2 = 0 FROM generate_series(1, 300000) n;
DELETE FROM one_boolean WHERE bench.share(('x' || substr(md5(ctid::text), 1, 8))::bit(32)::int) < 60;
:flush VACUUM ANALYZE one_boolean;
-- Nearly nothing left: a page in a hundred holds one row.
CREATE TABLE nearly_empty (LIKE append_only);
SELECT fill('nearly_empty', 1, 150000);
DELETE FROM nearly_empty WHERE id % 8000 <> 0;
:flush VACUUM (TRUNCATE off, ANALYZE) nearly_empty;
CREATE MATERIALIZED VIEW summarized AS SELECT id, md5(id::text) || name AS name FROM append_only;
ANALYZE summarized;
DROP FUNCTION fill;

-- With the TOAST tables of those that are there for it.
INSERT INTO bench.subject (kind, name, relation)
	SELECT 'table', c.relname, c.oid FROM pg_class c WHERE c.relnamespace = 'tables'::regnamespace AND c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
	UNION ALL
	SELECT 'table', c.relname || ' (TOAST)', c.reltoastrelid FROM pg_class c WHERE c.relnamespace = 'tables'::regnamespace AND c.reltoastrelid <> 0 AND pg_relation_size(c.reltoastrelid) > 0;
