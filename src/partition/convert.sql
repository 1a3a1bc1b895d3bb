-- A live table becomes partitioned, and back.
--
-- The table itself becomes the default partition of a new partitioned table that takes its name: nothing is to be proved of its rows, so nothing
-- is read, and the lock is as short for a terabyte as for a row. What else belongs to it is got ready beforehand and moved over under that
-- lock, in one transaction.

-- Whatever could not be carried over, all of it at once.
CREATE OR REPLACE FUNCTION dbeng._conversion_obstacles(relation regclass, control name) RETURNS text[]
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	reasons text[] := '{}';
	class pg_class;
	key record;
	other record;
	version int := current_setting('server_version_num')::int;
	quoted_control text := quote_ident(control);
BEGIN
	SELECT c.* INTO class FROM pg_class c WHERE c.oid = relation;
	IF class.relkind = 'p' THEN
		RETURN ARRAY[format('It is partitioned already: SELECT dbeng.manage_partitions(%L, …);', relation::text)];
	END IF;
	IF class.relispartition THEN
		RETURN ARRAY[format('It is a partition of %s.', (SELECT i.inhparent::regclass FROM pg_inherits i WHERE i.inhrelid = relation))];
	END IF;
	IF NOT has_schema_privilege(class.relnamespace, 'CREATE') THEN
		reasons := reasons || format('Role %I may make no tables there: GRANT CREATE ON SCHEMA %s TO %1$I;', current_user, class.relnamespace::regnamespace);
	END IF;
	IF class.relpersistence <> 'p' THEN
		reasons := reasons || CASE class.relpersistence WHEN 't' THEN 'It is a temporary table.'
			ELSE format('It is unlogged, which partitioned tables cannot be: ALTER TABLE %s SET LOGGED;', relation) END;
	END IF;
	IF class.reloftype <> 0 THEN
		reasons := reasons || format('It is a table of type %s: ALTER TABLE %s NOT OF;', format_type(class.reloftype, NULL), relation);
	END IF;
	FOR other IN SELECT i.inhparent::regclass AS it, 'inherits from' AS does FROM pg_inherits i WHERE i.inhrelid = relation
		UNION ALL SELECT i.inhrelid::regclass, 'is inherited by' FROM pg_inherits i WHERE i.inhparent = relation
	LOOP
		reasons := reasons || format('It %s %s: partitioned tables do not.', other.does, other.it);
	END LOOP;
	FOR other IN SELECT r.rulename FROM pg_rewrite r WHERE r.ev_class = relation LOOP
		reasons := reasons || format('It has a rule: DROP RULE %I ON %s;', other.rulename, relation);
	END LOOP;
	FOR other IN SELECT e.extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
		WHERE d.classid = 'pg_class'::regclass AND d.objid = relation AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' LOOP
		reasons := reasons || format('It belongs to extension %I.', other.extname);
	END LOOP;
	IF EXISTS (SELECT FROM pg_seclabel s WHERE s.classoid = 'pg_class'::regclass AND s.objoid = relation) THEN
		reasons := reasons || 'It has security labels.'::text;
	END IF;
	FOR other IN SELECT s.subname FROM pg_subscription_rel r JOIN pg_subscription s ON s.oid = r.srsubid WHERE r.srrelid = relation LOOP
		reasons := reasons || format('Subscription %I writes it.', other.subname);
	END LOOP;

	SELECT a.* INTO key FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = control AND NOT a.attisdropped;
	IF NOT FOUND THEN
		RETURN reasons || format('It has no column %I.', control);
	ELSIF key.attnum < 0 THEN
		RETURN reasons || format('%I is a system column.', control);
	ELSIF key.attgenerated <> '' THEN
		reasons := reasons || format('Column %I is generated, which no partition key may be: ALTER TABLE %s ALTER COLUMN %1$I DROP EXPRESSION;', control, relation);
	END IF;

	FOR other IN SELECT c.conname, c.conrelid::regclass AS child, c.confkey, k.relkind, pg_has_role(k.relowner, 'USAGE') AS mine FROM pg_constraint c JOIN pg_class k ON k.oid = c.conrelid
		WHERE c.confrelid = relation AND c.conrelid <> relation AND c.contype = 'f' AND c.conparentid = 0 ORDER BY c.conname
	LOOP
		IF key.attnum <> ALL (other.confkey) THEN
			reasons := reasons || format('Foreign key %I of %s refers to it without %I, by which nothing is unique in a partitioned table: ALTER TABLE %2$s DROP CONSTRAINT %1$I;', other.conname, other.child, control);
		ELSIF other.relkind = 'p' THEN
			reasons := reasons || format('Foreign key %I of %s refers to it, and would have to be checked anew under a lock because that table is partitioned: ALTER TABLE %2$s DROP CONSTRAINT %1$I;', other.conname, other.child);
		ELSIF NOT other.mine THEN
			reasons := reasons || format('Foreign key %I of %s refers to it, and that table is not yours.', other.conname, other.child);
		END IF;
	END LOOP;

	-- Unique is what is unique in each partition.
	FOR other IN SELECT i.indexrelid::regclass AS index, ic.relname, c.conname, c.contype,
			(SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.n) FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, n)
				JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = k.number WHERE k.n <= i.indnkeyatts) AS columns, i.indpred IS NULL AND i.indexprs IS NULL AS plain
		FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.conrelid = relation AND c.contype IN ('p', 'u', 'x')
		WHERE i.indrelid = relation AND i.indisunique AND i.indisvalid
			AND key.attnum <> ALL ((i.indkey::int2[])[0 : i.indnkeyatts - 1])
		ORDER BY ic.relname
	LOOP
		reasons := reasons || (format('%s %I is not unique by %I, too. ', CASE other.contype WHEN 'p' THEN 'Primary key' WHEN 'u' THEN 'Unique constraint' ELSE 'Unique index' END,
				coalesce(other.conname, other.relname), control)
			|| CASE WHEN NOT other.plain THEN format('DROP INDEX %s; or make it unique by %I, too.', other.index, control)
				WHEN other.conname IS NULL THEN format('CREATE UNIQUE INDEX CONCURRENTLY ON %s (%s, %s); DROP INDEX CONCURRENTLY %s;', relation, other.columns, quoted_control, other.index)
				ELSE concat(CASE WHEN other.contype = 'p' AND NOT key.attnotnull THEN format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL; ', relation, control) END,
					format('CREATE UNIQUE INDEX CONCURRENTLY %I ON %s (%s, %s); ALTER TABLE %2$s DROP CONSTRAINT %5$I, ADD CONSTRAINT %5$I %6$s USING INDEX %1$I;',
						left(other.conname, 58) || '_part', relation, other.columns, quoted_control, other.conname, CASE other.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END)) END);
	END LOOP;
	FOR other IN SELECT c.conname, c.contype, c.convalidated, c.connoinherit, c.confrelid, c.conexclop, c.conkey FROM pg_constraint c WHERE c.conrelid = relation ORDER BY c.conname LOOP
		IF other.contype = 'x' AND (version < 170000 OR key.attnum <> ALL (other.conkey)) THEN
			reasons := reasons || format('Exclusion constraint %I cannot hold across partitions%s: ALTER TABLE %s DROP CONSTRAINT %1$I;', other.conname,
				CASE WHEN version < 170000 THEN '' ELSE format(' without %I being equal', control) END, relation);
		END IF;
		IF NOT other.convalidated AND other.contype IN ('c', 'f', 'n') THEN
			reasons := reasons || format('Constraint %I is not validated: ALTER TABLE %s VALIDATE CONSTRAINT %1$I;', other.conname, relation);
		END IF;
		IF other.connoinherit AND other.contype IN ('c', 'n') THEN
			reasons := reasons || format('Constraint %I is not inherited (NO INHERIT), so its partitions would not have it: ALTER TABLE %s DROP CONSTRAINT %1$I;', other.conname, relation);
		END IF;
		IF other.contype = 'f' AND other.confrelid = relation THEN
			reasons := reasons || format('Foreign key %I refers to the table itself: ALTER TABLE %s DROP CONSTRAINT %1$I;', other.conname, relation);
		END IF;
	END LOOP;
	FOR other IN SELECT t.tgname, t.tgtype, t.tgnewtable, t.tgoldtable, n.nspname, p.proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE t.tgrelid = relation AND NOT t.tgisinternal ORDER BY t.tgname
	LOOP
		IF other.nspname = 'dbeng' AND other.proname <> '_version_row' THEN
			reasons := reasons || format('Trigger %I is dbeng''s own: switch off what made it (dbeng.disable_…), and on again for the partitioned table.', other.tgname);
		ELSIF other.tgtype::int & 1 = 1 AND (other.tgnewtable IS NOT NULL OR other.tgoldtable IS NOT NULL) THEN
			reasons := reasons || format('Trigger %I has transition tables for each row, which partitioned tables do not do: DROP TRIGGER %1$I ON %s;', other.tgname, relation);
		END IF;
	END LOOP;

	-- What goes by the table's identity, not by its name.
	reasons := reasons || dbeng._identity_obstacles(relation, 'that would go on meaning the old table', 'has to be replaced by one that reads the new table');

	-- Subscribers know the table by its name.
	FOR other IN SELECT p.pubname, p.pubviaroot, pg_has_role(p.pubowner, 'USAGE') AS mine, p.oid IN (SELECT r.prpubid FROM pg_publication_rel r WHERE r.prrelid = relation) AS named FROM pg_publication p
		WHERE p.puballtables OR p.oid IN (SELECT r.prpubid FROM pg_publication_rel r WHERE r.prrelid = relation) OR p.oid IN (SELECT n.pnpubid FROM pg_publication_namespace n WHERE n.pnnspid = class.relnamespace)
		ORDER BY p.pubname
	LOOP
		IF NOT other.pubviaroot THEN
			reasons := reasons || format('Publication %I would tell of its partitions: ALTER PUBLICATION %1$I SET (publish_via_partition_root = true);', other.pubname);
		ELSIF other.named AND NOT other.mine THEN
			reasons := reasons || format('Publication %I names it, and is not yours.', other.pubname);
		END IF;
	END LOOP;
	RETURN reasons;
END
$$;
COMMENT ON FUNCTION dbeng._conversion_obstacles(regclass, name) IS 'why a table cannot become partitioned as it is; empty: it can';

-- What the server has tied to a table and what a new definition ties to another of the same name: views, functions in SQL, policies of other tables.
CREATE OR REPLACE FUNCTION dbeng._dependents(relation regclass) RETURNS TABLE (kind text, class oid, object oid, description text, mine boolean, definition text)
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10 COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE WHEN d.classid = 'pg_rewrite'::regclass AND v.relkind = 'v' AND r.rulename = '_RETURN' THEN 'view'
			WHEN d.classid = 'pg_proc'::regclass AND p.prosqlbody IS NOT NULL THEN 'function'
			WHEN d.classid = 'pg_policy'::regclass THEN 'policy' END,
		d.classid, d.objid, CASE WHEN d.classid = 'pg_rewrite'::regclass THEN pg_describe_object('pg_class'::regclass, r.ev_class, 0) ELSE pg_describe_object(d.classid, d.objid, 0) END,
		pg_has_role(coalesce(v.relowner, p.proowner, l.relowner), 'USAGE'),
		CASE WHEN d.classid = 'pg_rewrite'::regclass AND v.relkind = 'v' THEN format('CREATE OR REPLACE VIEW %s (%s)%s AS %s', v.oid::regclass,
				(SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = v.oid AND a.attnum > 0 AND NOT a.attisdropped),
				' WITH (' || (SELECT string_agg(format('%s = %L', o.option_name, o.option_value), ', ') FROM pg_options_to_table(v.reloptions) o) || ')', pg_get_viewdef(v.oid))
			WHEN d.classid = 'pg_proc'::regclass THEN pg_get_functiondef(p.oid)
			WHEN d.classid = 'pg_policy'::regclass THEN format('ALTER POLICY %I ON %s%s%s', o.polname, l.oid::regclass,
				' USING (' || pg_get_expr(o.polqual, o.polrelid) || ')', ' WITH CHECK (' || pg_get_expr(o.polwithcheck, o.polrelid) || ')') END
	FROM (SELECT DISTINCT d.classid, d.objid FROM pg_depend d
			WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = relation AND d.deptype = 'n'
				AND d.classid NOT IN ('pg_constraint'::regclass, 'pg_class'::regclass, 'pg_publication_rel'::regclass)) d
		LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
		LEFT JOIN pg_class v ON v.oid = r.ev_class
		LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
		LEFT JOIN pg_policy o ON d.classid = 'pg_policy'::regclass AND o.oid = d.objid
		LEFT JOIN pg_class l ON l.oid = o.polrelid
	WHERE (o.polrelid IS NULL OR o.polrelid <> relation)
		AND NOT EXISTS (SELECT FROM pg_trigger t WHERE d.classid = 'pg_trigger'::regclass AND t.oid = d.objid AND (t.tgrelid = relation OR t.tgisinternal))
		AND NOT EXISTS (SELECT FROM pg_attrdef f WHERE d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid AND f.adrelid = relation)
		AND NOT EXISTS (SELECT FROM pg_statistic_ext s WHERE d.classid = 'pg_statistic_ext'::regclass AND s.oid = d.objid)
		AND (r.ev_class IS NULL OR r.ev_class <> relation)
$$;
COMMENT ON FUNCTION dbeng._dependents(regclass) IS 'what reads a table by its identity, and the statement that makes it read whatever has its name by then';

-- Why no other table can take the place of this one.
CREATE OR REPLACE FUNCTION dbeng._identity_obstacles(relation regclass, row_type text, replacement text) RETURNS text[]
LANGUAGE sql STABLE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT ARRAY(SELECT DISTINCT format('The table''s row type is used by %s: %s.', pg_describe_object(d.classid, d.objid, d.objsubid), row_type) FROM pg_depend d
			JOIN pg_class c ON c.oid = relation LEFT JOIN pg_type t ON t.oid = c.reltype
			WHERE d.refclassid = 'pg_type'::regclass AND d.refobjid IN (c.reltype, t.typarray) AND d.deptype = 'n' ORDER BY 1)
		|| ARRAY(SELECT upper(left(d.description, 1)) || substr(d.description, 2)
				|| CASE WHEN d.kind IS NULL THEN ' goes by the table itself, and cannot be told of another: drop it, and make it again afterwards.' ELSE format(' is not yours, and %s.', replacement) END
			FROM dbeng._dependents(relation) d WHERE d.kind IS NULL OR NOT d.mine ORDER BY d.description)
$$;
COMMENT ON FUNCTION dbeng._identity_obstacles(regclass, text, text) IS 'what goes by a table itself, and could not be told of another that takes its name';

-- The same as one text, to see whether it has changed.
CREATE OR REPLACE FUNCTION dbeng._depending(relation regclass) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN concat_ws(' ', (SELECT string_agg(d.classid || ':' || d.objid || ':' || d.deptype::text, ',' ORDER BY d.classid, d.objid, d.deptype) FROM pg_depend d WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = relation),
		(SELECT concat(c.relacl, ' ', c.relreplident) FROM pg_class c WHERE c.oid = relation),
		(SELECT string_agg(concat_ws(':', a.attname, a.attacl, to_jsonb(a) ->> 'attstattarget', a.attoptions), ',' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = relation),
		(SELECT string_agg(concat(t.tgname, ':', t.tgenabled), ',' ORDER BY t.tgname) FROM pg_trigger t WHERE t.tgrelid = relation AND NOT t.tgisinternal),
		(SELECT string_agg(d.objsubid || ':' || d.description, ',' ORDER BY d.objsubid) FROM pg_description d WHERE d.classoid = 'pg_class'::regclass AND d.objoid = relation));
END
$$;
COMMENT ON FUNCTION dbeng._depending(regclass) IS 'what depends on a table, and what may be changed of it while it is in use, to be compared';

-- Its policies as statements that make them on another table; they may speak of the table by its name, which has to be the other's by then.
CREATE OR REPLACE FUNCTION dbeng._policies(relation regclass, target text) RETURNS text[]
LANGUAGE sql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT coalesce(array_agg(s.statement ORDER BY p.polname, s.place), '{}') FROM pg_policy p,
		LATERAL (VALUES (1, format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s', p.polname, target, CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
			CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
			(SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE r::regrole::text END, ', ') FROM unnest(p.polroles) r),
			' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')),
			(2, format('COMMENT ON POLICY %I ON %s IS ', p.polname, target) || quote_literal(obj_description(p.oid, 'pg_policy')))) s(place, statement)
	WHERE p.polrelid = relation AND s.statement IS NOT NULL
$$;
COMMENT ON FUNCTION dbeng._policies(regclass, text) IS 'the policies of a table for another';

-- What of others, or of its own, has to let go of a table, and the statements that tie it to the one that is called whole by then.
CREATE OR REPLACE FUNCTION dbeng._referring_keys(relation regclass) RETURNS TABLE (release text, tie text[])
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname),
		array_remove(ARRAY[
			-- Known to hold, which is looked at again later, beside everybody's work.
			format('ALTER TABLE %s ADD CONSTRAINT %I %s%s', c.conrelid::regclass, c.conname, d.definition, CASE WHEN d.definition NOT LIKE '% NOT VALID' THEN ' NOT VALID' END),
			format('COMMENT ON CONSTRAINT %I ON %s IS ', c.conname, c.conrelid::regclass) || quote_literal(obj_description(c.oid, 'pg_constraint'))], NULL)
	FROM pg_constraint c, LATERAL (SELECT pg_get_constraintdef(c.oid) AS definition) d
	WHERE c.confrelid = relation AND c.contype = 'f' AND c.conparentid = 0
$$;
COMMENT ON FUNCTION dbeng._referring_keys(regclass) IS 'foreign keys of other tables that refer to a table, as statements';

CREATE OR REPLACE FUNCTION dbeng._publications_of(relation regclass, whole text) RETURNS TABLE (release text, tie text)
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format('ALTER PUBLICATION %I DROP TABLE %s', p.pubname, relation),
		format('ALTER PUBLICATION %I ADD TABLE %s%s%s', p.pubname, whole,
			' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum = ANY (r.prattrs::int2[])) || ')',
			' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')')
	FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE r.prrelid = relation
$$;
COMMENT ON FUNCTION dbeng._publications_of(regclass, text) IS 'publications that name a table, as statements';

CREATE OR REPLACE FUNCTION dbeng._triggers_of(relation regclass, whole text) RETURNS TABLE (release text, make text, finish text[])
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format('DROP TRIGGER %I ON %s', t.tgname, relation), pg_get_triggerdef(t.oid),
		array_remove(ARRAY[
			CASE WHEN t.tgenabled <> 'O' THEN format('ALTER TABLE %s %s TRIGGER %I', whole, CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END, t.tgname) END,
			format('COMMENT ON TRIGGER %I ON %s IS ', t.tgname, whole) || quote_literal(obj_description(t.oid, 'pg_trigger'))], NULL)
	FROM pg_trigger t WHERE t.tgrelid = relation AND NOT t.tgisinternal ORDER BY t.tgname
$$;
COMMENT ON FUNCTION dbeng._triggers_of(regclass, text) IS 'triggers of a table, as statements';

CREATE OR REPLACE FUNCTION dbeng._run(statements text[]) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	statement text;
BEGIN
	FOREACH statement IN ARRAY statements LOOP
		EXECUTE statement;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dbeng._run(text[]) IS 'runs statements one after the other';

-- A name that is free in a schema, and not among those promised to others yet: as near to the wanted one as may be.
CREATE OR REPLACE FUNCTION dbeng._free_name(schema regnamespace, wanted text, suffix text, promised name[] DEFAULT '{}') RETURNS name
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	stem text := wanted;
	tail text := suffix;
	found text;
	i int := 1;
BEGIN
	LOOP
		WHILE octet_length(stem || tail) > 63 LOOP
			stem := left(stem, -1);
		END LOOP;
		found := stem || tail;
		EXIT WHEN found <> ALL (promised) AND NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = schema AND c.relname = found)
			AND NOT EXISTS (SELECT FROM pg_type t WHERE t.typnamespace = schema AND t.typname = found)
			AND NOT EXISTS (SELECT FROM pg_statistic_ext s WHERE s.stxnamespace = schema AND s.stxname = found);
		i := i + 1;
		tail := suffix || i;
	END LOOP;
	RETURN found;
END
$$;
COMMENT ON FUNCTION dbeng._free_name(regnamespace, text, text, name[]) IS 'a name with that ending that no relation of the schema has';

-- Privileges of one table, or of all its columns, for another that has none.
CREATE OR REPLACE FUNCTION dbeng._copy_privileges(source regclass, target regclass) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	owner oid;
	acl aclitem[];
	item record;
	word text;
BEGIN
	SELECT c.relowner, c.relacl, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END INTO owner, acl, word FROM pg_class c WHERE c.oid = source;
	-- Privileges by default may have given it some.
	FOR item IN SELECT DISTINCT a.grantee FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = target AND (acl IS NOT NULL OR a.grantee <> owner) LOOP
		EXECUTE format('REVOKE ALL ON %s %s FROM %s', word, target, CASE item.grantee WHEN 0 THEN 'PUBLIC' ELSE item.grantee::regrole::text END);
	END LOOP;
	IF acl IS NOT NULL THEN
		EXECUTE format('REVOKE ALL ON %s %s FROM %s', word, target, owner::regrole);
	END IF;
	FOR item IN SELECT a.privilege_type AS privilege, a.grantee, a.is_grantable, NULL::name AS column FROM aclexplode(acl) a
		UNION ALL
		SELECT x.privilege_type, x.grantee, x.is_grantable, a.attname FROM pg_attribute a, aclexplode(a.attacl) x WHERE a.attrelid = source AND NOT a.attisdropped AND word = 'TABLE'
	LOOP
		EXECUTE format('GRANT %s%s ON %s %s TO %s%s', item.privilege, '(' || quote_ident(item.column) || ')', word, target, CASE item.grantee WHEN 0 THEN 'PUBLIC' ELSE item.grantee::regrole::text END,
			CASE WHEN item.is_grantable AND item.grantee <> 0 THEN ' WITH GRANT OPTION' END);
	END LOOP;
END
$$;
COMMENT ON FUNCTION dbeng._copy_privileges(regclass, regclass) IS 'gives a table or sequence the privileges that another has';

-- Plans are to be the same beforehand and afterwards.
CREATE OR REPLACE FUNCTION dbeng._copy_statistics(source regclass, target regclass) RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'dbeng_copy_statistics';
COMMENT ON FUNCTION dbeng._copy_statistics(regclass, regclass) IS 'what ANALYZE knows of a table, told of another of the same owner and with the same columns';

-- The new table, in everything what the old one is but for its rows; under another name, and nobody knows it yet.
CREATE OR REPLACE FUNCTION dbeng._make_twin(relation regclass, control name, twin name) RETURNS regclass
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	class pg_class;
	made regclass;
	item record;
	place text;
BEGIN
	SELECT c.* INTO class FROM pg_class c WHERE c.oid = relation;
	place := format('%s.%I', class.relnamespace::regnamespace, twin);
	EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS) PARTITION BY RANGE (%I)%s', place, relation, control,
		(SELECT format(' TABLESPACE %I', t.spcname) FROM pg_tablespace t WHERE t.oid = class.reltablespace));
	made := place::regclass;
	IF class.relowner <> (SELECT c.relowner FROM pg_class c WHERE c.oid = made) THEN
		EXECUTE format('ALTER TABLE %s OWNER TO %s', made, class.relowner::regrole);
	END IF;
	IF obj_description(relation, 'pg_class') IS NOT NULL THEN
		EXECUTE format('COMMENT ON TABLE %s IS %L', made, obj_description(relation, 'pg_class'));
	END IF;
	FOR item IN SELECT a.attname, (to_jsonb(a) ->> 'attstattarget')::int AS target,
			(SELECT string_agg(o, ', ') FROM unnest(a.attoptions) o WHERE o LIKE 'n\_distinct%') AS options FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped LOOP
		IF item.target >= 0 THEN
			EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', made, item.attname, item.target);
		END IF;
		IF item.options IS NOT NULL THEN
			EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET (%s)', made, item.attname, item.options);
		END IF;
	END LOOP;

	-- Indexes under names of their own until the old ones have given theirs up.
	FOR item IN SELECT i.indexrelid::regclass AS index, ic.relname, ic.reltablespace, i.indisunique, i.indisreplident, c.oid AS constraint, dbeng._free_name(class.relnamespace, twin::text, '_' || row_number() OVER (ORDER BY i.indexrelid)) AS name
		FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.conrelid = relation AND c.contype IN ('p', 'u', 'x')
		WHERE i.indrelid = relation AND i.indisvalid ORDER BY i.indexrelid
	LOOP
		IF item.constraint IS NOT NULL THEN
			EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', made, item.name, pg_get_constraintdef(item.constraint));
		ELSE
			EXECUTE overlay(pg_get_indexdef(item.index) PLACING format('CREATE %sINDEX %I ON %s USING ', CASE WHEN item.indisunique THEN 'UNIQUE ' ELSE '' END, item.name, made)
				FROM 1 FOR length(format('CREATE %sINDEX %I ON %s.%I USING ', CASE WHEN item.indisunique THEN 'UNIQUE ' ELSE '' END, item.relname, class.relnamespace::regnamespace, class.relname)));
		END IF;
		IF item.reltablespace <> 0 THEN
			EXECUTE format('ALTER INDEX %s.%I SET TABLESPACE %I', class.relnamespace::regnamespace, item.name, (SELECT t.spcname FROM pg_tablespace t WHERE t.oid = item.reltablespace));
		END IF;
		IF obj_description(item.index, 'pg_class') IS NOT NULL THEN
			EXECUTE format('COMMENT ON INDEX %s.%I IS %L', class.relnamespace::regnamespace, item.name, obj_description(item.index, 'pg_class'));
		END IF;
		IF item.constraint IS NOT NULL AND obj_description(item.constraint, 'pg_constraint') IS NOT NULL THEN
			EXECUTE format('COMMENT ON CONSTRAINT %I ON %s IS %L', item.name, made, obj_description(item.constraint, 'pg_constraint'));
		END IF;
		IF item.indisreplident THEN
			EXECUTE format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I', made, item.name);
		END IF;
	END LOOP;
	IF class.relreplident IN ('f', 'n') THEN
		EXECUTE format('ALTER TABLE %s REPLICA IDENTITY %s', made, CASE class.relreplident WHEN 'f' THEN 'FULL' ELSE 'NOTHING' END);
	END IF;

	IF class.relrowsecurity THEN
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', made);
	END IF;
	IF class.relforcerowsecurity THEN
		EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', made);
	END IF;
	PERFORM dbeng._copy_privileges(relation, made);
	PERFORM dbeng._copy_statistics(relation, made);
	RETURN made;
END
$$;
COMMENT ON FUNCTION dbeng._make_twin(regclass, name, name) IS 'a partitioned table that is what another table is';

-- Everything that is to change hands from one table to another of the same shape, as statements for before and after the latter has got the name of
-- the former. Read before the lock is taken.
CREATE OR REPLACE FUNCTION dbeng._adopt(relation regclass, control name, settings text) RETURNS double precision
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	class pg_class;
	schema text;
	whole text;
	rest_name name;
	rest text;
	kept name;
	promised name[];
	twin regclass;
	reasons text[];
	before text[] := '{}';
	renames text[] := '{}';
	after text[] := '{}';
	seen text;
	locked_at timestamptz;
	indexes int;
	item record;
BEGIN
	PERFORM dbeng._require_own_table(relation, 'partition_table');
	reasons := dbeng._conversion_obstacles(relation, control);
	IF cardinality(reasons) > 0 THEN
		PERFORM dbeng._refuse(format('%s cannot become partitioned', relation), reasons, 'object_not_in_prerequisite_state');
	END IF;
	SELECT c.* INTO class FROM pg_class c WHERE c.oid = relation;
	schema := class.relnamespace::regnamespace::text;
	whole := format('%s.%I', schema, class.relname);
	rest_name := dbeng._free_name(class.relnamespace, class.relname, '_default');
	rest := format('%s.%I', schema, rest_name);
	promised := ARRAY[rest_name];
	seen := dbeng._depending(relation);
	twin := dbeng._make_twin(relation, control, dbeng._free_name(class.relnamespace, class.relname, '_new'));

	-- Sequences: an identity column's is made anew with the same values, a serial one changes its owner.
	FOR item IN SELECT a.attname, s.oid::regclass AS old, s.relname, d.deptype, pg_get_serial_sequence(twin::text, a.attname)::regclass AS new, obj_description(s.oid, 'pg_class') AS comment
		FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = d.refobjsubid
		WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = relation AND d.deptype IN ('a', 'i')
	LOOP
		IF item.deptype = 'a' THEN
			after := after || format('ALTER SEQUENCE %s OWNED BY %s.%I', item.old, whole, item.attname);
		ELSE
			PERFORM dbeng._copy_privileges(item.old, item.new);
			IF item.comment IS NOT NULL THEN
				EXECUTE format('COMMENT ON SEQUENCE %s IS %L', item.new, item.comment);
			END IF;
			-- Renamed, it is locked: nobody draws a number from it that the new one will give again.
			kept := dbeng._free_name(class.relnamespace, item.relname, '_default', promised);
			promised := promised || kept;
			before := before || format('ALTER SEQUENCE %s RENAME TO %I', item.old, kept)
				|| format('SELECT setval(%L, s.last_value, s.is_called) FROM %s.%I s', item.new, schema, kept)
				|| format('ALTER TABLE %s ALTER COLUMN %I DROP IDENTITY', relation, item.attname)
				|| format('ALTER SEQUENCE %s RENAME TO %I', item.new, item.relname);
		END IF;
	END LOOP;
	-- Triggers: the new table's are cloned to it when it is attached.
	FOR item IN SELECT * FROM dbeng._triggers_of(relation, whole) LOOP
		before := before || item.release;
		renames := renames || item.make;
		after := after || item.finish;
	END LOOP;
	FOR item IN SELECT * FROM dbeng._referring_keys(relation) LOOP
		before := before || item.release;
		after := after || item.tie;
	END LOOP;
	FOR item IN SELECT s.oid, s.stxname, s.stxnamespace::regnamespace AS place, pg_get_statisticsobjdef(s.oid) AS definition, (to_jsonb(s) ->> 'stxstattarget')::int AS target, obj_description(s.oid, 'pg_statistic_ext') AS comment FROM pg_statistic_ext s WHERE s.stxrelid = relation LOOP
		kept := dbeng._free_name(item.place, item.stxname, '_default', promised);
		promised := promised || kept;
		before := before || format('ALTER STATISTICS %s.%I RENAME TO %I', item.place, item.stxname, kept);
		after := after || item.definition || format('ALTER STATISTICS %s.%I OWNER TO %s', item.place, item.stxname, class.relowner::regrole);
		IF item.target >= 0 THEN
			after := after || format('ALTER STATISTICS %s.%I SET STATISTICS %s', item.place, item.stxname, item.target);
		END IF;
		IF item.comment IS NOT NULL THEN
			after := after || format('COMMENT ON STATISTICS %s.%I IS %L', item.place, item.stxname, item.comment);
		END IF;
	END LOOP;
	FOR item IN SELECT * FROM dbeng._publications_of(relation, whole) LOOP
		before := before || item.release;
		after := after || item.tie;
	END LOOP;
	FOR item IN SELECT d.definition FROM dbeng._dependents(relation) d LOOP
		after := after || item.definition;
	END LOOP;
	-- Their sub-selects may speak of the table by its name.
	after := after || dbeng._policies(relation, whole);
	-- Names of indexes, which are those of constraints, too: applications know them.
	FOR item IN SELECT o.relname AS old, n.relname AS new
		FROM (SELECT i.indexrelid, row_number() OVER (ORDER BY i.indexrelid) AS n FROM pg_index i WHERE i.indrelid = relation AND i.indisvalid) io JOIN pg_class o ON o.oid = io.indexrelid
			JOIN (SELECT i.indexrelid, row_number() OVER (ORDER BY i.indexrelid) AS n FROM pg_index i WHERE i.indrelid = twin) i ON i.n = io.n JOIN pg_class n ON n.oid = i.indexrelid
	LOOP
		kept := dbeng._free_name(class.relnamespace, item.old, '_default', promised);
		promised := promised || kept;
		before := before || format('ALTER INDEX %s.%I RENAME TO %I', schema, item.old, kept) || format('ALTER INDEX %s.%I RENAME TO %I', schema, item.new, item.old);
	END LOOP;
	SELECT count(*) INTO indexes FROM pg_index i WHERE i.indrelid = relation;
	-- It is a set from the moment on that it is partitioned. The partitions that this makes would have to be proved to have no row in the table: they
	-- are made again when that is cheap.
	EXECUTE format('SELECT dbeng.manage_partitions(%L, %s)', twin, settings);
	FOR item IN SELECT i.inhrelid::regclass AS partition FROM pg_inherits i WHERE i.inhparent = twin LOOP
		EXECUTE format('DROP TABLE %s', item.partition);
	END LOOP;
	-- Late, because it holds up whoever writes the tables that are referred to.
	FOR item IN SELECT c.conname, pg_get_constraintdef(c.oid) AS definition, obj_description(c.oid, 'pg_constraint') AS comment FROM pg_constraint c WHERE c.conrelid = relation AND c.contype = 'f' ORDER BY c.conname LOOP
		EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', twin, item.conname, item.definition);
		IF item.comment IS NOT NULL THEN
			EXECUTE format('COMMENT ON CONSTRAINT %I ON %s IS %L', item.conname, twin, item.comment);
		END IF;
	END LOOP;

	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', relation);
	locked_at := clock_timestamp();
	IF dbeng._depending(relation) IS DISTINCT FROM seen THEN
		RAISE EXCEPTION USING ERRCODE = 'lock_not_available', MESSAGE = format('somebody has changed %s, or what reads it', relation);
	END IF;
	PERFORM dbeng._run(before);
	EXECUTE format('ALTER TABLE %s RENAME TO %I', relation, rest_name);
	EXECUTE format('ALTER TABLE %s RENAME TO %I', twin, class.relname);
	PERFORM dbeng._run(renames);
	EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s DEFAULT', whole, rest);
	PERFORM dbeng._run(after);
	IF indexes <> (SELECT count(*) FROM pg_index i WHERE i.indrelid = relation) THEN
		RAISE EXCEPTION USING ERRCODE = 'internal_error', MESSAGE = format('the indexes of %s are not those of its partitions', relation);
	END IF;
	RETURN extract(epoch FROM clock_timestamp() - locked_at) * 1000;
END
$$;
COMMENT ON FUNCTION dbeng._adopt(regclass, name, text) IS 'makes a table the default partition of a new one that takes its place; returns how many milliseconds it was locked';

-- Whatever could not be given back to a plain table, all of it at once; asked before its rows are gathered, too.
CREATE OR REPLACE FUNCTION dbeng._require_plain(parent regclass) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	class pg_class;
	rest pg_class;
	reasons text[] := '{}';
	other record;
BEGIN
	SELECT c.* INTO class FROM pg_class c WHERE c.oid = parent;
	IF class.relispartition THEN
		reasons := reasons || format('It is a partition of %s.', (SELECT i.inhparent::regclass FROM pg_inherits i WHERE i.inhrelid = parent));
	END IF;
	FOR other IN SELECT c.oid::regclass AS it, CASE c.relkind WHEN 'p' THEN 'partitioned itself' ELSE 'no table of this server' END AS what FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = parent AND c.relkind <> 'r' ORDER BY c.relname
	LOOP
		reasons := reasons || format('Partition %s is %s: ALTER TABLE %s DETACH PARTITION %1$s;', other.it, other.what, parent);
	END LOOP;
	SELECT c.* INTO rest FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partdefid WHERE p.partrelid = parent;
	IF rest.relnamespace <> class.relnamespace THEN
		reasons := reasons || format('Its default partition, which the table is to be, is in another schema: ALTER TABLE %s SET SCHEMA %s;', rest.oid::regclass, class.relnamespace::regnamespace);
	END IF;
	IF (SELECT array_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = rest.oid AND a.attnum > 0 AND NOT a.attisdropped)
		<> (SELECT array_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = parent AND a.attnum > 0 AND NOT a.attisdropped) THEN
		reasons := reasons || format('Its default partition, which the table is to be, has its columns in another order: CALL dbeng.drain_default(%L); ALTER TABLE %s DETACH PARTITION %s; a new one is made then.', parent, parent, rest.oid::regclass);
	END IF;
	FOR other IN SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE t.tgrelid = parent AND NOT t.tgisinternal AND n.nspname = 'dbeng' AND p.proname <> '_version_row' ORDER BY t.tgname
	LOOP
		reasons := reasons || format('Trigger %I is dbeng''s own: switch off what made it (dbeng.disable_…), and on again for the plain table.', other.tgname);
	END LOOP;
	reasons := reasons || dbeng._identity_obstacles(parent, 'that would go with the partitioned table', 'has to be replaced');
	IF cardinality(reasons) > 0 THEN
		PERFORM dbeng._refuse(format('%s cannot become a plain table', parent), reasons, 'object_not_in_prerequisite_state');
	END IF;
END
$$;
COMMENT ON FUNCTION dbeng._require_plain(regclass) IS 'raises where dbeng.unpartition_table() would in the end';

-- The way back: the only partition, the default one, becomes the table again that it was.
CREATE OR REPLACE FUNCTION dbeng._restore_plain(parent regclass) RETURNS double precision
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	class pg_class;
	schema text;
	whole text;
	rest regclass;
	gone name;
	away name;
	promised name[];
	first text[] := '{}';
	named text[] := '{}';
	last text[] := '{}';
	seen text;
	until timestamptz;
	locked_at timestamptz;
	item record;
BEGIN
	PERFORM dbeng._require_own_table(parent, 'unpartition_table');
	SELECT c.* INTO class FROM pg_class c WHERE c.oid = parent;
	SELECT p.partdefid INTO rest FROM pg_partitioned_table p WHERE p.partrelid = parent;
	IF rest = 0 OR (SELECT count(*) FROM pg_inherits i WHERE i.inhparent = parent) <> 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'object_in_use', MESSAGE = format('%s has partitions besides its default one', parent);
	END IF;
	PERFORM dbeng._require_plain(parent);
	schema := class.relnamespace::regnamespace::text;
	whole := format('%s.%I', schema, class.relname);
	gone := dbeng._free_name(class.relnamespace, class.relname, '_old');
	promised := ARRAY[gone];
	seen := dbeng._depending(parent);

	FOR item IN SELECT * FROM dbeng._referring_keys(parent) LOOP
		first := first || item.release;
		last := last || item.tie;
	END LOOP;
	first := first || format('ALTER TABLE %s DETACH PARTITION %s', parent, rest);
	FOR item IN SELECT a.attname, a.attidentity, s.oid::regclass AS sequence, s.relname, s.relnamespace::regnamespace AS place, d.deptype, q.*, obj_description(s.oid, 'pg_class') AS comment
		FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_sequence q ON q.seqrelid = s.oid JOIN pg_attribute a ON a.attrelid = parent AND a.attnum = d.refobjsubid
		WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = parent AND d.deptype IN ('a', 'i')
	LOOP
		IF item.deptype = 'a' THEN
			first := first || format('ALTER SEQUENCE %s OWNED BY %s.%I', item.sequence, rest, item.attname);
		ELSE
			away := dbeng._free_name(item.place, item.relname, '_old', promised);
			promised := promised || away;
			first := first || format('ALTER SEQUENCE %s RENAME TO %I', item.sequence, away)
				|| format('ALTER TABLE %s ALTER COLUMN %I ADD GENERATED %s AS IDENTITY (SEQUENCE NAME %s.%I START %s INCREMENT %s MINVALUE %s MAXVALUE %s CACHE %s %s)', rest, item.attname,
					CASE item.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, item.place, item.relname, item.seqstart, item.seqincrement, item.seqmin, item.seqmax, item.seqcache, CASE WHEN item.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END)
				|| format('SELECT setval(%L, s.last_value, s.is_called), dbeng._copy_privileges(%2$s::oid, %1$L) FROM %3$s.%4$I s', format('%s.%I', item.place, item.relname), item.sequence::oid, item.place, away);
			IF item.comment IS NOT NULL THEN
				first := first || format('COMMENT ON SEQUENCE %s.%I IS %L', item.place, item.relname, item.comment);
			END IF;
		END IF;
	END LOOP;
	FOR item IN SELECT * FROM dbeng._publications_of(parent, whole) LOOP
		first := first || item.release;
		named := named || item.tie;
	END LOOP;
	FOR item IN SELECT d.definition FROM dbeng._dependents(parent) d LOOP
		named := named || item.definition;
	END LOOP;
	-- What was said of the whole in the meantime is now said of this.
	FOR item IN SELECT p.polname FROM pg_policy p WHERE p.polrelid = rest LOOP
		first := first || format('DROP POLICY %I ON %s', item.polname, rest);
	END LOOP;
	named := named || dbeng._policies(parent, whole);
	named := named || format('ALTER TABLE %s %s ROW LEVEL SECURITY, %s ROW LEVEL SECURITY', whole, CASE WHEN class.relrowsecurity THEN 'ENABLE' ELSE 'DISABLE' END, CASE WHEN class.relforcerowsecurity THEN 'FORCE' ELSE 'NO FORCE' END)
		|| format('COMMENT ON TABLE %s IS %L', whole, obj_description(parent, 'pg_class'))
		|| format('SELECT dbeng._copy_privileges(%s::oid, %s::oid)', parent::oid, rest::oid);
	FOR item IN SELECT * FROM dbeng._triggers_of(parent, whole) LOOP
		last := last || item.make || item.finish;
	END LOOP;
	FOR item IN SELECT s.stxname, s.stxnamespace::regnamespace AS place, pg_get_statisticsobjdef(s.oid) AS definition,
			(SELECT format('%s.%I', o.stxnamespace::regnamespace, o.stxname) FROM pg_statistic_ext o WHERE o.stxrelid = rest AND o.stxkind = s.stxkind AND pg_get_statisticsobjdef_columns(o.oid) = pg_get_statisticsobjdef_columns(s.oid) ORDER BY o.oid LIMIT 1) AS same
		FROM pg_statistic_ext s WHERE s.stxrelid = parent
	LOOP
		last := last || (CASE WHEN item.same IS NULL THEN item.definition ELSE format('ALTER STATISTICS %s RENAME TO %I', item.same, item.stxname) END)
			|| format('ALTER STATISTICS %s.%I OWNER TO %s', item.place, item.stxname, class.relowner::regrole);
	END LOOP;
	FOR item IN SELECT pc.relname AS wanted, cc.relname AS present FROM pg_index pi JOIN pg_class pc ON pc.oid = pi.indexrelid JOIN pg_inherits h ON h.inhparent = pi.indexrelid
		JOIN pg_index ci ON ci.indexrelid = h.inhrelid AND ci.indrelid = rest JOIN pg_class cc ON cc.oid = ci.indexrelid WHERE pi.indrelid = parent AND pc.relname <> cc.relname
	LOOP
		last := last || format('ALTER INDEX %s.%I RENAME TO %I', schema, item.present, item.wanted);
	END LOOP;

	PERFORM dbeng._copy_statistics(parent, rest);
	-- Whoever reads a view has got by its definition as far as to a table that will be gone: views are locked first, by what changes nothing, and
	-- all locks together are waited for no longer than one.
	until := clock_timestamp() + current_setting('lock_timeout')::interval;
	FOR item IN SELECT DISTINCT v.oid::regclass AS view, v.relowner::regrole AS owner FROM dbeng._dependents(parent) d JOIN pg_rewrite r ON r.oid = d.object JOIN pg_class v ON v.oid = r.ev_class WHERE d.kind = 'view' ORDER BY 1 LOOP
		EXECUTE format('ALTER VIEW %s OWNER TO %s', item.view, item.owner);
		PERFORM set_config('lock_timeout', greatest(1, ceil(extract(epoch FROM until - clock_timestamp()) * 1000))::text, true);
	END LOOP;
	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', parent);
	locked_at := clock_timestamp();
	IF dbeng._depending(parent) IS DISTINCT FROM seen THEN
		RAISE EXCEPTION USING ERRCODE = 'lock_not_available', MESSAGE = format('somebody has changed %s, or what reads it', parent);
	END IF;
	PERFORM dbeng._run(first);
	EXECUTE format('ALTER TABLE %s RENAME TO %I', parent, gone);
	EXECUTE format('ALTER TABLE %s RENAME TO %I', rest, class.relname);
	PERFORM dbeng._run(named);
	EXECUTE format('DROP TABLE %s.%I', schema, gone);
	PERFORM dbeng._run(last);
	RETURN extract(epoch FROM clock_timestamp() - locked_at) * 1000;
END
$$;
COMMENT ON FUNCTION dbeng._restore_plain(regclass) IS 'makes the only partition of a table the table itself; returns how many milliseconds it was locked';

-- Are these settings good for it? Tried on a twin that is gone again.
CREATE OR REPLACE FUNCTION dbeng._try_conversion(relation regclass, control name, settings text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
SET client_min_messages = error
AS $$
DECLARE
	reasons text[];
	twin regclass;
BEGIN
	PERFORM dbeng._require_own_table(relation, 'partition_table');
	reasons := dbeng._conversion_obstacles(relation, control);
	IF cardinality(reasons) > 0 THEN
		PERFORM dbeng._refuse(format('%s cannot become partitioned', relation), reasons, 'object_not_in_prerequisite_state');
	END IF;
	twin := dbeng._make_twin(relation, control, dbeng._free_name((SELECT c.relnamespace FROM pg_class c WHERE c.oid = relation), (SELECT c.relname FROM pg_class c WHERE c.oid = relation), '_new'));
	EXECUTE format('SELECT dbeng.manage_partitions(%L, %s)', twin, settings);
	RAISE EXCEPTION USING ERRCODE = 'DBE00', MESSAGE = 'they are good';
EXCEPTION
	WHEN SQLSTATE 'DBE00' THEN
		RETURN;
END
$$;
COMMENT ON FUNCTION dbeng._try_conversion(regclass, name, text) IS 'raises where dbeng.partition_table() would';

CREATE OR REPLACE PROCEDURE dbeng.partition_table(relation regclass, control name, step text, premake int DEFAULT 4, retention text DEFAULT NULL,
	on_expiry text DEFAULT 'detach', time_zone text DEFAULT 'UTC', with_default boolean DEFAULT false, encoding text DEFAULT NULL, ahead interval DEFAULT NULL,
	archive_schema name DEFAULT NULL, snowflake_epoch timestamptz DEFAULT NULL, snowflake_shift int DEFAULT 22, anchor text DEFAULT NULL)
LANGUAGE c
AS 'MODULE_PATHNAME', 'dbeng_partition_table';
COMMENT ON PROCEDURE dbeng.partition_table(regclass, name, text, int, text, text, text, boolean, text, interval, name, timestamptz, int, text) IS 'a live table becomes partitioned: locked for milliseconds, whatever its size, then split in the background';

CREATE OR REPLACE PROCEDURE dbeng.unpartition_table(parent regclass, batch_rows int DEFAULT 10000)
LANGUAGE c
AS 'MODULE_PATHNAME', 'dbeng_unpartition_table';
COMMENT ON PROCEDURE dbeng.unpartition_table(regclass, int) IS 'a partitioned table becomes a plain one again: rows are gathered in the background, then it is locked for milliseconds';
