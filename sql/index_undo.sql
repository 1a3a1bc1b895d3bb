-- The way back from dropping an index: whatever it was, it is again.
SET client_min_messages = warning;
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE regress_dbeng LOCATION '';
CREATE SCHEMA "Undo";
SET search_path = "Undo";

CREATE TABLE t (id int NOT NULL, a int, b text, c text COLLATE "C", d int[], e box, f point, g tsvector, h timestamptz, "Mixed ""case" int NOT NULL);
ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (id) INCLUDE (a) WITH (fillfactor = 71);
ALTER TABLE t ADD CONSTRAINT "t unique; now" UNIQUE NULLS NOT DISTINCT (a, c) INCLUDE (h) USING INDEX TABLESPACE regress_dbeng;
ALTER TABLE t ADD CONSTRAINT t_deferred UNIQUE (b) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE t ADD CONSTRAINT t_deferrable UNIQUE (h) DEFERRABLE;
ALTER TABLE t ADD CONSTRAINT t_exclusion EXCLUDE USING gist (e WITH &&) WITH (fillfactor = 72) WHERE (a > 0) DEFERRABLE;
CREATE INDEX t_btree ON t (a);
CREATE INDEX t_order ON t (a DESC, b NULLS FIRST, h DESC NULLS LAST) WITH (fillfactor = 73, deduplicate_items = off);
CREATE INDEX t_collation ON t (b COLLATE "C", c COLLATE "POSIX");
CREATE INDEX t_opclass ON t (b text_pattern_ops, c varchar_pattern_ops);
CREATE INDEX t_include ON t (a) INCLUDE (b, "Mixed ""case");
CREATE INDEX t_expression ON t (lower(b), (a + 1), a, (coalesce(c, 'it''s; x')));
CREATE INDEX t_partial ON t (a) TABLESPACE regress_dbeng WHERE b <> E'a\\b; c' AND d IS NOT NULL;
CREATE UNIQUE INDEX t_unique ON t (a) WHERE b IS NULL;
CREATE UNIQUE INDEX t_nulls ON t (a, b) NULLS NOT DISTINCT;
CREATE INDEX t_hash ON t USING hash (b) WITH (fillfactor = 74);
CREATE INDEX t_gin ON t USING gin (d, g) WITH (fastupdate = off);
CREATE INDEX t_gist ON t USING gist (g tsvector_ops (siglen = 100), f) INCLUDE (a);
CREATE INDEX t_spgist ON t USING spgist (f kd_point_ops);
CREATE INDEX t_brin ON t USING brin (a int4_minmax_multi_ops (values_per_range = 16), h) WITH (pages_per_range = 7, autosummarize = on);
CREATE INDEX "T ""quoted"".Index" ON t ("Mixed ""case");
CREATE UNIQUE INDEX t_identity ON t ("Mixed ""case", id);
ALTER TABLE t REPLICA IDENTITY USING INDEX t_identity;
ALTER TABLE t CLUSTER ON t_order;
ALTER INDEX t_expression ALTER COLUMN 1 SET STATISTICS 77;
ALTER INDEX t_expression ALTER COLUMN 2 SET STATISTICS 0;
ALTER INDEX t_hash DEPENDS ON EXTENSION dbeng;
COMMENT ON INDEX "T ""quoted"".Index" IS E'it''s a \\ comment; really';
COMMENT ON INDEX t_pkey IS 'of the index';
COMMENT ON CONSTRAINT "t unique; now" ON t IS 'of the constraint';

CREATE TABLE p (id int, a int, b text, c date NOT NULL) PARTITION BY RANGE (c);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE "P 2" (gone int, c date NOT NULL, b text, a int, id int) PARTITION BY LIST (a);
ALTER TABLE "P 2" DROP COLUMN gone;
ALTER TABLE p ATTACH PARTITION "P 2" FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE p2a PARTITION OF "P 2" FOR VALUES IN (1);
CREATE TABLE p2b PARTITION OF "P 2" DEFAULT;
CREATE INDEX "own name" ON p1 (lower(b), a DESC) WITH (fillfactor = 75) TABLESPACE regress_dbeng;
CREATE INDEX "p idx" ON p (lower(b), a DESC);
ALTER INDEX "own name" ALTER COLUMN 1 SET STATISTICS 88;
COMMENT ON INDEX "own name" IS 'of a part';
COMMENT ON INDEX "p idx" IS 'of the whole';
CREATE UNIQUE INDEX p_unique ON p (c, a) WHERE b IS NULL;
ALTER TABLE p ADD CONSTRAINT p_key UNIQUE (a, c) DEFERRABLE;
ALTER TABLE p ADD CONSTRAINT p_pkey PRIMARY KEY (id, c, a);
COMMENT ON CONSTRAINT p_key ON p IS 'of all parts';

-- All that makes an index.
CREATE VIEW fact AS
SELECT c.oid::regclass::text AS name, c.relkind, i.indrelid::regclass, pg_get_indexdef(c.oid) AS definition, s.spcname AS tablespace,
	c.reloptions, i.indisunique, i.indisprimary, i.indimmediate, i.indisexclusion, i.indisclustered, i.indisreplident, i.indisvalid, i.indisready,
	(SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = c.oid) AS part_of, k.conname, pg_get_constraintdef(k.oid) AS constraint_definition,
	k.conparentid = 0 AS own_constraint, obj_description(c.oid, 'pg_class') AS comment, obj_description(k.oid, 'pg_constraint') AS constraint_comment,
	(SELECT array_agg(row(attnum, nullif(attstattarget, -1), attoptions) ORDER BY attnum)::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0) AS columns,
	(SELECT string_agg(e.extname, ' ') FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
		AND d.deptype = 'x') AS goes_with
FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
	LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
WHERE c.relnamespace = '"Undo"'::regnamespace AND c.relname <> 'unrelated';
CREATE TABLE before AS TABLE fact;
CREATE TABLE undo AS
SELECT c.oid::regclass::text AS name, dbeng._index_undo(c.oid) AS statements,
	CASE WHEN k.oid IS NULL THEN format('DROP INDEX %s', c.oid::regclass) ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', i.indrelid::regclass, k.conname) END AS fix
FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
WHERE c.relnamespace = '"Undo"'::regnamespace AND NOT c.relispartition;

SELECT statements FROM undo WHERE name IN ('t_expression', '"t unique; now"', '"p idx"', 'p_key', 't_exclusion') ORDER BY name COLLATE "C";
SELECT count(*) AS indexes, count(statements) AS ways_back FROM undo;
SELECT fix FROM undo ORDER BY name COLLATE "C" \gexec
SELECT count(*) AS left_over FROM fact;

SELECT s.statement FROM undo, regexp_split_to_table(statements, E';(\n|$)') WITH ORDINALITY AS s (statement, n) WHERE s.statement <> '' ORDER BY name COLLATE "C", n \gexec
SELECT * FROM before EXCEPT SELECT * FROM fact;
SELECT * FROM fact EXCEPT SELECT * FROM before;

-- Where a default tablespace is configured, the database's own is named.
ALTER DATABASE :DBNAME SET default_tablespace = regress_dbeng;
\c -
SET search_path = "Undo";
SET client_min_messages = warning;
SELECT dbeng._index_undo('t_btree'), dbeng._index_undo('t_unique'), dbeng._index_undo('t_partial') \gx
ALTER DATABASE :DBNAME RESET default_tablespace;
\c -
SET search_path = "Undo";
SET client_min_messages = warning;

-- The views' own statements, there and back.
CREATE INDEX t_twin ON t (a) WITH (fillfactor = 50);
COMMENT ON INDEX t_twin IS 'a twin';
SELECT fix, undo, index::text AS name FROM dbeng.redundant_indexes WHERE index = 't_twin'::regclass \gset
:fix
SELECT to_regclass('t_twin');
:undo
SELECT pg_get_indexdef('t_twin'::regclass), obj_description('t_twin'::regclass, 'pg_class');

-- What is no index, and who may not ask.
SELECT dbeng._index_undo('t');
CREATE ROLE regress_dbeng_nobody;
GRANT USAGE ON SCHEMA "Undo" TO regress_dbeng_nobody;
SET ROLE regress_dbeng_nobody;
SELECT dbeng._index_undo('t_btree');
RESET ROLE;

DROP SCHEMA "Undo" CASCADE;
DROP ROLE regress_dbeng_nobody;
DROP TABLESPACE regress_dbeng;
