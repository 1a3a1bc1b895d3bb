-- Counts of children, kept in their parents. What is kept of a count is its triggers' arguments: so it is dumped with the
-- tables, and gone with them.

CREATE OR REPLACE FUNCTION dbeng._count_children() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME', 'dbeng_count_children';
COMMENT ON FUNCTION dbeng._count_children() IS 'trigger of dbeng.enable_counter_cache() on children; its arguments: the foreign key, the parent''s column, the column that is NULL in rows that count (empty: all do)';

CREATE OR REPLACE FUNCTION dbeng._keep_counter() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME', 'dbeng_keep_counter';
COMMENT ON FUNCTION dbeng._keep_counter() IS 'trigger of dbeng.enable_counter_cache() on parents; its arguments: the column with the count, and whether it was added (a)';

-- One row a count, of the table that has the foreign key itself.
CREATE OR REPLACE FUNCTION dbeng._counter_caches()
RETURNS TABLE (child regclass, foreign_key name, constraint_oid oid, parent oid, counter name, live_column name, enabled boolean, added boolean)
LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT t.tgrelid, f.conname, f.oid, f.confrelid, a.a[2]::name, nullif(a.a[3], '')::name, bool_and(t.tgenabled <> 'D') AND count(DISTINCT t.oid) = 4 AND coalesce(bool_and(k.tgenabled <> 'D'), false), coalesce(bool_or((dbeng._trigger_arguments(k.tgargs))[2] = 'a'), false)
	FROM pg_trigger t CROSS JOIN LATERAL dbeng._trigger_arguments(t.tgargs) a(a)
		JOIN pg_constraint f ON f.conrelid = t.tgrelid AND f.conname = a.a[1] AND f.contype = 'f' AND f.conparentid = 0
		LEFT JOIN pg_trigger k ON k.tgrelid = f.confrelid AND k.tgfoid = 'dbeng._keep_counter()'::regprocedure AND k.tgtype::int & 16 = 16
			AND (dbeng._trigger_arguments(k.tgargs))[1] = a.a[2]
	WHERE t.tgfoid = 'dbeng._count_children()'::regprocedure
	GROUP BY t.tgrelid, f.conname, f.oid, f.confrelid, a.a
$$;
COMMENT ON FUNCTION dbeng._counter_caches() IS 'behind dbeng.counter_caches';

CREATE OR REPLACE VIEW dbeng.counter_caches AS
SELECT c.child, c.foreign_key, c.parent::regclass AS parent, c.counter, c.live_column,
	CASE WHEN NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.parent AND a.attname = c.counter AND NOT a.attisdropped) THEN 'column missing'
		WHEN NOT c.enabled THEN 'off' WHEN o.open_partitions IS NOT NULL THEN 'partitions open' ELSE 'on' END AS state,
	o.open_partitions
  FROM dbeng._counter_caches() c,
	LATERAL (SELECT array_agg(p.relid ORDER BY p.relid::text) FROM pg_partition_tree(c.child) p
		WHERE p.relid <> c.child AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = p.relid AND t.tgfoid = 'dbeng._count_children()'::regprocedure
			AND (dbeng._trigger_arguments(t.tgargs))[1:2] = ARRAY[c.foreign_key::text, c.counter::text])) o(open_partitions);
COMMENT ON VIEW dbeng.counter_caches IS 'the counts of dbeng.enable_counter_cache()';
COMMENT ON COLUMN dbeng.counter_caches.child IS 'the table whose rows are counted';
COMMENT ON COLUMN dbeng.counter_caches.foreign_key IS 'by which they belong to a parent';
COMMENT ON COLUMN dbeng.counter_caches.parent IS 'the table that has the count';
COMMENT ON COLUMN dbeng.counter_caches.counter IS 'its column';
COMMENT ON COLUMN dbeng.counter_caches.live_column IS 'rows where it is not NULL do not count; NULL: all rows do';
COMMENT ON COLUMN dbeng.counter_caches.state IS 'on; off: a trigger is disabled or missing; column missing; partitions open: see open_partitions. dbeng.enable_counter_cache(), called again, mends them and counts anew';
COMMENT ON COLUMN dbeng.counter_caches.open_partitions IS 'partitions of which what is written to them directly, past the table, does not count; NULL: none';
GRANT SELECT ON dbeng.counter_caches TO PUBLIC;

-- "c.a = p.id AND …": a row of p is the parent of one of c.
CREATE OR REPLACE FUNCTION dbeng._counter_join(constraint_oid oid, parent_alias text, child_alias text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT string_agg(format('%s.%I OPERATOR(%I.%s) %s.%I', parent_alias, b.attname, n.nspname, o.oprname, child_alias, a.attname), ' AND ' ORDER BY u.place)
	FROM pg_constraint f, unnest(f.conkey, f.confkey, f.conpfeqop) WITH ORDINALITY u(own, other, equals, place), pg_attribute a, pg_attribute b, pg_operator o, pg_namespace n
	WHERE f.oid = constraint_oid AND a.attrelid = f.conrelid AND a.attnum = u.own AND b.attrelid = f.confrelid AND b.attnum = u.other
		AND o.oid = u.equals AND n.oid = o.oprnamespace
$$;
COMMENT ON FUNCTION dbeng._counter_join(oid, text, text) IS 'the condition by which a parent has a child';

-- What was committed is right or wrong as a whole, so the difference that one look finds stays the difference, whoever adds to a
-- count meanwhile. Locked in the order of keys, as the triggers do.
CREATE OR REPLACE FUNCTION dbeng._recount(child regclass, constraint_oid oid, parent regclass, counter name, live_column name) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
SET row_security = off
SET dbeng.keep_counters = on
SET dbeng.keep_versions = on
AS $$
DECLARE
	keys record;
	wrong text;
	place text;
	mended bigint;
BEGIN
	SELECT string_agg(format('p.%I AS k%s', b.attname, u.place), ', ' ORDER BY u.place) AS selected, string_agg(format('c.%I', a.attname), ', ' ORDER BY u.place) AS own,
		string_agg(format('w.k%s = p.%I', u.place, b.attname), ' AND ' ORDER BY u.place) AS equal
	INTO keys
	FROM pg_constraint f, unnest(f.conkey, f.confkey) WITH ORDINALITY u(own, other, place), pg_attribute a, pg_attribute b
	WHERE f.oid = constraint_oid AND a.attrelid = f.conrelid AND a.attnum = u.own AND b.attrelid = f.confrelid AND b.attnum = u.other;
	place := CASE WHEN (SELECT relkind = 'r' FROM pg_class WHERE oid = parent) THEN 'ONLY ' ELSE '' END || parent::text;
	wrong := format('SELECT %s, coalesce(c.dbeng_n, 0) - p.%I AS dbeng_d FROM %s p LEFT JOIN (SELECT %s, count(*) AS dbeng_n FROM %s c%s GROUP BY %s) c ON %s WHERE p.%I <> coalesce(c.dbeng_n, 0) ORDER BY %s',
		keys.selected, counter, place, keys.own, child, CASE WHEN live_column IS NULL THEN '' ELSE format(' WHERE c.%I IS NULL', live_column) END, keys.own,
		dbeng._counter_join(constraint_oid, 'p', 'c'), counter, (SELECT string_agg('k' || n, ', ' ORDER BY n) FROM generate_series(1, (SELECT cardinality(conkey) FROM pg_constraint WHERE oid = constraint_oid)) n));
	EXECUTE wrong || ' FOR NO KEY UPDATE OF p';
	EXECUTE format('UPDATE %s p SET %I = p.%I + w.dbeng_d FROM (%s) w WHERE %s', place, counter, counter, wrong, keys.equal);
	GET DIAGNOSTICS mended = ROW_COUNT;
	RETURN mended;
END
$$;
COMMENT ON FUNCTION dbeng._recount(regclass, oid, regclass, name, name) IS 'puts wrong counts right and says how many there were';

CREATE OR REPLACE FUNCTION dbeng._find_foreign_key(child regclass, foreign_key name, parent regclass) RETURNS oid
LANGUAGE sql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT f.oid FROM pg_constraint f LEFT JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1] AND cardinality(f.conkey) = 1
	WHERE f.conrelid = child AND f.contype = 'f' AND f.confrelid = parent AND f.conparentid = 0 AND foreign_key IN (f.conname, a.attname)
	ORDER BY f.conname = foreign_key DESC LIMIT 1
$$;
COMMENT ON FUNCTION dbeng._find_foreign_key(regclass, name, regclass) IS 'a foreign key by its name or its only column';

CREATE OR REPLACE FUNCTION dbeng.enable_counter_cache(child regclass, foreign_key name, parent regclass, counter name, live_column name DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	reasons text[] := '{}';
	key record;
	present record;
	before record;
	other record;
	mark text;
	arguments text;
	added text := '';
	key_columns text;
BEGIN
	PERFORM dbeng._require_own_table(child, 'enable_counter_cache');
	PERFORM dbeng._require_own_table(parent, 'enable_counter_cache');
	IF foreign_key IS NULL OR counter IS NULL THEN
		PERFORM dbeng._refuse('foreign_key and counter must not be NULL', ARRAY['One says which rows are counted, the other where the count is kept.'],
			'null_value_not_allowed', 'SELECT dbeng.enable_counter_cache(''comments'', ''post_id'', ''posts'', ''comments_count'');');
	END IF;
	-- Nobody writes meanwhile: so the first count is right. The child first, as whoever writes it.
	EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', child);
	EXECUTE format('LOCK TABLE %s IN %s MODE', parent, CASE WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = parent AND a.attname = counter AND NOT a.attisdropped)
		THEN 'SHARE ROW EXCLUSIVE' ELSE 'ACCESS EXCLUSIVE' END);
	PERFORM dbeng._require_own_table(child, 'enable_counter_cache');
	PERFORM dbeng._require_own_table(parent, 'enable_counter_cache');

	SELECT f.oid, f.conname, f.conkey, f.confkey, f.condeferrable OR NOT f.convalidated AS may_come_late INTO key
	FROM pg_constraint f WHERE f.oid = dbeng._find_foreign_key(child, foreign_key, parent);
	IF NOT FOUND THEN
		reasons := reasons || format('It has no foreign key %I to %s: %s', foreign_key, parent, coalesce(
			(SELECT 'those that refer to it are ' || string_agg(quote_ident(f.conname), ', ' ORDER BY f.conname) || '.' FROM pg_constraint f
				WHERE f.conrelid = child AND f.contype = 'f' AND f.confrelid = parent AND f.conparentid = 0),
			format('ALTER TABLE %s ADD FOREIGN KEY (...) REFERENCES %s;', child, parent)));
	END IF;
	FOR other IN SELECT c.relispartition, c.oid::regclass AS relation FROM pg_class c WHERE c.oid IN (child, parent) AND c.relispartition LOOP
		reasons := reasons || format('%s is a partition: name the table that it is part of.', other.relation);
	END LOOP;
	FOR other IN SELECT i.inhrelid::regclass AS relation FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = child AND NOT c.relispartition LOOP
		reasons := reasons || format('%s inherits from it: its rows would count, though no foreign key holds them.', other.relation);
	END LOOP;
	FOR other IN SELECT p.relid FROM pg_partition_tree(child) p JOIN pg_class c ON c.oid = p.relid WHERE c.relkind = 'f' LOOP
		reasons := reasons || format('Its partition %s is a foreign table: others write it past this server.', other.relid);
	END LOOP;
	IF live_column IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = child AND a.attname = live_column AND a.attnum > 0 AND NOT a.attisdropped) THEN
		reasons := reasons || format('It has no column %I that could be NULL in the rows that count.', live_column);
	END IF;
	SELECT c.* INTO before FROM dbeng._counter_caches() c WHERE c.parent = enable_counter_cache.parent AND c.counter = enable_counter_cache.counter;
	IF FOUND AND (before.child <> child OR before.constraint_oid IS DISTINCT FROM key.oid OR before.live_column IS DISTINCT FROM live_column) THEN
		reasons := reasons || format('%s.%I has a count already, of %s by %I%s: SELECT dbeng.disable_counter_cache(%L, %L, %L, %L);', parent, counter, before.child,
			before.foreign_key, CASE WHEN before.live_column IS NULL THEN '' ELSE format(' where %I is NULL', before.live_column) END,
			before.child::text, before.foreign_key, parent::text, counter);
	END IF;
	SELECT a.attnum, a.atttypid::regtype AS type, a.attnotnull, a.attgenerated, a.attidentity, pg_get_expr(d.adbin, d.adrelid) AS value INTO present
	FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	WHERE a.attrelid = parent AND a.attname = counter AND NOT a.attisdropped;
	IF NOT FOUND THEN
		added := 'a';
		IF (SELECT c.reloftype <> 0 FROM pg_class c WHERE c.oid = parent) THEN
			reasons := reasons || format('%s has no column %I, and as a typed table it can have none of its own.', parent, counter);
		END IF;
	ELSE
		IF before.added THEN
			added := 'a';
		END IF;
		IF present.attnum < 0 THEN
			reasons := reasons || format('%I is a system column.', counter);
		ELSIF present.type NOT IN ('smallint'::regtype, 'integer', 'bigint') THEN
			reasons := reasons || format('Column %I of %s is of type %s, not smallint, integer or bigint.', counter, parent, present.type);
		ELSIF present.attgenerated <> '' OR present.attidentity <> '' THEN
			reasons := reasons || format('Column %I of %s is %s: the server writes it itself.', counter, parent, CASE WHEN present.attgenerated <> '' THEN 'generated' ELSE 'an identity column' END);
		ELSIF NOT present.attnotnull OR present.value IS NULL OR present.value !~ '^\(?''?0''?\)?(::[a-z]+)?$' THEN
			reasons := reasons || format('Column %1$I of %2$s %3$s: UPDATE %2$s SET %1$I = 0 WHERE %1$I IS NULL; ALTER TABLE %2$s ALTER COLUMN %1$I SET DEFAULT 0, ALTER COLUMN %1$I SET NOT NULL;',
				counter, parent, CASE WHEN present.attnotnull THEN 'has not the default 0' ELSE 'may be NULL' END);
		END IF;
		IF EXISTS (SELECT FROM pg_constraint f WHERE f.contype IN ('p', 'f', 'u') AND (f.conrelid = parent AND present.attnum = ANY (f.conkey) OR f.confrelid = parent AND present.attnum = ANY (f.confkey))) THEN
			reasons := reasons || format('Column %I of %s is part of a key.', counter, parent);
		END IF;
	END IF;
	IF cardinality(reasons) > 0 THEN
		PERFORM dbeng._refuse(format('children of %s in %s cannot be counted', parent, child), reasons, 'object_not_in_prerequisite_state');
	END IF;

	FOR other IN SELECT a.attname FROM pg_trigger t JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = t.tgattr[0]
		WHERE live_column IS NULL AND t.tgrelid = child AND t.tgfoid = 'dbeng._soft_delete_row()'::regprocedure AND cardinality(t.tgattr::int2[]) = 2
	LOOP
		RAISE NOTICE USING MESSAGE = format('column %I of %s counts deleted rows of %s, too', counter, parent, child), DETAIL = 'The table keeps its deleted rows.',
			HINT = format('live_column => %L counts live ones only.', other.attname);
	END LOOP;
	IF present.attnum IS NULL THEN
		EXECUTE format('ALTER TABLE %s ADD COLUMN %I bigint NOT NULL DEFAULT 0', parent, counter);
		EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', parent, counter, format('rows of %s; kept by dbeng.enable_counter_cache()', child));
		PERFORM dbeng._follow_columns(parent);
	END IF;
	mark := left(md5(concat_ws('/', key.conname, counter)), 8);
	arguments := format('%L, %L, %L', key.conname, counter, coalesce(live_column, ''));
	FOR other IN SELECT child AS relid UNION SELECT p.relid FROM pg_partition_tree(child) p ORDER BY 1 LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS dbeng_new FOR EACH STATEMENT EXECUTE FUNCTION dbeng._count_children(%s)', '~dbeng_count_i_' || mark, other.relid, arguments);
		EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON %s REFERENCING OLD TABLE AS dbeng_old NEW TABLE AS dbeng_new FOR EACH STATEMENT EXECUTE FUNCTION dbeng._count_children(%s)', '~dbeng_count_u_' || mark, other.relid, arguments);
		EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER DELETE ON %s REFERENCING OLD TABLE AS dbeng_old FOR EACH STATEMENT EXECUTE FUNCTION dbeng._count_children(%s)', '~dbeng_count_d_' || mark, other.relid, arguments);
		EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION dbeng._count_children(%s)', '~dbeng_count_t_' || mark, other.relid, arguments);
		EXECUTE (SELECT string_agg(format('ALTER TABLE %s ENABLE TRIGGER %I', other.relid, '~dbeng_count_' || k || '_' || mark), '; ') FROM unnest('{i,u,d,t}'::text[]) k);
	END LOOP;
	mark := left(md5(counter), 8);
	SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO key_columns
	FROM pg_attribute a WHERE a.attrelid = parent AND a.attnum = ANY (key.confkey);
	-- Where a child may be there before its parent, each new parent looks for children; else it has none.
	EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT ON %s FOR EACH ROW%s EXECUTE FUNCTION dbeng._keep_counter(%L, %L)', '~dbeng_counter_i_' || mark, parent,
		CASE WHEN key.may_come_late THEN '' ELSE format(' WHEN (NEW.%I <> 0)', counter) END, counter, added);
	-- Without WHEN: that would be read anew for each statement, and each that counts would pass it.
	EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER UPDATE OF %I, %s ON %s FOR EACH ROW EXECUTE FUNCTION dbeng._keep_counter(%L, %L)',
		'~dbeng_counter_u_' || mark, counter, key_columns, parent, counter, added);
	EXECUTE format('ALTER TABLE %1$s ENABLE TRIGGER %2$I; ALTER TABLE %1$s ENABLE TRIGGER %3$I', parent, '~dbeng_counter_i_' || mark, '~dbeng_counter_u_' || mark);
	RETURN dbeng._recount(child, key.oid, parent, counter, live_column);
END
$$;
COMMENT ON FUNCTION dbeng.enable_counter_cache(regclass, name, regclass, name, name) IS 'from now on each parent knows how many children it has; returns for how many the count had to be changed. Called again it mends what is missing';

CREATE OR REPLACE FUNCTION dbeng._require_counter_cache(child regclass, foreign_key name, parent regclass, counter name, what text,
	OUT constraint_oid oid, OUT constraint_name name, OUT live_column name, OUT added boolean)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	SELECT c.constraint_oid, c.foreign_key, c.live_column, c.added INTO constraint_oid, constraint_name, live_column, added
	FROM dbeng._counter_caches() c
	WHERE c.child = $1 AND c.parent = $3 AND c.counter = $4 AND c.constraint_oid = dbeng._find_foreign_key($1, $2, $3);
	IF constraint_oid IS NULL THEN
		PERFORM dbeng._refuse(format('%s does not count rows of %s by %s in %s', coalesce(parent::text, 'NULL'), coalesce(child::text, 'NULL'),
				coalesce(quote_ident(foreign_key), 'NULL'), coalesce(quote_ident(counter), 'NULL')),
			ARRAY['dbeng.enable_counter_cache() was not called for it, or dbeng.disable_counter_cache() was already.'],
			'object_not_in_prerequisite_state', 'SELECT child, foreign_key, parent, counter FROM dbeng.counter_caches;');
	END IF;
END
$$;
COMMENT ON FUNCTION dbeng._require_counter_cache(regclass, name, regclass, name, text) IS 'raises unless there is that count';

CREATE OR REPLACE FUNCTION dbeng.disable_counter_cache(child regclass, foreign_key name, parent regclass, counter name, drop_column boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	known record;
	part record;
BEGIN
	PERFORM dbeng._require_own_table(child, 'disable_counter_cache');
	PERFORM dbeng._require_own_table(parent, 'disable_counter_cache');
	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', child);
	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', parent);
	PERFORM dbeng._require_own_table(child, 'disable_counter_cache');
	PERFORM dbeng._require_own_table(parent, 'disable_counter_cache');
	known := dbeng._require_counter_cache(child, foreign_key, parent, counter, 'disable_counter_cache');
	FOR part IN SELECT t.tgname, t.tgrelid::regclass AS relation FROM pg_trigger t
		WHERE (t.tgrelid = child OR t.tgrelid IN (SELECT p.relid FROM pg_partition_tree(child) p)) AND t.tgfoid = 'dbeng._count_children()'::regprocedure
				AND (dbeng._trigger_arguments(t.tgargs))[1:2] = ARRAY[known.constraint_name::text, counter::text]
			OR t.tgrelid = parent AND t.tgfoid = 'dbeng._keep_counter()'::regprocedure AND t.tgparentid = 0 AND (dbeng._trigger_arguments(t.tgargs))[1] = counter::text
	LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', part.tgname, part.relation);
	END LOOP;
	IF known.added AND drop_column THEN
		PERFORM dbeng._follow_columns(parent, counter);
		EXECUTE format('ALTER TABLE %s DROP COLUMN %I', parent, counter);
	END IF;
END
$$;
COMMENT ON FUNCTION dbeng.disable_counter_cache(regclass, name, regclass, name, boolean) IS 'children are counted no longer; the column stays, unless dbeng.enable_counter_cache() has added it and it is to be dropped';

CREATE OR REPLACE FUNCTION dbeng.repair_counter_cache(child regclass, foreign_key name, parent regclass, counter name) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	known record;
BEGIN
	PERFORM dbeng._require_own_table(child, 'repair_counter_cache');
	PERFORM dbeng._require_own_table(parent, 'repair_counter_cache');
	known := dbeng._require_counter_cache(child, foreign_key, parent, counter, 'repair_counter_cache');
	RETURN dbeng._recount(child, known.constraint_oid, parent, counter, known.live_column);
END
$$;
COMMENT ON FUNCTION dbeng.repair_counter_cache(regclass, name, regclass, name) IS 'counts all children anew, puts wrong counts right and returns how many there were; locks the parents concerned and nobody else';
