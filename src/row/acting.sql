-- What the functions that change a table for its owner have in common. They run as their caller: the server checks each
-- statement as if he had typed it.

CREATE OR REPLACE FUNCTION dbeng._refuse(what text, reasons text[], code text, hint text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL SAFE COST 10
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = code, MESSAGE = what, DETAIL = array_to_string(reasons, E'\n'),
		HINT = coalesce(hint, 'Nothing was changed. Mend what is listed, and call again.');
END
$$;
COMMENT ON FUNCTION dbeng._refuse(text, text[], text, text) IS 'raises with a list of reasons';

-- Who may not change a table must not wait for it, and stand in its way: so this comes before the lock.
CREATE OR REPLACE FUNCTION dbeng._require_own_table(relation regclass, what text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kind "char";
	persistence "char";
	owner oid;
	schema_oid oid;
BEGIN
	IF relation IS NULL THEN
		PERFORM dbeng._refuse('relation must not be NULL', ARRAY[format('dbeng.%s() takes a table.', what)], 'null_value_not_allowed',
			format('SELECT dbeng.%s(''a_schema.a_table'');', what));
	END IF;
	IF current_setting('transaction_read_only')::boolean THEN
		PERFORM dbeng._refuse(format('cannot execute dbeng.%s() in a read-only transaction', what), ARRAY['It changes the table.'],
			'read_only_sql_transaction', 'Call it where writing is allowed.');
	END IF;
	SELECT c.relkind, c.relpersistence, c.relowner, c.relnamespace INTO kind, persistence, owner, schema_oid FROM pg_class c WHERE c.oid = relation;
	IF NOT FOUND THEN
		PERFORM dbeng._refuse(format('relation with OID %s does not exist', relation::oid), ARRAY['It was dropped, or never was.'],
			'undefined_table', 'Name a table that \d shows.');
	END IF;
	IF NOT pg_has_role(owner, 'USAGE') THEN
		PERFORM dbeng._refuse(format('must be owner of table %s', relation),
			ARRAY[format('Role %I is not; dbeng.%s() is for who owns the table.', current_user, what)], 'insufficient_privilege',
			format('Let role %s or a member of it do this.', owner::regrole));
	END IF;
	IF kind NOT IN ('r', 'p') THEN
		PERFORM dbeng._refuse(format('%s is not a table', relation), ARRAY[format('It is %s.', CASE kind WHEN 'v' THEN 'a view'
				WHEN 'm' THEN 'a materialized view' WHEN 'f' THEN 'a foreign table: others write it past this server' WHEN 'S' THEN 'a sequence'
				WHEN 'c' THEN 'a type' ELSE 'an index' END)],
			'wrong_object_type', 'Name the tables whose rows are changed.');
	END IF;
	IF relation::oid < 16384 OR schema_oid = 'dbeng'::regnamespace THEN
		PERFORM dbeng._refuse(format('%s is not a table of yours', relation),
			ARRAY[CASE WHEN relation::oid < 16384 THEN 'It is a system catalog.' ELSE 'It is dbeng''s own.' END],
			'feature_not_supported', 'Name a table of your own.');
	END IF;
END
$$;
COMMENT ON FUNCTION dbeng._require_own_table(regclass, text) IS 'raises unless the relation is a table that the caller owns';

-- A trigger's arguments lie one behind the other, each with a zero byte at its end.
CREATE OR REPLACE FUNCTION dbeng._trigger_arguments(arguments bytea) RETURNS text[]
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 10
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT array_agg(convert_from(decode(part[1], 'hex'), getdatabaseencoding()) ORDER BY place)
	FROM regexp_matches(encode(arguments, 'hex'), '((?:(?!00)..)*)00', 'g') WITH ORDINALITY AS p(part, place)
$$;
COMMENT ON FUNCTION dbeng._trigger_arguments(bytea) IS 'the arguments of pg_trigger.tgargs';
