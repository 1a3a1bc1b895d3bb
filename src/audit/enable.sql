-- Switching audit on and off.

CREATE OR REPLACE FUNCTION dbeng._audit_refuse() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME', 'dbeng_audit_refuse';
COMMENT ON FUNCTION dbeng._audit_refuse() IS 'trigger on the tables of the audit log: refuses whatever would write them';

CREATE OR REPLACE FUNCTION dbeng._audit_differs(table_id int, relation oid, before tid, after tid) RETURNS boolean
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 10
AS 'MODULE_PATHNAME', 'dbeng_audit_differs';
COMMENT ON FUNCTION dbeng._audit_differs(int, oid, tid, tid) IS 'condition of the audit trigger of a table with excluded columns: has an update changed any other one?';

CREATE OR REPLACE FUNCTION dbeng.enable_audit(relation regclass, exclude name[] DEFAULT '{}', redact name[] DEFAULT '{}',
	log_query boolean DEFAULT false, on_replica boolean DEFAULT false) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'dbeng_enable_audit';
COMMENT ON FUNCTION dbeng.enable_audit(regclass, name[], name[], boolean, boolean) IS 'from now on every change of the table''s rows is logged: without the columns of exclude, without the values of those of redact; called again it changes that, and mends its triggers';

CREATE OR REPLACE FUNCTION dbeng.disable_audit(relation regclass) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'dbeng_disable_audit';
COMMENT ON FUNCTION dbeng.disable_audit(regclass) IS 'changes of the table are logged no longer; what was logged stays';

CREATE OR REPLACE FUNCTION dbeng.enable_audit_schema(schema_name name, exclude name[] DEFAULT '{}', redact name[] DEFAULT '{}',
	log_query boolean DEFAULT false, on_replica boolean DEFAULT false)
RETURNS TABLE (relation regclass, audited boolean, reason text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	schema_oid CONSTANT oid := (SELECT n.oid FROM pg_namespace n WHERE n.nspname = schema_name);
	unknown name;
BEGIN
	IF schema_oid IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name', MESSAGE = format('schema %s does not exist', coalesce(quote_ident(schema_name), 'NULL')),
			DETAIL = 'dbeng.enable_audit_schema() takes the name of a schema.', HINT = 'SELECT nspname FROM pg_namespace;';
	END IF;
	-- A name that no table has is a slip of the pen, and would leave what it meant in the log.
	SELECT n INTO unknown FROM unnest(enable_audit_schema.exclude || enable_audit_schema.redact) n
	WHERE NOT EXISTS (SELECT FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace = schema_oid AND c.relkind IN ('r', 'p') AND a.attname = n AND a.attnum > 0 AND NOT a.attisdropped) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('no table of schema %I has a column %s', schema_name, coalesce(quote_ident(unknown), 'NULL')),
			DETAIL = 'exclude or redact names it.', HINT = 'Name columns that some of its tables have.';
	END IF;
	FOR relation IN SELECT c.oid FROM pg_class c
		WHERE c.relnamespace = schema_oid AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname
	LOOP
		audited := true;
		IF EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = relation AND t.tgfoid = 'dbeng._audit_row()'::regprocedure) THEN
			reason := 'was audited already';
			RETURN NEXT;
			CONTINUE;
		END IF;
		reason := NULL;
		BEGIN
			PERFORM dbeng.enable_audit(relation,
				ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = ANY (enable_audit_schema.exclude) AND NOT a.attisdropped),
				ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = ANY (enable_audit_schema.redact) AND NOT a.attisdropped),
				log_query, on_replica);
		EXCEPTION WHEN insufficient_privilege OR wrong_object_type OR feature_not_supported OR object_not_in_prerequisite_state
			OR invalid_parameter_value OR lock_not_available OR undefined_table THEN
			audited := false;
			GET STACKED DIAGNOSTICS reason = PG_EXCEPTION_DETAIL;
			reason := concat_ws(': ', SQLERRM, nullif(reason, ''));
		END;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dbeng.enable_audit_schema(name, name[], name[], boolean, boolean) IS 'dbeng.enable_audit() for each table of a schema that is not audited yet; says which could not be, and why';

CREATE OR REPLACE FUNCTION dbeng._audited_tables()
RETURNS TABLE (relation regclass, exclude name[], entries bigint, first_at timestamptz, last_at timestamptz, redact name[],
	log_query boolean, on_replica boolean, table_id int, enabled_at timestamptz, enabled_by name, disabled_at timestamptz,
	state text, name text)
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10000 ROWS 100
AS 'MODULE_PATHNAME', 'dbeng_audited_tables';
COMMENT ON FUNCTION dbeng._audited_tables() IS 'behind dbeng.audited_tables';

CREATE OR REPLACE VIEW dbeng.audited_tables AS
SELECT relation, exclude, entries, first_at, last_at, redact, log_query, on_replica, table_id, enabled_at, enabled_by, disabled_at,
	state, name
  FROM dbeng._audited_tables();
COMMENT ON VIEW dbeng.audited_tables IS 'the tables that are or were audited, and how';
COMMENT ON COLUMN dbeng.audited_tables.relation IS 'the table; NULL when it was dropped';
COMMENT ON COLUMN dbeng.audited_tables.exclude IS 'columns that are not logged';
COMMENT ON COLUMN dbeng.audited_tables.entries IS 'changes of it in the log';
COMMENT ON COLUMN dbeng.audited_tables.first_at IS 'when the oldest of them was made';
COMMENT ON COLUMN dbeng.audited_tables.last_at IS 'when the newest of them was made';
COMMENT ON COLUMN dbeng.audited_tables.redact IS 'columns that are logged as changed, without their values';
COMMENT ON COLUMN dbeng.audited_tables.log_query IS 'is the text of the statement logged';
COMMENT ON COLUMN dbeng.audited_tables.on_replica IS 'is logged what replication writes, too';
COMMENT ON COLUMN dbeng.audited_tables.table_id IS 'its number in the log';
COMMENT ON COLUMN dbeng.audited_tables.enabled_at IS 'since when it is audited';
COMMENT ON COLUMN dbeng.audited_tables.enabled_by IS 'who switched it on';
COMMENT ON COLUMN dbeng.audited_tables.disabled_at IS 'when audit was switched off; NULL: it is on';
COMMENT ON COLUMN dbeng.audited_tables.state IS 'on; incomplete: its triggers are not as they should be, see dbeng.findings(); off; dropped';
COMMENT ON COLUMN dbeng.audited_tables.name IS 'what it is called, or was';
GRANT SELECT ON dbeng.audited_tables TO PUBLIC;
