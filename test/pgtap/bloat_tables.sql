-- dbeng.bloat() of tables: what VACUUM FULL makes of them, how far a sample is off, and that nothing is touched.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT no_plan();
CREATE EXTENSION IF NOT EXISTS pageinspect SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pgstattuple SCHEMA public;
-- Since 16 the server adds pages in advance, which pgstattuple does not count as free.
CREATE FUNCTION public.unused(relation regclass) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM generate_series(0, pg_relation_size(relation) / 8192 - 1) AS b WHERE (public.page_header(public.get_raw_page(relation::text, b))).upper = 0
$$;
CREATE EXTENSION IF NOT EXISTS dblink SCHEMA public;
CREATE SCHEMA bloated;
SET search_path = bloated, public;
SELECT setseed(0.5);
SELECT format('dbname=%L host=%L port=%s', current_database(), split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'))
	AS here \gset

-- Every shape without autovacuum, so that it stays as it is.
CREATE FUNCTION shape(name text, rows text, change text DEFAULT NULL, options text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE %I WITH (autovacuum_enabled = off %s) AS %s', name, options, rows);
	IF change IS NOT NULL THEN
		EXECUTE format(change, name);
	END IF;
END $$;
CREATE VIEW plain AS SELECT i AS id, md5(i::text) AS hash, i * 2 AS n FROM generate_series(1, 60000) i;
SELECT shape('fresh', 'TABLE plain') \g /dev/null
SELECT shape('scattered', 'TABLE plain', 'DELETE FROM %I WHERE random() < 0.4') \g /dev/null
SELECT shape('clustered', 'TABLE plain', 'DELETE FROM %I WHERE id %% 10000 < 5000') \g /dev/null
SELECT shape('vacuumed', 'TABLE plain', 'DELETE FROM %I WHERE random() < 0.4') \g /dev/null
SELECT shape('loose', 'TABLE plain', 'DELETE FROM %I WHERE random() < 0.4', ', fillfactor = 70') \g /dev/null
SELECT shape('updated', 'TABLE plain', 'UPDATE %I SET n = n + 1 WHERE random() < 0.3') \g /dev/null
SELECT shape('updated_in_place', 'TABLE plain', 'UPDATE %I SET n = n + 1 WHERE id %% 4 = 0', ', fillfactor = 60') \g /dev/null
SELECT shape('skewed', $$SELECT i, repeat(md5(i::text), 1 + (power(random(), 8) * 50)::int) FROM generate_series(1, 30000) i$$,
	'DELETE FROM %I WHERE random() < 0.4') \g /dev/null
SELECT shape('narrow', 'SELECT i::smallint FROM generate_series(1, 30000) i, generate_series(1, 6)', 'DELETE FROM %I WHERE random() < 0.3') \g /dev/null
SELECT shape('nulls', $$SELECT CASE WHEN i % 7 = 0 THEN i END AS a, CASE WHEN i % 5 = 0 THEN md5(i::text) END AS b, NULL::int8 AS c
	FROM generate_series(1, 60000) i$$, 'DELETE FROM %I WHERE random() < 0.3') \g /dev/null
SELECT shape('dropped', 'SELECT i AS id, md5(i::text) AS kept, md5(i::text) AS gone, i * 2 AS n FROM generate_series(1, 40000) i',
	$$ALTER TABLE %I DROP gone, ADD later text DEFAULT 'a default that old rows do not store', ADD never int$$) \g /dev/null
SELECT shape('documents', $$SELECT i AS id, (SELECT string_agg(md5((i * j)::text), '') FROM generate_series(1, 60 + i % 100) j) AS body
	FROM generate_series(1, 1500) i$$, 'DELETE FROM %I WHERE id %% 5 < 2') \g /dev/null
SELECT shape('empty', 'TABLE plain', 'TRUNCATE %I') \g /dev/null
SELECT shape('emptied', 'TABLE plain', 'DELETE FROM %I') \g /dev/null
VACUUM vacuumed;
VACUUM documents;
BEGIN;
INSERT INTO fresh SELECT i, md5(i::text), i FROM generate_series(1, 20000) i;
DELETE FROM fresh WHERE id < 5000;
ROLLBACK;

CREATE TABLE measured AS
SELECT c.relname, b.* FROM pg_class c, dbeng.bloat(c.oid, NULL) b
WHERE c.relnamespace = 'bloated'::regnamespace AND c.relkind = 'r' AND b.kind IN ('table', 'toast');
CREATE TABLE counted AS
SELECT m.relname, m.kind, s.free_space + 8192 * unused(m.relation) AS free_space, s.dead_tuple_len FROM measured m, pgstattuple(m.relation) s;

SELECT is(count(*), 15::bigint, 'each table is measured, and the one TOAST table that holds anything') FROM measured;
SELECT ok(bool_and(method = 'exact' AND (error_pct = 0 OR kind = 'toast' AND error_pct < 5)), 'reading all pages leaves no error') FROM measured WHERE total_bytes > 0;

-- Unhinted rows must stay unhinted, unpruned and where they are.
SELECT shape('untouched', 'TABLE plain') \g /dev/null
DELETE FROM untouched WHERE id % 3 = 0;
CHECKPOINT;
CREATE FUNCTION pages_of(name text) RETURNS text LANGUAGE sql AS
	$$SELECT md5(string_agg(md5(get_raw_page(name, block::int)), '' ORDER BY block))
	FROM generate_series(0, pg_relation_size(name) / current_setting('block_size')::int - 1) block$$;
SELECT pages_of('untouched') AS before \gset
SELECT count(*) AS unhinted FROM heap_page_items(get_raw_page('untouched', 3)) WHERE t_infomask & (1024 | 2048) = 0 \gset
SELECT ok(:unhinted > 0, 'there are rows without hints');
SELECT ok(count(*) = 2 AND bool_and(dead_bytes > 0), 'they are read, all and a few')
FROM (SELECT * FROM dbeng.bloat('untouched', NULL) UNION ALL SELECT * FROM dbeng.bloat('untouched')) b;
SELECT is(pages_of('untouched'), :'before', 'no page is changed by it: no hints, nothing pruned');

-- What somebody's snapshot still needs is dead, but would not be given back.
SELECT shape('needed', 'TABLE plain') \g /dev/null
SELECT dblink_connect('other', :'here') \g /dev/null
SELECT dblink_exec('other', 'BEGIN ISOLATION LEVEL REPEATABLE READ') \g /dev/null
SELECT n FROM dblink('other', 'SELECT count(*) FROM bloated.needed') AS t(n bigint) \g /dev/null
DELETE FROM needed WHERE id <= 30000;
CREATE TABLE held AS SELECT * FROM dbeng.bloat('needed', NULL);
SELECT ok(dead_bytes > 0.4 * total_bytes AND bloat_bytes <= 8192 * (unused('needed') + 1) AND vacuum_bytes = 0, 'rows of an old snapshot are dead, but nobody gets their room') FROM held;
SELECT dblink_exec('other', 'COMMIT') \g /dev/null
SELECT ok(b.dead_bytes = h.dead_bytes AND (b.bloat_bytes - 8192 * unused('needed')) * 100 / (b.total_bytes - 8192 * unused('needed')) BETWEEN 49 AND 51 AND b.vacuum_bytes = b.dead_bytes, 'until the snapshot has gone')
FROM dbeng.bloat('needed', NULL) b, held h;

-- What another transaction has just written or is deleting is not known to be dead.
SELECT dblink_exec('other', 'BEGIN') \g /dev/null
SELECT dblink_exec('other', 'DELETE FROM bloated.needed WHERE id > 30000') \g /dev/null
SELECT ok((bloat_bytes - 8192 * unused('needed')) * 100 / (total_bytes - 8192 * unused('needed')) BETWEEN 49 AND 51, 'rows whose deletion is not committed are live') FROM dbeng.bloat('needed', NULL);
SELECT dblink_exec('other', 'COMMIT') \g /dev/null
SELECT dblink_disconnect('other') \g /dev/null
SELECT is(bloat_pct, 100.00, 'and dead afterwards') FROM dbeng.bloat('needed', NULL);

-- Samples. Their error is that of a hundred pages of a thousand at most, far from what is allowed here.
CREATE TABLE sampled AS
SELECT m.relname, m.bloat_pct AS exact, b.* FROM measured m, generate_series(1, 5), dbeng.bloat(m.relation, 150) b
WHERE m.kind = b.kind AND m.total_bytes > 0;
SELECT is(string_agg(DISTINCT relname, ', '), NULL, 'samples come near') FROM sampled WHERE abs(exact - bloat_pct) > 3 * error_pct + 1;
SELECT ok(max(blocks_read) <= 160, 'within the limit, and the maps') FROM sampled WHERE relname <> 'documents';
SELECT is(string_agg(DISTINCT relname, ', '), NULL, 'with an error that says something') FROM sampled WHERE error_pct > 20;
SELECT ok(max(error_pct) < 2, 'small where the maps tell of all pages') FROM sampled WHERE relname = 'vacuumed';
SELECT ok(min(error_pct) > 1, 'and not, where few pages of unknown ones look alike') FROM sampled WHERE relname = 'emptied' AND method = 'sample';

SELECT format('VACUUM FULL %I', relname) FROM pg_class WHERE relnamespace = 'bloated'::regnamespace AND relkind = 'r' AND relname IN
	(SELECT relname FROM measured) \gexec
CREATE TABLE rewritten AS
SELECT m.*, pg_relation_size(CASE m.kind WHEN 'table' THEN c.oid ELSE c.reltoastrelid END) AS size
FROM measured m JOIN pg_class c ON c.oid = ('bloated.' || m.relname)::regclass;
SELECT is(string_agg(format('%s %s: %s, not %s', relname, kind, total_bytes - bloat_bytes, size), '; '), NULL, 'VACUUM FULL makes of each what was foretold')
FROM rewritten WHERE abs(total_bytes - bloat_bytes - size) > greatest(0.005 * total_bytes, 8192) AND size <= total_bytes;
SELECT is(string_agg(relname, ', '), NULL, 'and no less is foretold where it makes the table larger') FROM rewritten WHERE size > total_bytes AND bloat_bytes > 0;
SELECT is(string_agg(format('%s %s', m.relname, m.kind), ', '), NULL, 'free and dead bytes are those of pgstattuple, dead ones aligned')
FROM measured m JOIN counted c USING (relname, kind)
WHERE abs(m.free_bytes - c.free_space) > 0.002 * m.total_bytes OR m.dead_bytes NOT BETWEEN c.dead_tuple_len AND 1.3 * c.dead_tuple_len;

SELECT finish();
DROP SCHEMA bloated CASCADE;
DROP FUNCTION public.unused(regclass);
