-- Where a row is in a hierarchy: the keys from the root down to its own, in an array that an index searches. What is kept of a table is its
-- triggers' arguments: so it is dumped with the table, and gone with it.

CREATE OR REPLACE FUNCTION dbeng._keep_path() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME', 'dbeng_keep_path';
COMMENT ON FUNCTION dbeng._keep_path() IS 'trigger of dbeng.enable_path(); its arguments: the columns of key, parent and path, what was added (p: the path), and the indexes that were';

CREATE OR REPLACE VIEW dbeng.path_tables AS
SELECT t.tgrelid::regclass AS relation, a.a[1]::name AS key_column, a.a[2]::name AS parent_column, a.a[3]::name AS path_column,
	CASE WHEN EXISTS (SELECT FROM pg_trigger o WHERE o.tgrelid = t.tgrelid AND o.tgfoid = t.tgfoid AND o.tgenabled = 'D')
			OR (SELECT count(*) FROM pg_trigger o WHERE o.tgrelid = t.tgrelid AND o.tgfoid = t.tgfoid) < 3 THEN 'off'
		WHEN EXISTS (SELECT FROM unnest(a.a[1:3]) n WHERE NOT EXISTS (SELECT FROM pg_attribute c WHERE c.attrelid = t.tgrelid AND c.attname = n AND c.attnum > 0 AND NOT c.attisdropped)) THEN 'column missing'
		ELSE 'on' END AS state
  FROM pg_trigger t, dbeng._trigger_arguments(t.tgargs) a(a)
 WHERE t.tgfoid = 'dbeng._keep_path()'::regprocedure AND t.tgname = '~dbeng_path';
COMMENT ON VIEW dbeng.path_tables IS 'the tables of dbeng.enable_path()';
COMMENT ON COLUMN dbeng.path_tables.relation IS 'the table';
COMMENT ON COLUMN dbeng.path_tables.key_column IS 'its primary key';
COMMENT ON COLUMN dbeng.path_tables.parent_column IS 'the column that refers to the row above';
COMMENT ON COLUMN dbeng.path_tables.path_column IS 'the column with the keys from the root down to the row itself';
COMMENT ON COLUMN dbeng.path_tables.state IS 'on; off: a trigger is disabled or dropped; column missing: writing fails until dbeng.disable_path() and dbeng.enable_path()';
GRANT SELECT ON dbeng.path_tables TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng.enable_path(relation regclass, parent_column name, path_column name DEFAULT 'path') RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
SET row_security = off
AS $$
DECLARE
	reasons text[] := '{}';
	before record;
	other record;
	key record;
	parent record;
	path record;
	flags text := '';
	parent_index name := '';
	path_index name := '';
	arguments text;
BEGIN
	PERFORM dbeng._require_own_table(relation, 'enable_path');
	IF parent_column IS NULL OR path_column IS NULL OR parent_column = path_column THEN
		PERFORM dbeng._refuse(CASE WHEN parent_column = path_column THEN format('column %I cannot be both parent and path', path_column) ELSE 'parent_column and path_column must not be NULL' END,
			ARRAY['The path is made of the parents, and kept beside them.'], 'invalid_parameter_value', format('SELECT dbeng.enable_path(%L, ''parent_id'');', relation::text));
	END IF;
	-- The lock that is needed, at once: who takes a stronger one later may wait for himself and another.
	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', relation);
	PERFORM dbeng._require_own_table(relation, 'enable_path');

	SELECT p.*, dbeng._trigger_arguments(t.tgargs) AS arguments INTO before FROM dbeng.path_tables p JOIN pg_trigger t ON t.tgrelid = p.relation AND t.tgname = '~dbeng_path' WHERE p.relation = enable_path.relation;
	IF FOUND AND (before.parent_column <> enable_path.parent_column OR before.path_column <> enable_path.path_column OR before.state = 'column missing') THEN
		reasons := reasons || format('It has paths already, with the columns %I and %I: SELECT dbeng.disable_path(%L);', before.parent_column, before.path_column, relation::text);
	ELSIF FOUND THEN
		flags := before.arguments[4];
		parent_index := before.arguments[5];
		path_index := before.arguments[6];
	END IF;
	FOR other IN SELECT t.tgname FROM pg_trigger t WHERE t.tgrelid = relation AND t.tgname IN ('~dbeng_path', '~dbeng_path_insert', '~dbeng_path_update') AND t.tgfoid <> 'dbeng._keep_path()'::regprocedure LOOP
		reasons := reasons || format('Another trigger has the name %I.', other.tgname);
	END LOOP;
	SELECT c.relkind, c.relispartition, c.reloftype <> 0 AS typed INTO other FROM pg_class c WHERE c.oid = relation;
	IF other.relkind = 'p' OR other.relispartition THEN
		reasons := reasons || 'It is partitioned, or a partition: a row''s ancestors would lie in other tables.'::text;
	ELSIF EXISTS (SELECT FROM pg_inherits i WHERE relation IN (i.inhparent, i.inhrelid)) THEN
		reasons := reasons || 'It inherits, or is inherited from: a row''s ancestors would lie in other tables.'::text;
	END IF;

	SELECT a.attname, a.attnum, a.atttypid, x.indnkeyatts INTO key FROM pg_index x JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0] WHERE x.indrelid = relation AND x.indisprimary;
	IF NOT FOUND OR key.indnkeyatts <> 1 THEN
		reasons := reasons || CASE WHEN key.attnum IS NULL THEN 'It has no primary key.' ELSE 'Its primary key has several columns.' END;
	ELSIF key.atttypid NOT IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'uuid'::regtype, 'text'::regtype, 'varchar'::regtype) THEN
		reasons := reasons || format('Its primary key is of type %s, not of an integer type, uuid or text.', format_type(key.atttypid, NULL));
	END IF;
	SELECT a.attnum, a.atttypid, a.attnotnull, a.attgenerated INTO parent FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = enable_path.parent_column AND a.attnum > 0 AND NOT a.attisdropped;
	IF NOT FOUND THEN
		reasons := reasons || format('It has no column %I.', enable_path.parent_column);
	ELSE
		IF parent.attnum = key.attnum THEN
			reasons := reasons || format('Column %I is the primary key itself.', enable_path.parent_column);
		ELSIF parent.atttypid <> key.atttypid THEN
			reasons := reasons || format('Column %I is of type %s, the primary key of type %s.', enable_path.parent_column, format_type(parent.atttypid, NULL), format_type(key.atttypid, NULL));
		ELSIF key.indnkeyatts = 1 AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.conrelid = relation AND f.confrelid = relation AND f.contype = 'f' AND f.convalidated
				AND f.conkey = ARRAY[parent.attnum] AND f.confkey = ARRAY[key.attnum]) THEN
			reasons := reasons || format('No valid foreign key leads from %1$I to %2$I: ALTER TABLE %3$s ADD FOREIGN KEY (%1$I) REFERENCES %3$s (%2$I);', enable_path.parent_column, key.attname, relation);
		END IF;
		IF parent.attnotnull THEN
			reasons := reasons || format('Column %I is never NULL, so no row is a root.', enable_path.parent_column);
		END IF;
		IF parent.attgenerated <> '' THEN
			reasons := reasons || format('Column %I is generated: it is written after triggers have run.', enable_path.parent_column);
		END IF;
	END IF;
	SELECT a.attnum, a.atttypid, a.attnotnull, a.attgenerated INTO path FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = enable_path.path_column AND NOT a.attisdropped;
	IF NOT FOUND THEN
		IF other.typed THEN
			reasons := reasons || format('It has no column %I, and as a typed table it can have none of its own.', enable_path.path_column);
		END IF;
	ELSIF path.attnum < 0 THEN
		reasons := reasons || format('%I is a system column.', enable_path.path_column);
	ELSE
		IF path.atttypid <> (SELECT t.typarray FROM pg_type t WHERE t.oid = key.atttypid) THEN
			reasons := reasons || format('Column %I is of type %s, not %s[].', enable_path.path_column, format_type(path.atttypid, NULL), format_type(key.atttypid, NULL));
		END IF;
		IF path.attgenerated <> '' THEN
			reasons := reasons || format('Column %I is generated: the server writes it itself.', enable_path.path_column);
		END IF;
	END IF;
	IF cardinality(reasons) = 0 THEN
		reasons := dbeng._path_circles(relation, key.attname, enable_path.parent_column);
	END IF;
	IF cardinality(reasons) > 0 THEN
		PERFORM dbeng._refuse(format('%s cannot have paths', relation), reasons, 'object_not_in_prerequisite_state');
	END IF;

	-- The table first and the rows last: what rows have changed keeps their table from being altered.
	IF path.attnum IS NULL THEN
		EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s[] NOT NULL DEFAULT ''{}''', relation, enable_path.path_column, format_type(key.atttypid, NULL));
		PERFORM dbeng._follow_columns(relation);
		EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', relation, enable_path.path_column);
		flags := flags || 'p';
	END IF;
	IF parent_index = '' AND NOT EXISTS (SELECT FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam
			WHERE x.indrelid = relation AND x.indisvalid AND x.indkey[0] = parent.attnum AND m.amname = 'btree'
				AND (x.indpred IS NULL OR pg_get_expr(x.indpred, x.indrelid) = format('(%I IS NOT NULL)', enable_path.parent_column))) THEN
		EXECUTE format('CREATE INDEX ON %s (%I)', relation, enable_path.parent_column);
		SELECT i.relname INTO parent_index FROM pg_class i WHERE i.oid = (SELECT max(x.indexrelid) FROM pg_index x WHERE x.indrelid = relation);
	END IF;
	SELECT a.attnum INTO path.attnum FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = enable_path.path_column AND NOT a.attisdropped;
	IF path_index = '' AND NOT EXISTS (SELECT FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam
			WHERE x.indrelid = relation AND x.indisvalid AND x.indkey[0] = path.attnum AND m.amname = 'gin' AND x.indpred IS NULL) THEN
		EXECUTE format('CREATE INDEX ON %s USING gin (%I)', relation, enable_path.path_column);
		SELECT i.relname INTO path_index FROM pg_class i WHERE i.oid = (SELECT max(x.indexrelid) FROM pg_index x WHERE x.indrelid = relation);
	END IF;
	arguments := format('%L, %L, %L, %L, %L, %L', key.attname, enable_path.parent_column, enable_path.path_column, flags, parent_index, path_index);
	EXECUTE format('CREATE OR REPLACE TRIGGER "~dbeng_path" BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION dbeng._keep_path(%s)', relation, arguments);
	EXECUTE format('CREATE OR REPLACE TRIGGER "~dbeng_path_insert" AFTER INSERT ON %s FOR EACH ROW EXECUTE FUNCTION dbeng._keep_path(%s)', relation, arguments);
	EXECUTE format('CREATE OR REPLACE TRIGGER "~dbeng_path_update" AFTER UPDATE ON %1$s FOR EACH ROW WHEN (OLD.%2$I IS DISTINCT FROM NEW.%2$I OR OLD.%3$I IS DISTINCT FROM NEW.%3$I OR OLD.%4$I IS DISTINCT FROM NEW.%4$I)
		EXECUTE FUNCTION dbeng._keep_path(%5$s)', relation, key.attname, enable_path.parent_column, enable_path.path_column, arguments);
	IF before.state = 'off' THEN
		EXECUTE format('ALTER TABLE %1$s ENABLE TRIGGER "~dbeng_path", ENABLE TRIGGER "~dbeng_path_insert", ENABLE TRIGGER "~dbeng_path_update"', relation);
	END IF;
	PERFORM dbeng._write_paths(relation, key.attname, enable_path.parent_column, enable_path.path_column);
END
$$;
COMMENT ON FUNCTION dbeng.enable_path(regclass, name, name) IS 'from now on each row keeps the keys from its root down to itself, moved with whatever it is below; column, indexes and triggers; called again it mends what is missing';

-- One row of each circle, with the circle.
CREATE OR REPLACE FUNCTION dbeng._path_circles(relation regclass, key_column name, parent_column name) RETURNS text[]
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
SET row_security = off
AS $$
DECLARE
	circles text[];
BEGIN
	-- Who is in no tree is in a circle, or below one. Each circle is told once, from its least key on.
	EXECUTE format('WITH RECURSIVE tree(key) AS (SELECT t.%1$I FROM ONLY %3$s t WHERE t.%2$I IS NULL UNION ALL SELECT t.%1$I FROM tree p JOIN ONLY %3$s t ON t.%2$I = p.key),
		lost AS (SELECT t.%1$I AS key, t.%2$I AS parent FROM ONLY %3$s t WHERE NOT EXISTS (SELECT FROM tree r WHERE r.key = t.%1$I) LIMIT 10000),
		up(start, parent, way) AS (SELECT key, parent, ARRAY[key] FROM lost UNION ALL SELECT u.start, l.parent, l.key || u.way FROM up u JOIN lost l ON l.key = u.parent WHERE u.parent > u.start AND u.parent <> ALL (u.way))
		SELECT array_agg(c ORDER BY c) FROM (SELECT DISTINCT format(''Rows are in a circle: %%s.'', array_to_string(start || way, '' > '')) AS c FROM up WHERE parent = start LIMIT 20) s',
		key_column, parent_column, relation) INTO circles;
	RETURN coalesce(circles, '{}');
END
$$;
COMMENT ON FUNCTION dbeng._path_circles(regclass, name, name) IS 'the circles of a hierarchy, as reasons';

-- All paths at once, those that are right left alone.
CREATE OR REPLACE FUNCTION dbeng._write_paths(relation regclass, key_column name, parent_column name, path_column name) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
SET row_security = off
SET dbeng.keep_paths = on
AS $$
DECLARE
	written bigint;
BEGIN
	EXECUTE format('WITH RECURSIVE tree(key, path) AS (SELECT t.%1$I, ARRAY[t.%1$I] FROM ONLY %4$s t WHERE t.%2$I IS NULL UNION ALL SELECT t.%1$I, p.path || t.%1$I FROM tree p JOIN ONLY %4$s t ON t.%2$I = p.key)
		UPDATE ONLY %4$s t SET %3$I = r.path FROM tree r WHERE r.key = t.%1$I AND t.%3$I IS DISTINCT FROM r.path', key_column, parent_column, path_column, relation);
	GET DIAGNOSTICS written = ROW_COUNT;
	RETURN written;
END
$$;
COMMENT ON FUNCTION dbeng._write_paths(regclass, name, name, name) IS 'writes every path that is not right';

-- The columns of a table that has paths.
CREATE OR REPLACE FUNCTION dbeng._require_path(relation regclass) RETURNS TABLE (key_column name, parent_column name, path_column name, state text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100 ROWS 1
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT p.key_column, p.parent_column, p.path_column, p.state FROM dbeng.path_tables p WHERE p.relation = _require_path.relation;
	IF NOT FOUND THEN
		PERFORM dbeng._refuse(format('%s has no paths', relation), ARRAY['dbeng.enable_path() was not called for it, or dbeng.disable_path() was already.'],
			'object_not_in_prerequisite_state', 'SELECT relation FROM dbeng.path_tables;');
	END IF;
END
$$;
COMMENT ON FUNCTION dbeng._require_path(regclass) IS 'raises unless dbeng.enable_path() was called for the table';

CREATE OR REPLACE FUNCTION dbeng.repair_path(relation regclass) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
SET row_security = off
AS $$
DECLARE
	p record;
	circles text[];
BEGIN
	PERFORM dbeng._require_own_table(relation, 'repair_path');
	EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', relation);
	PERFORM dbeng._require_own_table(relation, 'repair_path');
	SELECT * INTO p FROM dbeng._require_path(relation);
	IF p.state = 'column missing' THEN
		PERFORM dbeng._refuse(format('the paths of %s cannot be repaired', relation), ARRAY['A column was renamed or dropped.'], 'undefined_column', 'SELECT dbeng.disable_path(...); and dbeng.enable_path(...) with the columns as they are now.');
	END IF;
	circles := dbeng._path_circles(relation, p.key_column, p.parent_column);
	IF cardinality(circles) > 0 THEN
		PERFORM dbeng._refuse(format('the paths of %s cannot be repaired', relation), circles, 'check_violation', format('Set %I of one row of each circle to NULL.', p.parent_column));
	END IF;
	RETURN dbeng._write_paths(relation, p.key_column, p.parent_column, p.path_column);
END
$$;
COMMENT ON FUNCTION dbeng.repair_path(regclass) IS 'writes each path that is not what the parents say, and how many; for after bulk loads under dbeng.keep_paths';

CREATE OR REPLACE FUNCTION dbeng.path_errors(relation regclass) RETURNS TABLE (key text, path text, expected text)
LANGUAGE plpgsql STABLE PARALLEL UNSAFE COST 100000 ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	p record;
BEGIN
	SELECT * INTO p FROM dbeng._require_path(relation);
	RETURN QUERY EXECUTE format('WITH RECURSIVE tree(key, path) AS (SELECT t.%1$I, ARRAY[t.%1$I] FROM ONLY %4$s t WHERE t.%2$I IS NULL UNION ALL SELECT t.%1$I, p.path || t.%1$I FROM tree p JOIN ONLY %4$s t ON t.%2$I = p.key)
		SELECT t.%1$I::text, t.%3$I::text, r.path::text FROM ONLY %4$s t LEFT JOIN tree r ON r.key = t.%1$I WHERE t.%3$I IS DISTINCT FROM r.path ORDER BY t.%1$I', p.key_column, p.parent_column, p.path_column, relation);
END
$$;
COMMENT ON FUNCTION dbeng.path_errors(regclass) IS 'rows whose path is not what their parents say, and what it should be; NULL: the row is in a circle, or below one';

CREATE OR REPLACE FUNCTION dbeng.disable_path(relation regclass, drop_column boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	arguments text[];
	dropped record;
BEGIN
	PERFORM dbeng._require_own_table(relation, 'disable_path');
	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', relation);
	PERFORM dbeng._require_own_table(relation, 'disable_path');
	PERFORM dbeng._require_path(relation);
	SELECT dbeng._trigger_arguments(t.tgargs) INTO arguments FROM pg_trigger t WHERE t.tgrelid = relation AND t.tgname = '~dbeng_path';
	FOR dropped IN SELECT t.tgname FROM pg_trigger t WHERE t.tgrelid = relation AND t.tgfoid = 'dbeng._keep_path()'::regprocedure LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', dropped.tgname, relation);
	END LOOP;
	FOR dropped IN SELECT i.oid::regclass AS index FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = relation AND i.relname IN (arguments[5], arguments[6]) LOOP
		EXECUTE format('DROP INDEX %s', dropped.index);
	END LOOP;
	IF NOT arguments[4] LIKE '%p%' THEN
		RETURN;
	ELSIF drop_column THEN
		PERFORM dbeng._follow_columns(relation, arguments[3]::name);
		EXECUTE format('ALTER TABLE %s DROP COLUMN IF EXISTS %I', relation, arguments[3]);
	ELSIF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = arguments[3] AND NOT a.attisdropped) THEN
		-- Nobody gives it from now on.
		EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', relation, arguments[3]);
	END IF;
END
$$;
COMMENT ON FUNCTION dbeng.disable_path(regclass, boolean) IS 'paths are kept no longer; the column stays, unless dbeng.enable_path() has added it and it is to be dropped';
