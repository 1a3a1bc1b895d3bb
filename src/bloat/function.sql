-- How much of a relation is bloat, from a sample of its pages.

CREATE TYPE dbeng.relation_bloat AS (relation regclass, kind text, total_bytes bigint, bloat_bytes bigint, bloat_pct numeric, error_pct numeric,
	free_bytes bigint, dead_bytes bigint, blocks_read bigint, method text, fix text, vacuum_bytes bigint, note text);
COMMENT ON TYPE dbeng.relation_bloat IS 'a row of dbeng.bloat()';

CREATE OR REPLACE FUNCTION dbeng.bloat(relation regclass, max_blocks int DEFAULT 1000) RETURNS SETOF dbeng.relation_bloat
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000 ROWS 5
AS 'MODULE_PATHNAME', 'dbeng_bloat';
COMMENT ON FUNCTION dbeng.bloat(regclass, int) IS 'how much of a table, its TOAST table and its indexes a rewrite would give back, from a sample of their pages: SELECT * FROM dbeng.bloat(''a_table'')';
