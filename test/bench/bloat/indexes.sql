-- Indexes of known shape, in the schema indexes; bench.share, big and flush as in tables.sql. What is deleted is deleted
-- after the index was made or filled row by row, so that the holes are in it. Several indexes share a table.
\set flush 'SELECT pg_stat_force_next_flush();'
CREATE SCHEMA indexes;
SET search_path = indexes, public;

-- Unique keys in the order of the rows, deleted here and there and in runs.
DO $$
DECLARE
	share int;
BEGIN
	FOREACH share IN ARRAY ARRAY[20, 50, 80] LOOP
		EXECUTE format('CREATE TABLE random_%1$s_table (id bigint, code uuid, name text)', share);
		EXECUTE format('CREATE TABLE clustered_%1$s_table (id bigint, name text)', share);
	END LOOP;
END $$;
INSERT INTO random_20_table SELECT n, md5(n::text)::uuid, md5(n::text) FROM generate_series(1, 200000) n;
INSERT INTO random_50_table SELECT n, md5(n::text)::uuid, md5(n::text) FROM generate_series(1, 200000 * :big) n;
INSERT INTO random_80_table SELECT n, md5(n::text)::uuid, md5(n::text) FROM generate_series(1, 200000) n;
INSERT INTO clustered_20_table SELECT n, 'x' FROM generate_series(1, 200000) n;
INSERT INTO clustered_50_table SELECT n, 'x' FROM generate_series(1, 200000 * :big) n;
INSERT INTO clustered_80_table SELECT n, 'x' FROM generate_series(1, 200000) n;
CREATE UNIQUE INDEX random_20 ON random_20_table (id);
CREATE UNIQUE INDEX random_50 ON random_50_table (id);
CREATE UNIQUE INDEX random_80 ON random_80_table (id);
CREATE UNIQUE INDEX uuid_random_20 ON random_20_table (code);
CREATE INDEX text_random_50 ON random_50_table (name);
CREATE UNIQUE INDEX clustered_20 ON clustered_20_table (id);
CREATE UNIQUE INDEX clustered_50 ON clustered_50_table (id);
CREATE UNIQUE INDEX clustered_80 ON clustered_80_table (id);
DELETE FROM random_20_table WHERE bench.share(id) < 20;
DELETE FROM random_50_table WHERE bench.share(id) < 50;
DELETE FROM random_80_table WHERE bench.share(id) < 80;
DELETE FROM clustered_20_table WHERE bench.share(id / 1500) < 20;
DELETE FROM clustered_50_table WHERE bench.share(id / 3000) < 50;
DELETE FROM clustered_80_table WHERE id < 160000;
:flush VACUUM (INDEX_CLEANUP on, ANALYZE) random_20_table, random_50_table, random_80_table, clustered_20_table, clustered_50_table, clustered_80_table;

-- The entries of deleted rows are still there; in the second, a scan has marked some of them.
CREATE TABLE unvacuumed_table (id bigint, name text);
INSERT INTO unvacuumed_table SELECT n, md5(n::text) FROM generate_series(1, 200000) n;
CREATE UNIQUE INDEX unvacuumed ON unvacuumed_table (id);
CREATE INDEX unvacuumed_text ON unvacuumed_table (name);
:flush VACUUM ANALYZE unvacuumed_table;
DELETE FROM unvacuumed_table WHERE bench.share(id) < 80;
CREATE TABLE marked_table (id bigint, name text);
INSERT INTO marked_table SELECT n, 'x' FROM generate_series(1, 200000) n;
CREATE UNIQUE INDEX marked ON marked_table (id);
:flush VACUUM ANALYZE marked_table;
DELETE FROM marked_table WHERE bench.share(id) < 60;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT count(name) FROM marked_table WHERE id BETWEEN 1 AND 90000;
RESET enable_seqscan;
RESET enable_bitmapscan;
CREATE TABLE unvacuumed_runs_table (id bigint, kind int, tags int[], place point);
INSERT INTO unvacuumed_runs_table SELECT n, n % 10, ARRAY[n % 100, n % 1000], point(hashint8(n) / 1e6, hashint8(n + 1) / 1e6) FROM generate_series(1, 100000) n;
CREATE INDEX unvacuumed_runs ON unvacuumed_runs_table (id);
CREATE INDEX unvacuumed_partial ON unvacuumed_runs_table (id) WHERE kind < 3;
CREATE INDEX unvacuumed_gin ON unvacuumed_runs_table USING gin (tags);
CREATE INDEX unvacuumed_gist ON unvacuumed_runs_table USING gist (place);
CREATE INDEX unvacuumed_spgist ON unvacuumed_runs_table USING spgist (place);
CREATE INDEX unvacuumed_hash ON unvacuumed_runs_table USING hash (id);
:flush VACUUM ANALYZE unvacuumed_runs_table;
DELETE FROM unvacuumed_runs_table WHERE bench.share(id / 3000) < 50;
-- Pointers without rows, whose entries stay; and rows updated in place, which have one entry for all their versions.
CREATE TABLE pointers_left_table (id bigint, name text);
INSERT INTO pointers_left_table SELECT n, 'x' FROM generate_series(1, 120000) n;
CREATE INDEX pointers_left ON pointers_left_table (id);
:flush VACUUM pointers_left_table;
DELETE FROM pointers_left_table WHERE bench.share(id) < 50;
:flush VACUUM (INDEX_CLEANUP off, ANALYZE) pointers_left_table;
CREATE TABLE hot_table (id bigint, state int) WITH (fillfactor = 45);
INSERT INTO hot_table SELECT n, 0 FROM generate_series(1, 100000) n;
CREATE INDEX hot ON hot_table (id);
:flush VACUUM ANALYZE hot_table;
UPDATE hot_table SET state = 1;

-- Few values of many rows each: with posting lists, without, and with holes in them.
CREATE TABLE duplicates_table (id bigint, kind int, word text, plain int);
CREATE INDEX duplicates ON duplicates_table (kind);
CREATE INDEX duplicates_text ON duplicates_table (word);
CREATE INDEX duplicates_plain ON duplicates_table (plain) WITH (deduplicate_items = off);
INSERT INTO duplicates_table SELECT n, bench.share(n), 'category ' || n % 1000, bench.share(n + 1) FROM generate_series(1, 200000) n;
:flush VACUUM ANALYZE duplicates_table;
CREATE TABLE duplicates_deleted_table (id bigint, kind int, word text);
INSERT INTO duplicates_deleted_table SELECT n, n % 500, 'category ' || n % 20000 FROM generate_series(1, 200000) n;
CREATE INDEX duplicates_deleted ON duplicates_deleted_table (kind);
CREATE INDEX duplicates_deleted_text ON duplicates_deleted_table (word);
DELETE FROM duplicates_deleted_table WHERE bench.share(id) < 50;
:flush VACUUM (INDEX_CLEANUP on, ANALYZE) duplicates_deleted_table;
CREATE TABLE duplicates_unvacuumed_table (id bigint, kind int);
INSERT INTO duplicates_unvacuumed_table SELECT n, n % 500 FROM generate_series(1, 200000) n;
CREATE INDEX duplicates_unvacuumed ON duplicates_unvacuumed_table (kind);
:flush VACUUM ANALYZE duplicates_unvacuumed_table;
DELETE FROM duplicates_unvacuumed_table WHERE bench.share(id) < 50;

-- Filled row by row: in no order, in order, in pages that split; and made at once, with room by its fillfactor.
CREATE TABLE inserted_table (id bigint, code uuid, name text, long text, region int, created timestamptz);
CREATE INDEX inserted_text ON inserted_table (name);
CREATE INDEX inserted_monotonic ON inserted_table (created);
CREATE INDEX inserted_uuid ON inserted_table (code);
CREATE INDEX inserted_long ON inserted_table (long);
CREATE INDEX inserted_multicolumn ON inserted_table (region, name, created);
CREATE INDEX inserted_include ON inserted_table (id) INCLUDE (name);
CREATE INDEX inserted_partial ON inserted_table (name) WHERE region < 3;
CREATE INDEX inserted_expression ON inserted_table (upper(substr(name, 1, 12)));
INSERT INTO inserted_table SELECT n, md5(n::text)::uuid, md5(n::text), repeat(md5((n * 3)::text), 1 + bench.share(n) / 10), bench.share(n) / 10, timestamptz '2024-01-01' + n * interval '1 s'
	FROM generate_series(1, 100000) n;
:flush VACUUM ANALYZE inserted_table;
CREATE INDEX made_fillfactor_70 ON inserted_table (id) WITH (fillfactor = 70);
CREATE INDEX made_fillfactor_90 ON inserted_table (name);
CREATE INDEX made_fillfactor_100 ON inserted_table (code) WITH (fillfactor = 100);
ANALYZE inserted_table;

-- Nine of ten have no value; and few values at all, in wide keys that are the same.
CREATE TABLE nulls_table (id bigint, seldom bigint, wide text);
INSERT INTO nulls_table SELECT n, CASE WHEN n % 10 = 0 THEN n END, repeat('w', 200) || n % 3 FROM generate_series(1, 200000) n;
CREATE INDEX nulls ON nulls_table (seldom);
CREATE INDEX nulls_multicolumn ON nulls_table (seldom, id);
CREATE INDEX wide_duplicates ON nulls_table (wide);
DELETE FROM nulls_table WHERE bench.share(id) < 40;
:flush VACUUM (INDEX_CLEANUP on, ANALYZE) nulls_table;

-- Every update makes an entry of its own.
CREATE TABLE churned_table (id bigint, touched timestamptz, state text);
INSERT INTO churned_table SELECT n, timestamptz '2024-01-01' + n * interval '1 s', 'state ' || n % 7 FROM generate_series(1, 80000) n;
CREATE INDEX churned ON churned_table (touched);
CREATE INDEX churned_duplicates ON churned_table (state);
UPDATE churned_table SET touched = touched + interval '30 days' WHERE bench.share(id) < 60;
:flush VACUUM churned_table;
UPDATE churned_table SET touched = touched + interval '30 days', state = 'state ' || id % 5 WHERE bench.share(id) < 60;
:flush VACUUM ANALYZE churned_table;
-- A queue: what is done goes, what is new comes at the end; pages are used again.
CREATE TABLE queue_table (id bigint, name text);
CREATE UNIQUE INDEX queue ON queue_table (id);
INSERT INTO queue_table SELECT n, 'x' FROM generate_series(1, 150000) n;
DELETE FROM queue_table WHERE id < 130000 AND bench.share(id) < 98;
:flush VACUUM (INDEX_CLEANUP on) queue_table;
INSERT INTO queue_table SELECT n, 'x' FROM generate_series(150001, 250000) n;
DELETE FROM queue_table WHERE id < 220000 AND bench.share(id) < 98;
:flush VACUUM (INDEX_CLEANUP on, ANALYZE) queue_table;
-- Every row is gone, but the pages are still there.
CREATE TABLE emptied_table (id bigint);
INSERT INTO emptied_table SELECT generate_series(1, 100000);
CREATE INDEX emptied ON emptied_table (id);
DELETE FROM emptied_table;
:flush VACUUM (INDEX_CLEANUP on, ANALYZE) emptied_table;
CREATE TABLE tiny_table (id bigint);
INSERT INTO tiny_table SELECT generate_series(1, 100);
CREATE INDEX tiny ON tiny_table (id);
:flush VACUUM ANALYZE tiny_table;
CREATE TABLE unanalysed_table (id bigint, name text);
INSERT INTO unanalysed_table SELECT n, md5(n::text) FROM generate_series(1, 100000) n;
CREATE INDEX unanalysed ON unanalysed_table (name);
DELETE FROM unanalysed_table WHERE bench.share(id) < 50;
:flush VACUUM (INDEX_CLEANUP on) unanalysed_table;

CREATE TABLE partitioned_table (id bigint, name text) PARTITION BY RANGE (id);
CREATE TABLE partitioned_table_1 PARTITION OF partitioned_table FOR VALUES FROM (0) TO (60000);
CREATE TABLE partitioned_table_2 PARTITION OF partitioned_table FOR VALUES FROM (60000) TO (120000);
CREATE TABLE partitioned_table_3 PARTITION OF partitioned_table DEFAULT;
CREATE INDEX partitioned ON partitioned_table (name);
INSERT INTO partitioned_table SELECT n, md5(n::text) FROM generate_series(1, 150000) n;
DELETE FROM partitioned_table WHERE id < 60000 AND bench.share(id) < 70;
:flush VACUUM (INDEX_CLEANUP on, ANALYZE) partitioned_table;

-- GIN: made at once, filled row by row, with what still waits in the pending list, and after deletes.
CREATE TABLE documents_table (id bigint, body jsonb, tags int[], words tsvector);
INSERT INTO documents_table SELECT n, jsonb_build_object('id', n, 'kind', n % 50, 'name', md5((n % 5000)::text)), ARRAY[n % 100, n % 1000, n % 7], to_tsvector('simple', 'word' || n % 3000 || ' common text' || n % 20 || ' u' || n)
	FROM generate_series(1, 60000) n;
CREATE INDEX gin_jsonb_made ON documents_table USING gin (body);
CREATE INDEX gin_jsonb_path ON documents_table USING gin (body jsonb_path_ops);
CREATE INDEX gin_array ON documents_table USING gin (tags);
CREATE INDEX gin_words ON documents_table USING gin (words);
DELETE FROM documents_table WHERE bench.share(id) < 50;
:flush VACUUM (INDEX_CLEANUP on, ANALYZE) documents_table;
CREATE INDEX gin_jsonb_clean ON documents_table USING gin (body);
CREATE TABLE gin_inserted_table (id bigint, tags int[], body jsonb);
CREATE INDEX gin_inserted ON gin_inserted_table USING gin (tags) WITH (fastupdate = off);
CREATE INDEX gin_pending ON gin_inserted_table USING gin (body) WITH (gin_pending_list_limit = 262144);
INSERT INTO gin_inserted_table SELECT n, ARRAY[n % 100, n % 1000, n], jsonb_build_object('id', n, 'kind', n % 50) FROM generate_series(1, 30000) n;
SELECT gin_clean_pending_list('gin_pending');
INSERT INTO gin_inserted_table SELECT n, ARRAY[n % 100], jsonb_build_object('id', n, 'kind', n % 50) FROM generate_series(30001, 50000) n;
ANALYZE gin_inserted_table;
CREATE TABLE trigrams_table (id bigint, name text);
INSERT INTO trigrams_table SELECT n, md5(n::text) FROM generate_series(1, 20000) n;
CREATE INDEX gin_trigrams ON trigrams_table USING gin (name gin_trgm_ops);
CREATE INDEX gist_trigrams ON trigrams_table USING gist (name gist_trgm_ops);
DELETE FROM trigrams_table WHERE bench.share(id) < 40;
:flush VACUUM (INDEX_CLEANUP on, ANALYZE) trigrams_table;

CREATE TABLE places_table (id bigint, place point, during int8range, name text);
CREATE INDEX gist_inserted ON places_table USING gist (place);
CREATE INDEX spgist_inserted ON places_table USING spgist (place);
CREATE INDEX spgist_text_inserted ON places_table USING spgist (name);
INSERT INTO places_table SELECT n, point(hashint8(n) / 1e6, hashint8(n + 1) / 1e6), int8range(n, n + 10), md5(n::text) FROM generate_series(1, 60000) n;
:flush VACUUM ANALYZE places_table;
CREATE TABLE places_deleted_table (LIKE places_table);
INSERT INTO places_deleted_table SELECT * FROM places_table;
CREATE INDEX gist_deleted ON places_deleted_table USING gist (place);
CREATE INDEX gist_ranges_deleted ON places_deleted_table USING gist (during);
CREATE INDEX spgist_deleted ON places_deleted_table USING spgist (place);
CREATE INDEX spgist_text_deleted ON places_deleted_table USING spgist (name);
CREATE INDEX hash_deleted ON places_deleted_table USING hash (id);
DELETE FROM places_deleted_table WHERE bench.share(id) < 60;
:flush VACUUM (INDEX_CLEANUP on, ANALYZE) places_deleted_table;
CREATE INDEX gist_made ON places_deleted_table USING gist (place);

CREATE TABLE hashed_table (id bigint, kind int);
CREATE INDEX hash_inserted ON hashed_table USING hash (id);
INSERT INTO hashed_table SELECT n, n % 100 FROM generate_series(1, 100000) n;
CREATE INDEX hash_made ON hashed_table USING hash (id);
CREATE INDEX hash_duplicates ON hashed_table USING hash (kind);
CREATE INDEX brin_range ON hashed_table USING brin (id) WITH (pages_per_range = 1);
:flush VACUUM ANALYZE hashed_table;

-- Of partitioned ones the topmost.
INSERT INTO bench.subject (kind, name, relation)
	SELECT CASE a.amname WHEN 'btree' THEN 'btree' ELSE 'other index' END, c.relname, c.oid FROM pg_class c JOIN pg_am a ON a.oid = c.relam
	WHERE c.relnamespace = 'indexes'::regnamespace AND c.relkind = 'i' AND NOT c.relispartition
	UNION ALL
	SELECT 'btree', c.relname, c.oid FROM pg_class c WHERE c.relnamespace = 'indexes'::regnamespace AND c.relkind = 'I' AND NOT c.relispartition;
