-- What the scripts about audit's semantics begin with: a database of their own, because time has to pass between transactions
-- and the log is a database's; and what is told of every case: the past is remembered by hand, and the log has to say the same.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT current_database() AS home \gset
DROP DATABASE IF EXISTS :database;
CREATE DATABASE :database;
\c :database
SET client_min_messages = warning;
SET bytea_output = hex;
CREATE EXTENSION pgtap;
CREATE EXTENSION dbeng;
CREATE SCHEMA told;
SELECT no_plan();

-- What a table's log says, in one line: action, key and what it became or was.
CREATE FUNCTION told.log(relation regclass) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat_ws(' ', lower(action), coalesce(new_data, old_data)), ', ' ORDER BY audit_id), '') FROM dbeng.audit_log l WHERE l.relation = $1
$$;
-- The same, of the last transaction that changed it, from what it was to what it became.
CREATE FUNCTION told.last(relation regclass) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat_ws(' ', lower(action), record_id, old_data, '->', new_data), ', ' ORDER BY audit_id), '') FROM dbeng.audit_log l
	WHERE l.relation = $1 AND transaction_id = (SELECT transaction_id FROM dbeng.audit_log m WHERE m.relation = $1 ORDER BY audit_id DESC LIMIT 1)
$$;
CREATE FUNCTION told.count(relation regclass) RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM dbeng.audit_log l WHERE l.relation = $1 $$;
CREATE FUNCTION told.transaction(relation regclass) RETURNS xid8 LANGUAGE sql AS $$
	SELECT transaction_id FROM dbeng.audit_log l WHERE l.relation = $1 ORDER BY audit_id DESC LIMIT 1
$$;

-- The rows of a table, in an order of their own.
CREATE FUNCTION told.rows(from_clause text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	found text[];
BEGIN
	EXECUTE 'SELECT array_agg(t::text ORDER BY t::text COLLATE "C") FROM ' || from_clause || ' t' INTO found;
	RETURN coalesce(found, '{}');
END $$;
CREATE TABLE told.moments (n int GENERATED ALWAYS AS IDENTITY, relation regclass, at timestamptz, rows text[]);
-- What a table is at this moment; to be called outside of transactions.
CREATE FUNCTION told.remember(VARIADIC relations regclass[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO told.moments (relation, at, rows)
	SELECT c.oid, clock_timestamp(), told.rows(CASE c.relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || c.oid::regclass) FROM pg_class c WHERE c.oid = ANY (relations);
END $$;
-- Each moment that was remembered, told by table_as_of().
CREATE FUNCTION told.past_is_right(what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	moment record;
	wrong text := '';
	told text[];
	moments int := 0;
BEGIN
	FOR moment IN SELECT * FROM told.moments ORDER BY n LOOP
		moments := moments + 1;
		BEGIN
			told := told.rows(format('dbeng.table_as_of(NULL::%s, %L)', moment.relation, moment.at));
			IF told IS DISTINCT FROM moment.rows THEN
				wrong := wrong || format(E'moment %s of %s: %s instead of %s\n', moment.n, moment.relation, left(told::text, 2000), left(moment.rows::text, 2000));
			END IF;
		EXCEPTION WHEN OTHERS THEN
			wrong := wrong || format(E'moment %s of %s: %s\n', moment.n, moment.relation, SQLERRM);
		END;
	END LOOP;
	RETURN NEXT ok(moments > 0 AND wrong = '', what || ': the past is told right');
	IF wrong <> '' THEN RETURN NEXT diag(wrong); END IF;
	DELETE FROM told.moments;
END $$;
-- Undoes the last transaction that changed the table and compares with the rows of an array.
CREATE FUNCTION told.undone_is(relation regclass, VARIADIC rows text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM dbeng.undo(told.transaction(relation), false);
	RETURN NEXT is(told.rows(relation::text), rows, relation || ' is undone');
END $$;
-- SQLSTATE, and words of message and detail; DETAIL and HINT are there.
CREATE FUNCTION told.refused(sql text, code text, words text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text; hint text;
BEGIN
	EXECUTE sql;
	RETURN NEXT fail(sql || ' is refused');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT is(format('%s %s', state, concat_ws(' ', message, detail) ~ words AND detail <> '' AND hint <> ''), code || ' t', sql || ' is refused');
	IF concat_ws(' ', message, detail) !~ words THEN RETURN NEXT diag(format('%s; %s; %s', message, detail, hint)); END IF;
END $$;
