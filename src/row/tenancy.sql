-- Tables that hold the rows of many tenants, of whom each session sees one. What was there before is kept in the comment on
-- the policy: so it is dumped with the table, and gone with it.

-- Each table whose rows are kept apart, partitions and other children included.
CREATE OR REPLACE FUNCTION dbeng._tenancies()
RETURNS TABLE (relation regclass, column_number int2, column_name name, setting text, child boolean, before jsonb)
LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT p.polrelid, a.attnum, a.attname, d.before->>'setting', (d.before->>'child')::boolean, d.before
	FROM pg_policy p
		JOIN LATERAL (SELECT substring(obj_description(p.oid, 'pg_policy') FROM '^dbeng.enable_tenancy\(\): ({.*})$')::jsonb) d(before) ON d.before IS NOT NULL
		JOIN pg_attribute a ON a.attrelid = p.polrelid AND a.attnum = (
			SELECT min(u.refobjsubid) FROM pg_depend u WHERE u.classid = 'pg_policy'::regclass AND u.objid = p.oid AND u.refobjid = p.polrelid AND u.refobjsubid > 0)
	WHERE p.polname = 'dbeng_tenant'
$$;
COMMENT ON FUNCTION dbeng._tenancies() IS 'behind dbeng.tenant_tables';

CREATE OR REPLACE VIEW dbeng.tenant_tables AS
SELECT t.relation, t.column_name, t.setting,
	CASE WHEN NOT c.relrowsecurity THEN 'off' WHEN NOT c.relforcerowsecurity THEN 'not forced' WHEN o.open_children IS NOT NULL THEN 'children open' ELSE 'on' END AS state,
	o.open_children,
	ARRAY(SELECT f.conname FROM pg_constraint f, dbeng._tenancies() r
		WHERE f.conrelid = t.relation AND f.contype = 'f' AND f.conparentid = 0 AND r.relation = f.confrelid AND NOT r.child
			AND NOT EXISTS (SELECT FROM unnest(f.conkey, f.confkey) k(own, other) WHERE k.own = t.column_number AND k.other = r.column_number)
		ORDER BY f.conname) AS cross_tenant_keys
  FROM dbeng._tenancies() t JOIN pg_class c ON c.oid = t.relation,
	LATERAL (WITH RECURSIVE below(oid) AS (
			SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = t.relation UNION SELECT i.inhrelid FROM pg_inherits i JOIN below b ON i.inhparent = b.oid)
		SELECT array_agg(b.oid::regclass ORDER BY b.oid::regclass::text) FROM below b JOIN pg_class k ON k.oid = b.oid
		WHERE NOT (k.relrowsecurity AND k.relforcerowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = b.oid AND p.polname = 'dbeng_tenant'))) o(open_children)
 WHERE NOT t.child;
COMMENT ON VIEW dbeng.tenant_tables IS 'the tables of dbeng.enable_tenancy()';
COMMENT ON COLUMN dbeng.tenant_tables.relation IS 'the table; its partitions and other children are with it';
COMMENT ON COLUMN dbeng.tenant_tables.column_name IS 'the column that says whose a row is';
COMMENT ON COLUMN dbeng.tenant_tables.setting IS 'the setting that says whose rows a session sees';
COMMENT ON COLUMN dbeng.tenant_tables.state IS 'on; off: row security is disabled; not forced: the owner sees all; children open: see open_children. dbeng.enable_tenancy(), called again, mends them';
COMMENT ON COLUMN dbeng.tenant_tables.open_children IS 'partitions and other children that show all their rows to who reads them directly; NULL: none';
COMMENT ON COLUMN dbeng.tenant_tables.cross_tenant_keys IS 'foreign keys by which a row may refer to another tenant''s';
GRANT SELECT ON dbeng.tenant_tables TO PUBLIC;

-- What a setting is worth as a value of the column's type: nothing when it is empty or not there, an error when it is none.
CREATE OR REPLACE FUNCTION dbeng._tenant_value(setting text, type oid) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 10
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format('nullif(pg_catalog.current_setting(%L, true), %L)::%s', setting, '', format_type(type, -1))
$$;
COMMENT ON FUNCTION dbeng._tenant_value(text, oid) IS 'the expression of dbeng.enable_tenancy() for the tenant of this session';

-- The statements by which a foreign key holds a row to its own tenant.
CREATE OR REPLACE FUNCTION dbeng._tenant_key_statements(foreign_key oid, own_column name, other_column name) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format('ALTER TABLE %1$s ADD UNIQUE (%2$I, %3$s); ALTER TABLE %4$s DROP CONSTRAINT %5$I, ADD CONSTRAINT %5$I FOREIGN KEY (%6$I, %7$s) REFERENCES %1$s (%2$I, %3$s)%8$s;',
		f.confrelid::regclass, other_column, k.other_list, f.conrelid::regclass, f.conname, own_column, k.own_list,
		concat(CASE f.confmatchtype WHEN 'f' THEN ' MATCH FULL' END,
			CASE f.confupdtype WHEN 'r' THEN ' ON UPDATE RESTRICT' WHEN 'c' THEN ' ON UPDATE CASCADE' END,
			CASE f.confdeltype WHEN 'r' THEN ' ON DELETE RESTRICT' WHEN 'c' THEN ' ON DELETE CASCADE' WHEN 'n' THEN format(' ON DELETE SET NULL (%s)', k.own_list)
				WHEN 'd' THEN format(' ON DELETE SET DEFAULT (%s)', k.own_list) END,
			CASE WHEN f.condeferrable THEN ' DEFERRABLE' END, CASE WHEN f.condeferred THEN ' INITIALLY DEFERRED' END))
	FROM pg_constraint f,
		LATERAL (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY u.place) AS own_list, string_agg(quote_ident(b.attname), ', ' ORDER BY u.place) AS other_list
			FROM unnest(f.conkey, f.confkey) WITH ORDINALITY u(own, other, place)
				JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = u.own JOIN pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = u.other) k
	WHERE f.oid = foreign_key
$$;
COMMENT ON FUNCTION dbeng._tenant_key_statements(oid, name, name) IS 'the statements that add the tenant''s column to a foreign key';

CREATE OR REPLACE FUNCTION dbeng.enable_tenancy(relation regclass, column_name name DEFAULT 'tenant_id', setting text DEFAULT 'app.tenant_id',
	column_type regtype DEFAULT 'bigint', allow_cross_tenant_keys boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	reasons text[] := '{}';
	present record;
	before record;
	other record;
	child record;
	value_type oid;
	value text;
	equals text;
	condition text;
	has_rows boolean;
	missing bigint;
	kept jsonb;
	index_oid oid;
BEGIN
	PERFORM dbeng._require_own_table(relation, 'enable_tenancy');
	IF column_name IS NULL OR column_type IS NULL OR setting IS NULL OR setting !~ '^[[:alpha:]_][[:alnum:]_$]*(\.[[:alpha:]_][[:alnum:]_$]*)+$' OR setting ~* '^dbeng\.' THEN
		PERFORM dbeng._refuse(CASE WHEN column_name IS NULL OR column_type IS NULL THEN 'column_name and column_type must not be NULL'
				ELSE format('%s cannot be the setting of the tenant', coalesce(quote_literal(setting), 'NULL')) END,
			ARRAY['It takes a name of the application''s own, with a dot in it.'], 'invalid_parameter_value', 'setting => ''app.tenant_id''');
	END IF;
	-- As ENABLE ROW LEVEL SECURITY does, with partitions and children.
	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', relation);
	PERFORM dbeng._require_own_table(relation, 'enable_tenancy');

	SELECT a.attnum, a.atttypid AS type, a.attnotnull, a.attgenerated, a.attidentity INTO present
	FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = enable_tenancy.column_name AND NOT a.attisdropped;
	value_type := coalesce(present.type, column_type);
	SELECT t.* INTO before FROM dbeng._tenancies() t WHERE t.relation = enable_tenancy.relation;
	IF before.relation IS NOT NULL AND before.child THEN
		reasons := reasons || 'It is a partition or child of a table that has tenants, and is with it.'::text;
	ELSIF before.relation IS NOT NULL AND (before.column_name <> enable_tenancy.column_name OR before.setting <> enable_tenancy.setting) THEN
		reasons := reasons || format('It has tenants already, by column %I and setting %s: SELECT dbeng.disable_tenancy(%L);', before.column_name, before.setting, relation::text);
	END IF;
	SELECT c.relispartition, c.reloftype <> 0 AS typed INTO other FROM pg_class c WHERE c.oid = relation;
	IF other.relispartition AND before.relation IS NULL THEN
		reasons := reasons || format('It is a partition: SELECT dbeng.enable_tenancy(%L);', pg_partition_root(relation)::text);
	END IF;
	IF before.relation IS NULL AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = relation AND p.polname IN ('dbeng_tenant', 'dbeng_tenant_rows')) THEN
		reasons := reasons || 'A policy on it has the name dbeng_tenant or dbeng_tenant_rows, and is not of dbeng.enable_tenancy().'::text;
	END IF;
	FOR child IN SELECT * FROM dbeng._tables_below(relation) LOOP
		IF child.kind = 'f' THEN
			reasons := reasons || format('%s, a part of it, is a foreign table, which has no row security.', child.relation);
		END IF;
		IF NOT pg_has_role(child.owner, 'USAGE') THEN
			reasons := reasons || format('%s, a part of it, belongs to %s.', child.relation, child.owner::regrole);
		END IF;
	END LOOP;
	IF present.attnum IS NULL THEN
		EXECUTE format('SELECT EXISTS (SELECT FROM %s)', relation) INTO has_rows;
		IF has_rows THEN
			reasons := reasons || format('It has rows, and no column %1$I that says whose they are: ALTER TABLE %2$s ADD COLUMN %1$I %3$s; then UPDATE %2$s SET %1$I = ... .', enable_tenancy.column_name, relation, format_type(value_type, -1));
		END IF;
		IF other.typed THEN
			reasons := reasons || format('It has no column %I, and as a typed table it can have none of its own.', enable_tenancy.column_name);
		END IF;
	ELSIF present.attnum < 0 THEN
		reasons := reasons || format('%I is a system column.', enable_tenancy.column_name);
	ELSE
		IF present.attgenerated <> '' OR present.attidentity <> '' THEN
			reasons := reasons || format('Column %I is %s: it cannot have the tenant of the session as its default.', enable_tenancy.column_name, CASE WHEN present.attgenerated <> '' THEN 'generated' ELSE 'an identity column' END);
		END IF;
		EXECUTE format('SELECT count(*) FROM %s WHERE %I IS NULL', relation, enable_tenancy.column_name) INTO missing;
		IF missing > 0 THEN
			reasons := reasons || format('Column %1$I is NULL in %2$s rows: UPDATE %3$s SET %1$I = ... WHERE %1$I IS NULL;', enable_tenancy.column_name, missing, relation);
		END IF;
	END IF;
	value := dbeng._tenant_value(setting, value_type);
	-- A type of an extension has its equality there.
	SELECT format('OPERATOR(%I.=)', n.nspname) INTO equals
	FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
	WHERE o.oprname = '=' AND o.oprleft = value_type AND o.oprright = value_type AND n.nspname <> 'pg_catalog' ORDER BY o.oid LIMIT 1;
	equals := coalesce(equals, '=');
	BEGIN
		-- Asks the parser for an order and an equality, and whether a text can be cast to it; nothing is compared.
		EXECUTE format('SELECT 1 FROM (SELECT NULL::text::%1$s AS x) t WHERE x %2$s x GROUP BY x ORDER BY x', format_type(value_type, -1), equals);
	EXCEPTION WHEN undefined_function OR cannot_coerce OR datatype_mismatch OR undefined_object THEN
		reasons := reasons || format('Values of type %s cannot be had from text, compared and sorted.', format_type(value_type, -1));
	END;
	IF present.type <> column_type AND column_type <> 'bigint'::regtype THEN
		reasons := reasons || format('Column %I is of type %s, not %s.', enable_tenancy.column_name, present.type::regtype, column_type);
	END IF;
	IF NOT coalesce(allow_cross_tenant_keys, false) THEN
		FOR other IN SELECT f.oid, f.conname, f.conrelid::regclass AS from_table, f.confrelid::regclass AS to_table,
				CASE WHEN f.conrelid = enable_tenancy.relation THEN enable_tenancy.column_name ELSE c.column_name END AS own_column,
				CASE WHEN f.confrelid = enable_tenancy.relation THEN enable_tenancy.column_name ELSE p.column_name END AS other_column
			FROM pg_constraint f LEFT JOIN dbeng._tenancies() c ON c.relation = f.conrelid AND NOT c.child LEFT JOIN dbeng._tenancies() p ON p.relation = f.confrelid AND NOT p.child
			WHERE f.contype = 'f' AND f.conparentid = 0 AND enable_tenancy.relation IN (f.conrelid, f.confrelid)
				AND (f.conrelid = enable_tenancy.relation OR c.relation IS NOT NULL) AND (f.confrelid = enable_tenancy.relation OR p.relation IS NOT NULL)
				AND NOT EXISTS (SELECT FROM unnest(f.conkey, f.confkey) k(own, other)
					WHERE k.own = CASE WHEN f.conrelid = enable_tenancy.relation THEN present.attnum ELSE c.column_number END
						AND k.other = CASE WHEN f.confrelid = enable_tenancy.relation THEN present.attnum ELSE p.column_number END)
			ORDER BY f.conname
		LOOP
			reasons := reasons || format('By foreign key %I a row of %s may refer to another tenant''s of %s: %s%s', other.conname, other.from_table, other.to_table,
				CASE WHEN present.attnum IS NULL THEN format('ALTER TABLE %s ADD COLUMN %I %s NOT NULL; ', relation, enable_tenancy.column_name, format_type(value_type, -1)) END,
				dbeng._tenant_key_statements(other.oid, other.own_column, other.other_column));
		END LOOP;
	END IF;
	IF cardinality(reasons) > 0 THEN
		PERFORM dbeng._refuse(format('%s cannot have tenants', relation), reasons, 'object_not_in_prerequisite_state');
	END IF;

	FOR other IN SELECT i.indexrelid::regclass AS index FROM pg_index i
		WHERE i.indrelid = relation AND i.indisunique AND NOT i.indisprimary AND coalesce(present.attnum <> ALL (i.indkey::int2[]), true) ORDER BY 1
	LOOP
		RAISE NOTICE USING MESSAGE = format('unique index %s is of all tenants together', other.index),
			DETAIL = 'A tenant who gives a value that another one has is told that it is taken.', HINT = format('Begin its columns with %I.', enable_tenancy.column_name);
	END LOOP;

	kept := coalesce(before.before, '{}');
	IF present.attnum IS NULL THEN
		EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s NOT NULL', relation, enable_tenancy.column_name, format_type(value_type, -1));
		PERFORM dbeng._follow_columns(relation);
		kept := kept || '{"column_added": true}';
	ELSIF NOT present.attnotnull THEN
		EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', relation, enable_tenancy.column_name);
		kept := kept || '{"nullable": true}';
	END IF;
	IF before.relation IS NULL THEN
		kept := kept || jsonb_build_object('default', (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d WHERE d.adrelid = relation AND d.adnum = present.attnum));
	END IF;
	EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', relation, enable_tenancy.column_name, value);
	IF NOT EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
		WHERE i.indrelid = relation AND a.attname = enable_tenancy.column_name AND i.indisvalid AND i.indpred IS NULL) THEN
		EXECUTE format('CREATE INDEX ON %s (%I)', relation, enable_tenancy.column_name);
		SELECT max(i.indexrelid) INTO index_oid FROM pg_index i WHERE i.indrelid = relation;
		kept := kept || jsonb_build_object('index', (SELECT c.relname FROM pg_class c WHERE c.oid = index_oid));
	END IF;
	kept := kept || jsonb_build_object('setting', setting, 'child', false);

	-- Who reads a partition directly is held back by its own policies alone.
	condition := format('%I %s (SELECT %s)', enable_tenancy.column_name, equals, value);
	FOR child IN SELECT enable_tenancy.relation AS relation, false AS below, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c WHERE c.oid = enable_tenancy.relation
		UNION ALL SELECT b.relation, true, c.relrowsecurity, c.relforcerowsecurity FROM dbeng._tables_below(enable_tenancy.relation) b JOIN pg_class c ON c.oid = b.relation
	LOOP
		PERFORM dbeng._keep_tenants_apart(child.relation, condition, CASE WHEN child.below THEN jsonb_build_object('setting', setting, 'child', true) ELSE kept END,
			child.relrowsecurity, child.relforcerowsecurity);
	END LOOP;
END
$$;
COMMENT ON FUNCTION dbeng.enable_tenancy(regclass, name, text, regtype, boolean) IS 'from now on a session sees and writes only rows of the tenant that a setting names: column, default, index and policies; called again it mends what is missing';

-- Partitions and other children, all the way down.
CREATE OR REPLACE FUNCTION dbeng._tables_below(relation regclass) RETURNS TABLE (relation regclass, kind "char", owner oid)
LANGUAGE sql STABLE PARALLEL SAFE COST 100 ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
	WITH RECURSIVE below(oid) AS (
		SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = $1 UNION SELECT i.inhrelid FROM pg_inherits i JOIN below b ON i.inhparent = b.oid)
	SELECT c.oid, c.relkind, c.relowner FROM below b JOIN pg_class c ON c.oid = b.oid ORDER BY c.oid
$$;
COMMENT ON FUNCTION dbeng._tables_below(regclass) IS 'partitions and other children of a table, all the way down';

-- A restrictive policy, which no other one widens; and where nothing lets rows through at all, one that does.
CREATE OR REPLACE FUNCTION dbeng._keep_tenants_apart(relation regclass, condition text, kept jsonb, row_security boolean, force_row_security boolean) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	before CONSTANT jsonb := (SELECT t.before FROM dbeng._tenancies() t WHERE t.relation = _keep_tenants_apart.relation);
BEGIN
	kept := jsonb_build_object('row_security', row_security, 'force_row_security', force_row_security) || coalesce(before, '{}') || kept;
	IF EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = relation AND p.polname = 'dbeng_tenant') THEN
		EXECUTE format('DROP POLICY dbeng_tenant ON %s', relation);
	END IF;
	EXECUTE format('CREATE POLICY dbeng_tenant ON %1$s AS RESTRICTIVE FOR ALL USING (%2$s) WITH CHECK (%2$s)', relation, condition);
	EXECUTE format('COMMENT ON POLICY dbeng_tenant ON %s IS %L', relation, 'dbeng.enable_tenancy(): ' || kept::text);
	IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = relation AND p.polpermissive) THEN
		EXECUTE format('CREATE POLICY dbeng_tenant_rows ON %s USING (true) WITH CHECK (true)', relation);
	END IF;
	EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', relation);
END
$$;
COMMENT ON FUNCTION dbeng._keep_tenants_apart(regclass, text, jsonb, boolean, boolean) IS 'the policies of dbeng.enable_tenancy() on one table';

CREATE OR REPLACE FUNCTION dbeng.disable_tenancy(relation regclass, drop_column boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	known record;
	part record;
	index_oid oid;
BEGIN
	PERFORM dbeng._require_own_table(relation, 'disable_tenancy');
	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', relation);
	PERFORM dbeng._require_own_table(relation, 'disable_tenancy');
	SELECT t.* INTO known FROM dbeng._tenancies() t WHERE t.relation = disable_tenancy.relation;
	IF NOT FOUND OR known.child THEN
		PERFORM dbeng._refuse(format('%s has no tenants', relation), ARRAY[CASE WHEN known.child THEN 'It is a partition or child of a table that has, and is with it.'
				ELSE 'dbeng.enable_tenancy() was not called for it, or dbeng.disable_tenancy() was already.' END],
			'object_not_in_prerequisite_state', 'SELECT relation FROM dbeng.tenant_tables;');
	END IF;
	FOR part IN SELECT t.relation, t.before FROM dbeng._tenancies() t
		WHERE t.relation = disable_tenancy.relation OR t.relation IN (SELECT b.relation FROM dbeng._tables_below(disable_tenancy.relation) b)
	LOOP
		EXECUTE format('DROP POLICY dbeng_tenant ON %s', part.relation);
		IF EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = part.relation AND p.polname = 'dbeng_tenant_rows') THEN
			EXECUTE format('DROP POLICY dbeng_tenant_rows ON %s', part.relation);
		END IF;
		IF NOT (part.before->>'force_row_security')::boolean THEN
			EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', part.relation);
		END IF;
		IF (part.before->>'row_security')::boolean THEN
			CONTINUE;
		END IF;
		IF EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = part.relation) THEN
			RAISE NOTICE USING MESSAGE = format('row security of %s stays enabled', part.relation), DETAIL = 'Policies were added to it.',
				HINT = format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY;', part.relation);
		ELSE
			EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', part.relation);
		END IF;
	END LOOP;
	SELECT i.indexrelid INTO index_oid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = relation AND c.relname = known.before->>'index';
	IF FOUND THEN
		EXECUTE format('DROP INDEX %s', index_oid::regclass);
	END IF;
	IF drop_column AND (known.before->>'column_added')::boolean THEN
		PERFORM dbeng._follow_columns(relation, known.column_name);
		EXECUTE format('ALTER TABLE %s DROP COLUMN %I', relation, known.column_name);
		RETURN;
	END IF;
	EXECUTE format(CASE WHEN known.before->>'default' IS NULL THEN 'ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT' ELSE 'ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s' END,
		relation, known.column_name, known.before->>'default');
	IF (known.before->>'nullable')::boolean THEN
		EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', relation, known.column_name);
	END IF;
END
$$;
COMMENT ON FUNCTION dbeng.disable_tenancy(regclass, boolean) IS 'sessions see the rows of every tenant again: the table is as it was before dbeng.enable_tenancy(), but for a column that was added, which stays unless it is to be dropped';
