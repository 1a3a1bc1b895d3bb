-- Versions of rows, and the time of their last change. What is kept of a table is its trigger's arguments: so it is dumped
-- with the table, and gone with it.

CREATE OR REPLACE FUNCTION dbeng._version_row() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME', 'dbeng_version_row';
COMMENT ON FUNCTION dbeng._version_row() IS 'trigger of dbeng.enable_versioning(); its arguments: the column of the version, that of the time, and which of them were added (v, u)';

CREATE OR REPLACE VIEW dbeng.versioned_tables AS
SELECT t.tgrelid::regclass AS relation, nullif(a.a[1], '')::name AS version_column, nullif(a.a[2], '')::name AS updated_column,
	CASE WHEN t.tgenabled = 'D' THEN 'off'
		WHEN EXISTS (SELECT FROM unnest(a.a[1:2]) n WHERE n <> '' AND NOT EXISTS (
			SELECT FROM pg_attribute c WHERE c.attrelid = t.tgrelid AND c.attname = n AND c.attnum > 0 AND NOT c.attisdropped)) THEN 'column missing'
		ELSE 'on' END AS state,
	ARRAY(SELECT n::name FROM (VALUES (a.a[1], 'v'), (a.a[2], 'u')) m(n, flag) WHERE a.a[3] LIKE '%' || flag || '%') AS added_columns
  FROM pg_trigger t, dbeng._trigger_arguments(t.tgargs) a(a)
 WHERE t.tgfoid = 'dbeng._version_row()'::regprocedure AND t.tgparentid = 0;
COMMENT ON VIEW dbeng.versioned_tables IS 'the tables of dbeng.enable_versioning()';
COMMENT ON COLUMN dbeng.versioned_tables.relation IS 'the table; the partitions of a partitioned one are with it';
COMMENT ON COLUMN dbeng.versioned_tables.version_column IS 'the column that counts; NULL: none';
COMMENT ON COLUMN dbeng.versioned_tables.updated_column IS 'the column with the time of the last change; NULL: none';
COMMENT ON COLUMN dbeng.versioned_tables.state IS 'on; off: the trigger is disabled; column missing: updates fail until dbeng.enable_versioning() is called again';
COMMENT ON COLUMN dbeng.versioned_tables.added_columns IS 'which of them dbeng.enable_versioning() added';
GRANT SELECT ON dbeng.versioned_tables TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng.enable_versioning(relation regclass, version_column name DEFAULT 'version', updated_column name DEFAULT 'updated_at') RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	trigger_name CONSTANT name := '~dbeng_version';
	reasons text[] := '{}';
	added text := '';
	wanted record;
	present record;
	other record;
	before record;
BEGIN
	PERFORM dbeng._require_own_table(relation, 'enable_versioning');
	IF version_column IS NULL AND updated_column IS NULL THEN
		PERFORM dbeng._refuse('version_column and updated_column must not both be NULL', ARRAY['Nothing would be left to be kept.'],
			'invalid_parameter_value', 'Name one of them at least.');
	END IF;
	IF version_column = updated_column THEN
		PERFORM dbeng._refuse(format('column %I cannot be both the version and the time', version_column), ARRAY['version_column and updated_column name the same.'],
			'invalid_parameter_value', 'Name two columns, or leave one of them NULL.');
	END IF;
	-- The lock that is needed, at once: who takes a stronger one later may wait for himself and another.
	EXECUTE format('LOCK TABLE %s IN %s MODE', relation, CASE WHEN EXISTS (
		SELECT FROM unnest(ARRAY[version_column, updated_column]) n WHERE n IS NOT NULL AND NOT EXISTS (
			SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = n AND a.attnum > 0 AND NOT a.attisdropped))
		THEN 'ACCESS EXCLUSIVE' ELSE 'SHARE ROW EXCLUSIVE' END);
	PERFORM dbeng._require_own_table(relation, 'enable_versioning');

	SELECT v.* INTO before FROM dbeng.versioned_tables v WHERE v.relation = enable_versioning.relation;
	IF FOUND AND before.state <> 'column missing'
		AND (before.version_column IS DISTINCT FROM version_column OR before.updated_column IS DISTINCT FROM updated_column) THEN
		reasons := reasons || format('It has versioning already, with the columns %s: SELECT dbeng.disable_versioning(%L);',
			concat_ws(', ', quote_ident(before.version_column), quote_ident(before.updated_column)), relation::text);
	END IF;
	SELECT t.tgname, t.tgfoid::regprocedure AS function INTO other FROM pg_trigger t
	WHERE t.tgrelid = relation AND t.tgname = trigger_name AND t.tgfoid <> 'dbeng._version_row()'::regprocedure;
	IF FOUND THEN
		reasons := reasons || format('Another trigger has the name %I.', trigger_name);
	END IF;
	SELECT p.relid INTO other FROM pg_partition_ancestors(relation) p, dbeng.versioned_tables v WHERE v.relation = p.relid AND p.relid <> enable_versioning.relation;
	IF FOUND THEN
		reasons := reasons || format('It is a partition of %s, whose versioning covers it.', other.relid);
	END IF;
	FOR other IN SELECT p.relid FROM pg_partition_tree(relation) p, dbeng.versioned_tables v WHERE v.relation = p.relid AND p.relid <> enable_versioning.relation LOOP
		reasons := reasons || format('Its partition %s has versioning of its own: SELECT dbeng.disable_versioning(%L);', other.relid, other.relid::text);
	END LOOP;
	FOR other IN SELECT p.relid FROM pg_partition_tree(relation) p JOIN pg_class c ON c.oid = p.relid WHERE c.relkind = 'f' LOOP
		reasons := reasons || format('Its partition %s is a foreign table: others write it past this server.', other.relid);
	END LOOP;

	FOR wanted IN SELECT * FROM (VALUES (version_column, 'v', 'bigint NOT NULL DEFAULT 1', '{smallint,integer,bigint}'::regtype[]),
			(updated_column, 'u', 'timestamp with time zone NOT NULL DEFAULT now()', '{timestamp,timestamptz}'::regtype[])) w(name, flag, definition, types)
		WHERE w.name IS NOT NULL
	LOOP
		SELECT a.attnum, a.atttypid::regtype AS type, a.attnotnull, a.atthasdef, a.attgenerated, a.attidentity INTO present
		FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = wanted.name AND NOT a.attisdropped;
		IF NOT FOUND THEN
			added := added || wanted.flag;
			IF EXISTS (SELECT FROM pg_class c WHERE c.oid = relation AND (c.relispartition OR c.reloftype <> 0)) THEN
				reasons := reasons || format('It has no column %I, and as %s it can have none of its own.', wanted.name,
					CASE WHEN (SELECT c.relispartition FROM pg_class c WHERE c.oid = relation) THEN 'a partition' ELSE 'a typed table' END);
			END IF;
			CONTINUE;
		END IF;
		IF before.added_columns @> ARRAY[wanted.name] THEN
			added := added || wanted.flag;
		END IF;
		IF present.attnum < 0 THEN
			reasons := reasons || format('%I is a system column.', wanted.name);
			CONTINUE;
		END IF;
		IF present.type <> ALL (wanted.types) THEN
			reasons := reasons || format('Column %I is of type %s, not %s.', wanted.name, present.type, array_to_string(wanted.types, ' or '));
		END IF;
		IF present.attgenerated <> '' OR present.attidentity <> '' THEN
			reasons := reasons || format('Column %I is %s: the server writes it itself.', wanted.name, CASE WHEN present.attgenerated <> '' THEN 'generated' ELSE 'an identity column' END);
		END IF;
		FOR other IN SELECT c.conname, c.contype FROM pg_constraint c
			WHERE (c.conrelid = relation AND c.contype IN ('p', 'f') AND present.attnum = ANY (c.conkey))
				OR (c.confrelid = relation AND c.contype = 'f' AND present.attnum = ANY (c.confkey)) LOOP
			reasons := reasons || format('Column %I is part of %s %I: it must not change with every update.', wanted.name,
				CASE other.contype WHEN 'p' THEN 'primary key' ELSE 'foreign key' END, other.conname);
		END LOOP;
		IF EXISTS (SELECT FROM pg_partition_tree(relation) t JOIN pg_partitioned_table p ON p.partrelid = t.relid JOIN pg_attribute a ON a.attrelid = t.relid
				WHERE a.attname = wanted.name AND a.attnum = ANY (p.partattrs::int2[])) THEN
			reasons := reasons || format('Column %I is part of the partition key: rows would move with every update.', wanted.name);
		END IF;
		IF cardinality(reasons) = 0 AND (NOT present.atthasdef OR (wanted.flag = 'v' AND NOT present.attnotnull)) THEN
			RAISE NOTICE USING MESSAGE = format('column %I of %s %s', wanted.name, relation,
					concat_ws(' and ', CASE WHEN NOT present.atthasdef THEN 'has no default' END, CASE WHEN NOT present.attnotnull THEN 'may be NULL' END)),
				DETAIL = CASE wanted.flag WHEN 'v' THEN 'A NULL counts as version 0.' ELSE 'New rows do not say when they were made.' END,
				HINT = format('ALTER TABLE %s %s;', relation, concat_ws(', ',
					CASE WHEN NOT present.atthasdef THEN format('ALTER COLUMN %I SET DEFAULT %s', wanted.name, CASE wanted.flag WHEN 'v' THEN '1' ELSE 'now()' END) END,
					CASE WHEN NOT present.attnotnull THEN format('ALTER COLUMN %I SET NOT NULL', wanted.name) END));
		END IF;
	END LOOP;
	IF cardinality(reasons) > 0 THEN
		PERFORM dbeng._refuse(format('%s cannot have versioning', relation), reasons, 'object_not_in_prerequisite_state');
	END IF;

	-- Ours comes last and has the last word; but what was done before it costs time, and may hide what it should see.
	FOR other IN SELECT t.tgname, p.proname, n.name FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid, unnest(ARRAY[version_column, updated_column]) n(name)
		WHERE t.tgrelid = relation AND NOT t.tgisinternal AND t.tgtype::int & 19 = 19 AND t.tgname <> trigger_name AND t.tgenabled <> 'D'
			AND (strpos(lower(p.prosrc), lower(n.name)) > 0 OR lower(n.name) = ANY (SELECT lower(x) FROM unnest(dbeng._trigger_arguments(t.tgargs)) x))
	LOOP
		RAISE NOTICE USING MESSAGE = format('trigger %I of %s seems to set column %I, too', other.tgname, relation, other.name),
			DETAIL = format('Its function %I() names the column.%s', other.proname,
				CASE WHEN other.name = version_column THEN ' If it counts versions itself, versions that clients give are never seen.' ELSE '' END),
			HINT = format('DROP TRIGGER %I ON %s;', other.tgname, relation);
	END LOOP;
	IF EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = relation AND NOT c.relispartition) THEN
		RAISE NOTICE USING MESSAGE = format('tables that inherit from %s have versioning on their own', relation),
			DETAIL = 'Columns are inherited, triggers are not.', HINT = 'Call dbeng.enable_versioning() for each of them.';
	END IF;

	FOR wanted IN SELECT * FROM (VALUES (version_column, 'bigint NOT NULL DEFAULT 1'), (updated_column, 'timestamp with time zone NOT NULL DEFAULT now()')) w(name, definition)
		WHERE w.name IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = w.name AND NOT a.attisdropped)
	LOOP
		EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s', relation, wanted.name, wanted.definition);
		PERFORM dbeng._follow_columns(relation);
	END LOOP;
	EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION dbeng._version_row(%L, %L, %L)',
		trigger_name, relation, coalesce(version_column, ''), coalesce(updated_column, ''), added);
	IF before.state = 'off' THEN
		EXECUTE format('ALTER TABLE %s ENABLE TRIGGER %I', relation, trigger_name);
	END IF;
END
$$;
COMMENT ON FUNCTION dbeng.enable_versioning(regclass, name, name) IS 'from now on each update of a row counts its version and notes its time, and one that gives another version than the row has is refused; columns that are not there are added';

CREATE OR REPLACE FUNCTION dbeng.disable_versioning(relation regclass, drop_columns boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	before record;
	column_name name;
BEGIN
	PERFORM dbeng._require_own_table(relation, 'disable_versioning');
	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', relation);
	PERFORM dbeng._require_own_table(relation, 'disable_versioning');
	SELECT v.* INTO before FROM dbeng.versioned_tables v WHERE v.relation = disable_versioning.relation;
	IF NOT FOUND THEN
		PERFORM dbeng._refuse(format('%s has no versioning', relation), ARRAY[coalesce(
				(SELECT format('It is a partition of %s, which has it.', p.relid) FROM pg_partition_ancestors(relation) p, dbeng.versioned_tables v WHERE v.relation = p.relid LIMIT 1),
				'dbeng.enable_versioning() was not called for it, or dbeng.disable_versioning() was already.')],
			'object_not_in_prerequisite_state', 'SELECT relation FROM dbeng.versioned_tables;');
	END IF;
	EXECUTE format('DROP TRIGGER %I ON %s', '~dbeng_version', relation);
	IF drop_columns THEN
		FOREACH column_name IN ARRAY before.added_columns LOOP
			PERFORM dbeng._follow_columns(relation, column_name);
			EXECUTE format('ALTER TABLE %s DROP COLUMN IF EXISTS %I', relation, column_name);
		END LOOP;
	END IF;
END
$$;
COMMENT ON FUNCTION dbeng.disable_versioning(regclass, boolean) IS 'versions of the table''s rows are counted no longer; the columns stay, unless dbeng.enable_versioning() has added them and they are to be dropped';
