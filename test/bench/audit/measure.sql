-- What is measured, and how. A subject is a way to audit; each has a table of its own, made like the others.
CREATE SCHEMA bench;
SET search_path = bench, public;

CREATE TABLE subject (name text PRIMARY KEY, place int GENERATED ALWAYS AS IDENTITY);
CREATE TABLE goal (section text, operation text, place int GENERATED ALWAYS AS IDENTITY, time numeric, log_bytes numeric, wal_bytes numeric, PRIMARY KEY (section, operation));
INSERT INTO goal (section, operation, time, log_bytes, wal_bytes) VALUES
	('narrow', 'bulk INSERT', 1.15, 35, 30), ('narrow', 'bulk UPDATE', 1.35, 20, 20), ('narrow', 'bulk DELETE', 3, 35, 30),
	('wide', 'bulk INSERT', 1.15, 300, NULL), ('wide', 'bulk UPDATE', 1.5, 30, NULL), ('wide', 'bulk DELETE', 4, 300, NULL),
	('one row', 'one-row INSERT', 1.5, NULL, NULL), ('one row', 'one-row UPDATE', 1.5, NULL, NULL), ('one row', 'one-row DELETE', 1.7, NULL, NULL),
	('toast', 'UPDATE beside 100 kB', 2, NULL, NULL);
CREATE TABLE reading (section text, operation text, subject text, round int, changes int, ms float8, cpu_ms float8, log_bytes numeric, wal_bytes numeric);

-- The usual way: both rows as jsonb, from a trigger in plpgsql.
CREATE TABLE change (id bigserial PRIMARY KEY, table_name text NOT NULL, action text NOT NULL, old_data jsonb, new_data jsonb, changed_by text, changed_at timestamptz NOT NULL DEFAULT now());
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO bench.change (table_name, action, old_data, new_data, changed_by) VALUES (TG_TABLE_NAME, TG_OP,
		CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END, CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, current_user);
	RETURN NULL;
END $$;

-- What all subjects' logs take, indexes included.
CREATE FUNCTION log_bytes(subject text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	RETURN CASE subject
		WHEN 'dbeng' THEN (SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'dbeng_audit.log'::regclass)
		WHEN 'plpgsql' THEN pg_total_relation_size('bench.change')
		WHEN 'table_log' THEN (SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relnamespace = 'bench'::regnamespace AND relkind = 'r' AND relname LIKE '%\_table\_log\_log')
		ELSE 0 END;
END $$;

-- Time that this process was running, NULL where the kernel does not say. It brings that up to date when the process sleeps.
CREATE FUNCTION cpu_ms() RETURNS float8 LANGUAGE sql VOLATILE AS $$
	SELECT CASE WHEN pg_sleep(0.002) IS NOT NULL THEN split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::float8 / 1e6 END
$$;

-- Runs a statement and commits: part of what audit does it does then.
CREATE PROCEDURE measure(section text, operation text, subject text, round int, changes int, statement text) LANGUAGE plpgsql AS $$
DECLARE
	log_before bigint := bench.log_bytes(subject);
	wal_before pg_lsn;
	cpu_before float8;
	started timestamptz;
	ms float8;
	cpu float8;
	wal numeric;
BEGIN
	COMMIT;
	cpu_before := bench.cpu_ms();
	wal_before := pg_current_wal_insert_lsn();
	started := clock_timestamp();
	EXECUTE statement;
	COMMIT;
	ms := extract(epoch FROM clock_timestamp() - started) * 1000;
	wal := pg_wal_lsn_diff(pg_current_wal_insert_lsn(), wal_before);
	cpu := bench.cpu_ms() - cpu_before;
	IF round > 0 THEN
		INSERT INTO bench.reading VALUES (section, operation, subject, round, changes, ms, cpu, bench.log_bytes(subject) - log_before, wal);
	END IF;
	COMMIT;
END $$;

CREATE FUNCTION medians() RETURNS TABLE (section text, operation text, subject text, ms float8, cpu_ms float8, log_bytes numeric, wal_bytes numeric) LANGUAGE sql AS $$
	SELECT section, operation, subject, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms), percentile_cont(0.5) WITHIN GROUP (ORDER BY cpu_ms),
		percentile_cont(0.5) WITHIN GROUP (ORDER BY (log_bytes / changes)::float8)::numeric, percentile_cont(0.5) WITHIN GROUP (ORDER BY (wal_bytes / changes)::float8)::numeric
	  FROM bench.reading GROUP BY section, operation, subject
$$;
