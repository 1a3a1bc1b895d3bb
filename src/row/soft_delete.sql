-- Soft delete: DELETE keeps the rows and marks them.

CREATE SEQUENCE dbeng.deletion_id_seq;
CREATE TABLE dbeng.soft_delete (
	relation regclass PRIMARY KEY,
	view regclass,
	added_columns name[] NOT NULL,
	indexes name[] NOT NULL,
	live_indexes jsonb NOT NULL,
	enabled_at timestamptz NOT NULL,
	enabled_by name NOT NULL
);
COMMENT ON TABLE dbeng.soft_delete IS 'tables that keep their deleted rows, and what they were before: dbeng.disable_soft_delete() reads it';
CREATE TABLE dbeng.deletion (
	deletion_id bigint NOT NULL,
	relation regclass NOT NULL,
	key jsonb,
	deleted_at timestamptz NOT NULL,
	deleted_by name NOT NULL,
	rows bigint NOT NULL,
	relations regclass[] NOT NULL,
	restored_at timestamptz,
	PRIMARY KEY (deletion_id, relation)
);
COMMENT ON TABLE dbeng.deletion IS 'behind dbeng.deletions';
CREATE INDEX deletion_relation ON dbeng.deletion (relation, deleted_at);
CREATE TABLE dbeng.deletion_unlinked (
	deletion_id bigint NOT NULL,
	relation regclass NOT NULL,
	constraint_name name NOT NULL,
	key jsonb NOT NULL,
	before jsonb NOT NULL
);
COMMENT ON TABLE dbeng.deletion_unlinked IS 'rows whose foreign key a deletion has set to NULL or to its default, and what was there before';
CREATE INDEX deletion_unlinked_id ON dbeng.deletion_unlinked (deletion_id);
-- What is left of tables that were dropped is not dumped.
SELECT pg_catalog.pg_extension_config_dump('dbeng.deletion_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('dbeng.soft_delete', 'WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = relation)');
SELECT pg_catalog.pg_extension_config_dump('dbeng.deletion', 'WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = relation)');
SELECT pg_catalog.pg_extension_config_dump('dbeng.deletion_unlinked', 'WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = relation)');

CREATE OR REPLACE VIEW dbeng.deletions WITH (security_barrier = true) AS
SELECT deletion_id, relation, CASE WHEN NOT row_security_active(relation) THEN key END AS key, deleted_at, deleted_by, rows, restored_at
  FROM dbeng.deletion WHERE has_table_privilege(relation, 'SELECT');
COMMENT ON VIEW dbeng.deletions IS 'what was deleted from tables that keep their rows, a row a statement and table; of the tables that the reader may read';
COMMENT ON COLUMN dbeng.deletions.deletion_id IS 'its number: what dbeng.restore() takes';
COMMENT ON COLUMN dbeng.deletions.relation IS 'the table that the statement deleted from';
COMMENT ON COLUMN dbeng.deletions.key IS 'primary key of the row; NULL where the statement deleted several, and to who sees the table under policies';
COMMENT ON COLUMN dbeng.deletions.deleted_at IS 'when';
COMMENT ON COLUMN dbeng.deletions.deleted_by IS 'whose session it was';
COMMENT ON COLUMN dbeng.deletions.rows IS 'rows it deleted, along with those that foreign keys made it take along';
COMMENT ON COLUMN dbeng.deletions.restored_at IS 'when the last of them was restored; NULL: deleted';
GRANT SELECT ON dbeng.deletions TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng._keeps_rows() RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'dbeng_keeps_rows';
COMMENT ON FUNCTION dbeng._keeps_rows() IS 'true; in the condition of an index of each table that keeps its rows, so that a session that plans for it loads dbeng';

CREATE OR REPLACE FUNCTION dbeng._no_deletion() RETURNS bigint
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'dbeng_no_deletion';
COMMENT ON FUNCTION dbeng._no_deletion() IS 'NULL; the default of deletion_id, so that a session that plans an INSERT into a table that keeps its rows loads dbeng';

CREATE OR REPLACE FUNCTION dbeng._soft_delete_row() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'dbeng_soft_delete_row';
COMMENT ON FUNCTION dbeng._soft_delete_row() IS 'numbers and locks a row of a table that keeps its rows, when it is deleted';

CREATE OR REPLACE FUNCTION dbeng._soft_delete_after() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'dbeng_soft_delete_after';
COMMENT ON FUNCTION dbeng._soft_delete_after() IS 'gathers the keys of deleted rows, for what foreign keys say of their children';

CREATE OR REPLACE FUNCTION dbeng._soft_delete_guard() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'dbeng_soft_delete_guard';
COMMENT ON FUNCTION dbeng._soft_delete_guard() IS 'refuses a row that refers to a deleted one';

CREATE OR REPLACE FUNCTION dbeng._soft_delete_truncate() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'dbeng_soft_delete_truncate';
COMMENT ON FUNCTION dbeng._soft_delete_truncate() IS 'refuses TRUNCATE of a table that keeps its rows';

CREATE OR REPLACE FUNCTION dbeng._follow_columns(relation regclass, dropped name DEFAULT NULL) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
AS 'MODULE_PATHNAME', 'dbeng_follow_columns';
COMMENT ON FUNCTION dbeng._follow_columns(regclass, name) IS 'gives the view of live rows of a table, if there is one, the columns that have come, or takes one from it that is about to go';

CREATE OR REPLACE FUNCTION dbeng.enable_soft_delete(relation regclass, column_name name DEFAULT 'deleted_at', view_name name DEFAULT NULL,
	cascade boolean DEFAULT true, unique_live boolean DEFAULT NULL, live_indexes boolean DEFAULT false) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'dbeng_enable_soft_delete';
COMMENT ON FUNCTION dbeng.enable_soft_delete(regclass, name, name, boolean, boolean, boolean) IS 'from now on DELETE keeps the table''s rows and marks them, as for tables that refer to it with ON DELETE CASCADE (cascade); unique constraints then hold among live rows (unique_live); other indexes are of all rows, or of live ones only (live_indexes); called again it mends its triggers';

CREATE OR REPLACE FUNCTION dbeng.disable_soft_delete(relation regclass, keep_deleted boolean DEFAULT NULL) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'dbeng_disable_soft_delete';
COMMENT ON FUNCTION dbeng.disable_soft_delete(regclass, boolean) IS 'DELETE deletes again, and the table is what it was; its deleted rows come alive (keep_deleted) or go for good, which has to be said where there are any';

CREATE OR REPLACE FUNCTION dbeng.restore(relation regclass, key jsonb) RETURNS bigint
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 10000
AS 'MODULE_PATHNAME', 'dbeng_restore_row';
COMMENT ON FUNCTION dbeng.restore(regclass, jsonb) IS 'restores one deleted row, and what its deletion took along with it; returns how many rows';

CREATE OR REPLACE FUNCTION dbeng.restore(deletion_id bigint) RETURNS bigint
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 10000
AS 'MODULE_PATHNAME', 'dbeng_restore_deletion';
COMMENT ON FUNCTION dbeng.restore(bigint) IS 'restores exactly what one deletion took, and what it set to NULL or to a default; returns how many rows were deleted';

CREATE OR REPLACE FUNCTION dbeng.purge(relation regclass, older_than interval, archive_to regclass DEFAULT NULL,
	batch_rows int DEFAULT 5000, dry_run boolean DEFAULT true) RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'dbeng_purge';
COMMENT ON FUNCTION dbeng.purge(regclass, interval, regclass, int, boolean) IS 'deletes for good what was deleted longer ago than that, into archive_to if that is given; returns how many rows of the table; by default it only counts them';
