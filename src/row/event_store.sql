-- Event stores: tables to which events are appended and in which nothing changes. What makes a table one is its triggers: so it
-- is dumped as what it is.

CREATE OR REPLACE FUNCTION dbeng._announce_events() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME', 'dbeng_announce_events';
COMMENT ON FUNCTION dbeng._announce_events() IS 'trigger of event stores: says which position was the last before this transaction took one';

CREATE OR REPLACE FUNCTION dbeng._number_event() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME', 'dbeng_number_event';
COMMENT ON FUNCTION dbeng._number_event() IS 'trigger of event stores: the versions of an aggregate have no gaps';

CREATE OR REPLACE FUNCTION dbeng._refuse_event_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
		MESSAGE = format('events of %I.%I do not change', TG_TABLE_SCHEMA, TG_TABLE_NAME),
		DETAIL = format('%s was refused: it is an event store.', TG_OP),
		HINT = 'Append an event that says what is different now.';
END
$$;
COMMENT ON FUNCTION dbeng._refuse_event_change() IS 'trigger of event stores: refuses UPDATE, DELETE and TRUNCATE';

CREATE OR REPLACE FUNCTION dbeng._event_version(store regclass, aggregate_type text, aggregate_id uuid) RETURNS int
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 100
AS 'MODULE_PATHNAME', 'dbeng_event_version';
COMMENT ON FUNCTION dbeng._event_version(regclass, text, uuid) IS 'the last version of an aggregate; 0: it has no events';

CREATE OR REPLACE FUNCTION dbeng._event_position(store regclass) RETURNS bigint
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 100
AS 'MODULE_PATHNAME', 'dbeng_event_position';
COMMENT ON FUNCTION dbeng._event_position(regclass) IS 'the last position that was given to anybody, committed or not';

CREATE OR REPLACE VIEW dbeng.event_stores AS
SELECT c.oid::regclass AS relation,
	CASE WHEN t.kinds < 3 THEN 'trigger missing' WHEN t.off THEN 'off' WHEN t.off_for_replication THEN 'off for replication' ELSE 'on' END AS state
  FROM (SELECT t.tgrelid, count(DISTINCT t.tgfoid) AS kinds, bool_or(t.tgenabled NOT IN ('O', 'A')) AS off,
			bool_or(t.tgfoid = 'dbeng._refuse_event_change()'::regprocedure AND t.tgenabled <> 'A') AS off_for_replication,
			bool_or(t.tgfoid = 'dbeng._number_event()'::regprocedure) AS numbered
		  FROM pg_trigger t
		 WHERE t.tgfoid IN ('dbeng._announce_events()'::regprocedure, 'dbeng._number_event()'::regprocedure, 'dbeng._refuse_event_change()'::regprocedure)
		 GROUP BY t.tgrelid) t
	JOIN pg_class c ON c.oid = t.tgrelid
 WHERE t.numbered;
COMMENT ON VIEW dbeng.event_stores IS 'the tables of dbeng.create_event_store()';
COMMENT ON COLUMN dbeng.event_stores.relation IS 'the table';
COMMENT ON COLUMN dbeng.event_stores.state IS 'on; off: one of its triggers is disabled; off for replication: events are kept from changes by all but replication, ALTER TABLE ... ENABLE ALWAYS TRIGGER dbeng_append_only mends it; trigger missing: one was dropped';
GRANT SELECT ON dbeng.event_stores TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng._require_event_store(store regclass, what text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF store IS NULL THEN
		PERFORM dbeng._refuse('store must not be NULL', ARRAY[format('dbeng.%s() takes an event store.', what)], 'null_value_not_allowed',
			'SELECT relation FROM dbeng.event_stores;');
	END IF;
	IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = store AND t.tgfoid = 'dbeng._number_event()'::regprocedure) THEN
		PERFORM dbeng._refuse(format('%s is no event store', store), ARRAY['dbeng.create_event_store() has not made it.'],
			'object_not_in_prerequisite_state', 'SELECT relation FROM dbeng.event_stores;');
	END IF;
END
$$;
COMMENT ON FUNCTION dbeng._require_event_store(regclass, text) IS 'raises unless the relation is an event store';

-- A default is computed where the caller is, with his search_path: so the schema is his.
CREATE OR REPLACE FUNCTION dbeng.create_event_store(name text, schema_name name DEFAULT current_schema()) RETURNS regclass
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	parts text[];
	place text;
BEGIN
	parts := parse_ident(name);
	IF parts IS NULL OR cardinality(parts) > 2 THEN
		PERFORM dbeng._refuse(format('%s cannot be the name of an event store', coalesce(quote_literal(name), 'NULL')), ARRAY['It takes a table''s name, or a schema''s and a table''s.'],
			'invalid_parameter_value', 'SELECT dbeng.create_event_store(''a_schema.events'');');
	END IF;
	IF cardinality(parts) = 1 AND schema_name IS NULL THEN
		PERFORM dbeng._refuse('no schema has been selected to create in', ARRAY['Of what search_path names nothing is there.'],
			'invalid_schema_name', format('SELECT dbeng.create_event_store(''a_schema.%I'');', parts[1]));
	END IF;
	place := CASE cardinality(parts) WHEN 1 THEN format('%I.%I', schema_name, parts[1]) ELSE format('%I.%I', parts[1], parts[2]) END;
	IF octet_length(parts[cardinality(parts)]) > 63 THEN
		PERFORM dbeng._refuse(format('%I is too long for a table''s name', parts[cardinality(parts)]), ARRAY['It has more than 63 bytes.'],
			'name_too_long', 'Choose a shorter one.');
	END IF;
	-- Types bytewise: no change of a collation's rules can touch the index that keeps versions unique.
	EXECUTE format('CREATE TABLE %s (
		position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		aggregate_type text COLLATE "C" NOT NULL,
		aggregate_id uuid NOT NULL,
		version integer NOT NULL CHECK (version > 0),
		event_type text NOT NULL,
		data jsonb NOT NULL,
		metadata jsonb NOT NULL DEFAULT ''{}'',
		created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
		UNIQUE (aggregate_type, aggregate_id, version))', place);
	EXECUTE format('CREATE TRIGGER "~dbeng_announce" BEFORE INSERT ON %s FOR EACH STATEMENT EXECUTE FUNCTION dbeng._announce_events()', place);
	EXECUTE format('CREATE TRIGGER "~dbeng_number" BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION dbeng._number_event()', place);
	EXECUTE format('CREATE TRIGGER dbeng_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION dbeng._refuse_event_change()', place);
	EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER dbeng_append_only', place);
	EXECUTE format('COMMENT ON TABLE %s IS %L', place, 'what has happened, in order: events are appended by dbeng.append_event() and do not change');
	EXECUTE format('COMMENT ON COLUMN %s.position IS %L', place, 'the order among all events; has gaps');
	EXECUTE format('COMMENT ON COLUMN %s.aggregate_type IS %L', place, 'the kind of thing it happened to');
	EXECUTE format('COMMENT ON COLUMN %s.aggregate_id IS %L', place, 'which of them');
	EXECUTE format('COMMENT ON COLUMN %s.version IS %L', place, 'the order among the events of one aggregate: from 1, without gaps');
	EXECUTE format('COMMENT ON COLUMN %s.event_type IS %L', place, 'what kind of event it is');
	EXECUTE format('COMMENT ON COLUMN %s.data IS %L', place, 'what has happened');
	EXECUTE format('COMMENT ON COLUMN %s.metadata IS %L', place, 'who, why, in the course of what');
	EXECUTE format('COMMENT ON COLUMN %s.created_at IS %L', place, 'when it was appended');
	RETURN place::regclass;
END
$$;
COMMENT ON FUNCTION dbeng.create_event_store(text, name) IS 'makes a table to which events are appended, numbered without gaps for each aggregate, and in which nothing changes';

CREATE OR REPLACE FUNCTION dbeng.append_event(store regclass, aggregate_type text, aggregate_id uuid, expected_version int, event_type text, data jsonb, metadata jsonb DEFAULT '{}') RETURNS int
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	inserted bigint;
	present int;
	seen int;
BEGIN
	PERFORM dbeng._require_event_store(store, 'append_event');
	IF expected_version < 0 THEN
		PERFORM dbeng._refuse(format('%s cannot be the version of an aggregate', expected_version), ARRAY['The first event makes version 1.'],
			'invalid_parameter_value', 'Expect 0 of a new aggregate, NULL where any version will do.');
	END IF;
	LOOP
		-- Without a word of what may be in conflict: naming it would need the right to read.
		EXECUTE format('INSERT INTO %s (aggregate_type, aggregate_id, version, event_type, data, metadata) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING', store)
			USING aggregate_type, aggregate_id, expected_version + 1, event_type, data, metadata;
		GET DIAGNOSTICS inserted = ROW_COUNT;
		present := dbeng._event_version(store, aggregate_type, aggregate_id);
		IF inserted > 0 THEN
			RETURN present;
		END IF;
		IF present <> expected_version THEN
			PERFORM dbeng._refuse(format('aggregate %s %s of %s has version %s, not %s', aggregate_type, aggregate_id, store, present, expected_version),
				ARRAY['Somebody else has appended events since it was read.'], 'serialization_failure',
				'Read its events again, decide anew, and append to the version it has then.');
		END IF;
		IF present = coalesce(expected_version, seen) THEN
			PERFORM dbeng._refuse(format('%s took no event', store), ARRAY['A trigger or a rule of its own leaves it out, or its positions are given a second time.'],
				'object_not_in_prerequisite_state', format('Look at the triggers of %1$s; or SELECT setval(pg_get_serial_sequence(%2$L, ''position''), max(position)) FROM %1$s;', store, store::text));
		END IF;
		seen := present;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dbeng.append_event(regclass, text, uuid, int, text, jsonb, jsonb) IS 'appends an event to an aggregate of the version expected (0: a new one, NULL: any) and returns its version now; 40001 when it has another';

CREATE OR REPLACE FUNCTION dbeng.read_events(store regclass, after_position bigint DEFAULT 0, max_events int DEFAULT 1000)
RETURNS TABLE ("position" bigint, aggregate_type text, aggregate_id uuid, version int, event_type text, data jsonb, metadata jsonb, created_at timestamptz)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000 ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	settled bigint;
BEGIN
	PERFORM dbeng._require_event_store(store, 'read_events');
	IF after_position IS NULL OR max_events IS NULL OR max_events < 1 THEN
		PERFORM dbeng._refuse('after_position must not be NULL, and max_events must be 1 at least',
			ARRAY[format('They are %s and %s.', coalesce(after_position::text, 'NULL'), coalesce(max_events::text, 'NULL'))], 'invalid_parameter_value',
			'Begin with 0, and go on with the last position read.');
	END IF;
	IF pg_is_in_recovery() THEN
		PERFORM dbeng._refuse('events cannot be read in order on a standby', ARRAY['Who is just appending is known on the primary only.'],
			'feature_not_supported', 'Read there; dbeng.read_aggregate() works here.');
	END IF;
	IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
		PERFORM dbeng._refuse(format('events cannot be read in order in a %s transaction', current_setting('transaction_isolation')),
			ARRAY['It does not see what was committed since it began, and would pass it by.'], 'feature_not_supported', 'BEGIN ISOLATION LEVEL READ COMMITTED;');
	END IF;
	-- In this order: a position is announced before it is taken, and its lock goes when its event is there to be seen.
	settled := dbeng._event_position(store);
	SELECT least(settled, min(l.objid::bigint + (l.objsubid::bigint << 32))) INTO settled
	FROM pg_locks l
	WHERE l.locktype = 'userlock' AND l.classid = store::oid AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
		AND l.pid IS DISTINCT FROM pg_backend_pid();
	RETURN QUERY EXECUTE format('SELECT s.position, s.aggregate_type, s.aggregate_id, s.version, s.event_type, s.data, s.metadata, s.created_at
		FROM %s s WHERE s.position > $1 AND s.position <= $2 ORDER BY s.position LIMIT $3', store) USING after_position, settled, max_events;
END
$$;
COMMENT ON FUNCTION dbeng.read_events(regclass, bigint, int) IS 'events after a position, in order: none that one could still come before';

CREATE OR REPLACE FUNCTION dbeng.read_aggregate(store regclass, aggregate_type text, aggregate_id uuid, after_version int DEFAULT 0)
RETURNS TABLE (version int, "position" bigint, event_type text, data jsonb, metadata jsonb, created_at timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM dbeng._require_event_store(store, 'read_aggregate');
	RETURN QUERY EXECUTE format('SELECT s.version, s.position, s.event_type, s.data, s.metadata, s.created_at
		FROM %s s WHERE s.aggregate_type = $1 AND s.aggregate_id = $2 AND s.version > $3 ORDER BY s.version', store)
		USING aggregate_type, aggregate_id, after_version;
END
$$;
COMMENT ON FUNCTION dbeng.read_aggregate(regclass, text, uuid, int) IS 'the events of one aggregate after a version, in order';

CREATE OR REPLACE FUNCTION dbeng.drop_event_store(store regclass, with_events boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
SET row_security = off
AS $$
DECLARE
	events bigint;
BEGIN
	PERFORM dbeng._require_own_table(store, 'drop_event_store');
	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', store);
	PERFORM dbeng._require_own_table(store, 'drop_event_store');
	PERFORM dbeng._require_event_store(store, 'drop_event_store');
	EXECUTE format('SELECT count(*) FROM %s', store) INTO events;
	IF events > 0 AND with_events IS NOT TRUE THEN
		PERFORM dbeng._refuse(format('%s has events', store), ARRAY[format('There are %s of them.', events)], 'object_not_in_prerequisite_state',
			format('SELECT dbeng.drop_event_store(%L, with_events => true);', store::text));
	END IF;
	EXECUTE format('DROP TABLE %s', store);
	RETURN events;
END
$$;
COMMENT ON FUNCTION dbeng.drop_event_store(regclass, boolean) IS 'drops an event store, with its events only when told so, and returns how many there were';
