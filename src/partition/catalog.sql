-- What dbeng.manage_partitions() keeps of a set of partitions, and what maintenance notes of it. Which column divides it and where
-- its partitions begin and end is not here: the server knows, and is asked each time.

CREATE TABLE dbeng.partition_set (
	parent regclass PRIMARY KEY,
	encoding text NOT NULL,
	step interval,
	step_number bigint,
	time_zone text NOT NULL DEFAULT 'UTC',
	anchor bigint,
	snowflake_epoch timestamptz,
	snowflake_shift int NOT NULL DEFAULT 22,
	premake int NOT NULL DEFAULT 4,
	ahead interval,
	retention text,
	retention_age interval,
	retention_count int,
	retention_numbers bigint,
	on_expiry text NOT NULL DEFAULT 'detach' CHECK (on_expiry IN ('detach', 'move', 'drop')),
	archive_schema regnamespace,
	with_default boolean NOT NULL DEFAULT false,
	draining boolean NOT NULL DEFAULT false,
	enabled boolean NOT NULL DEFAULT true,
	CHECK ((step IS NULL) <> (step_number IS NULL)),
	CHECK (num_nonnulls(retention_age, retention_count, retention_numbers) = (retention IS NOT NULL)::int)
);
COMMENT ON TABLE dbeng.partition_set IS 'the sets of dbeng.manage_partitions()';
COMMENT ON COLUMN dbeng.partition_set.parent IS 'the partitioned table';
COMMENT ON COLUMN dbeng.partition_set.encoding IS 'what its key holds: date, timestamp, timestamptz, number, seconds, milliseconds, microseconds, nanoseconds, snowflake, uuidv7, ulid';
COMMENT ON COLUMN dbeng.partition_set.step IS 'how long a partition is, in time; NULL: the key is a number';
COMMENT ON COLUMN dbeng.partition_set.step_number IS 'how long a partition is, in numbers; NULL: the key tells time';
COMMENT ON COLUMN dbeng.partition_set.time_zone IS 'whose days and months are meant';
COMMENT ON COLUMN dbeng.partition_set.anchor IS 'where one partition begins: microseconds from 2000-01-01, or a number; NULL: there, on a Monday for weeks, or at 0';
COMMENT ON COLUMN dbeng.partition_set.snowflake_epoch IS 'from when snowflakes count; NULL: as Twitter''s do';
COMMENT ON COLUMN dbeng.partition_set.snowflake_shift IS 'how many bits of a snowflake are below its milliseconds';
COMMENT ON COLUMN dbeng.partition_set.premake IS 'how many partitions are made ahead of the present one';
COMMENT ON COLUMN dbeng.partition_set.ahead IS 'how far ahead there are to be partitions at least; NULL: premake says it';
COMMENT ON COLUMN dbeng.partition_set.retention IS 'how long partitions are kept, as it was given; NULL: for ever';
COMMENT ON COLUMN dbeng.partition_set.retention_age IS 'how old the end of a partition gets';
COMMENT ON COLUMN dbeng.partition_set.retention_count IS 'how many partitions before the present one are kept';
COMMENT ON COLUMN dbeng.partition_set.retention_numbers IS 'how far behind the greatest number the end of a partition gets';
COMMENT ON COLUMN dbeng.partition_set.on_expiry IS 'what becomes of partitions past retention: detach, move, drop';
COMMENT ON COLUMN dbeng.partition_set.archive_schema IS 'where they are moved to';
COMMENT ON COLUMN dbeng.partition_set.with_default IS 'is there to be a default partition';
COMMENT ON COLUMN dbeng.partition_set.draining IS 'are rows of the default partition moved into partitions of their own in the background';
COMMENT ON COLUMN dbeng.partition_set.enabled IS 'is the set looked after';

CREATE TABLE dbeng.partition_state (
	parent oid PRIMARY KEY,
	next_due timestamptz NOT NULL DEFAULT now(),
	last_run timestamptz,
	last_error text,
	failures int NOT NULL DEFAULT 0,
	greatest_id bigint,
	greatest_id_at timestamptz,
	ids_per_second double precision
) WITH (fillfactor = 50);
COMMENT ON TABLE dbeng.partition_state IS 'where each set of dbeng.partition_set stands; maintenance writes it';
COMMENT ON COLUMN dbeng.partition_state.parent IS 'the partitioned table';
COMMENT ON COLUMN dbeng.partition_state.next_due IS 'when it is to be looked at next';
COMMENT ON COLUMN dbeng.partition_state.last_run IS 'when it was last looked at';
COMMENT ON COLUMN dbeng.partition_state.last_error IS 'what the last run could not do, and why; NULL: it did all';
COMMENT ON COLUMN dbeng.partition_state.failures IS 'runs with an error since one without';
COMMENT ON COLUMN dbeng.partition_state.greatest_id IS 'the greatest number in it, when that was last looked at';
COMMENT ON COLUMN dbeng.partition_state.greatest_id_at IS 'when that was';
COMMENT ON COLUMN dbeng.partition_state.ids_per_second IS 'how fast numbers have been growing lately';
CREATE INDEX partition_state_next_due ON dbeng.partition_state (next_due);

-- Written before a partition is detached, deleted when all that is to become of it is done: a crash in between forgets nothing.
CREATE TABLE dbeng.partition_leaving (
	partition oid PRIMARY KEY,
	parent oid NOT NULL,
	on_expiry text NOT NULL CHECK (on_expiry IN ('detach', 'move', 'drop')),
	since timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE dbeng.partition_leaving IS 'partitions past retention that are on their way out';
COMMENT ON COLUMN dbeng.partition_leaving.partition IS 'the partition';
COMMENT ON COLUMN dbeng.partition_leaving.parent IS 'whose it is, or was';
COMMENT ON COLUMN dbeng.partition_leaving.on_expiry IS 'what is to become of it';
COMMENT ON COLUMN dbeng.partition_leaving.since IS 'since when';

-- A set that a restore brings is due at once, and a tick that finds nothing due has looked at nothing but an index.
CREATE OR REPLACE FUNCTION dbeng._partition_set_is_due() RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	INSERT INTO dbeng.partition_state AS s (parent) VALUES (NEW.parent)
	ON CONFLICT (parent) DO UPDATE SET next_due = now();
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION dbeng._partition_set_is_due() IS 'trigger of dbeng.partition_set';
CREATE TRIGGER partition_set_is_due AFTER INSERT OR UPDATE ON dbeng.partition_set
	FOR EACH ROW EXECUTE FUNCTION dbeng._partition_set_is_due();
ALTER TABLE dbeng.partition_set ENABLE ALWAYS TRIGGER partition_set_is_due;

SELECT pg_catalog.pg_extension_config_dump('dbeng.partition_set', 'WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = parent)');
GRANT SELECT ON dbeng.partition_set, dbeng.partition_state, dbeng.partition_leaving TO pg_monitor;
