-- Sets of partitions that look after themselves.

CREATE OR REPLACE FUNCTION dbeng.manage_partitions(parent regclass, step text, premake int DEFAULT 4, retention text DEFAULT NULL,
	on_expiry text DEFAULT 'detach', time_zone text DEFAULT 'UTC', with_default boolean DEFAULT false, encoding text DEFAULT NULL,
	ahead interval DEFAULT NULL, archive_schema name DEFAULT NULL, snowflake_epoch timestamptz DEFAULT NULL,
	snowflake_shift int DEFAULT 22, anchor text DEFAULT NULL) RETURNS int
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'dbeng_manage_partitions';
COMMENT ON FUNCTION dbeng.manage_partitions(regclass, text, int, text, text, text, boolean, text, interval, name, timestamptz, int, text) IS 'from now on partitions are made ahead and old ones put out by the worker; makes those that are due at once, and returns how many; called again, it changes the settings';

CREATE OR REPLACE FUNCTION dbeng.unmanage_partitions(parent regclass) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
AS 'MODULE_PATHNAME', 'dbeng_unmanage_partitions';
COMMENT ON FUNCTION dbeng.unmanage_partitions(regclass) IS 'the table''s partitions are looked after no longer; all of them stay as they are';

CREATE OR REPLACE FUNCTION dbeng.partition_plan(parent regclass DEFAULT NULL)
RETURNS TABLE (action text, partition text, lower text, upper text, reason text, sql text, relation regclass)
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10000 ROWS 10
AS 'MODULE_PATHNAME', 'dbeng_partition_plan';
COMMENT ON FUNCTION dbeng.partition_plan(regclass) IS 'what maintenance would do now to a set, or to all, and the SQL by which a person could; changes nothing. action: create, create default, drain, finalize detach, detach, move, drop, or none, where only a person can help';

CREATE OR REPLACE FUNCTION dbeng.partition_calendar(step text, from_key text, to_key text, time_zone text DEFAULT 'UTC',
	encoding text DEFAULT 'timestamptz', snowflake_epoch timestamptz DEFAULT NULL, snowflake_shift int DEFAULT 22, anchor text DEFAULT NULL)
RETURNS TABLE (lower text, upper text, label text, lower_key text, upper_key text)
LANGUAGE c STABLE PARALLEL UNSAFE COST 1000 ROWS 100
AS 'MODULE_PATHNAME', 'dbeng_partition_calendar';
COMMENT ON FUNCTION dbeng.partition_calendar(text, text, text, text, text, timestamptz, int, text) IS 'where partitions of such settings would begin and end, from the one that from_key is in to the one that to_key is in; both are times by the clock of time_zone, or numbers. lower and upper as a reader wants them, lower_key and upper_key as the column holds them';
