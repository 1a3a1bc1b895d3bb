-- Pages by key: each begins where the last one ended, at the same cost however far down, and nothing is shown twice or skipped
-- because others insert and delete. What makes it hard is the condition: NULLs, directions that differ, rows that tie.

-- The columns to sort by, read and completed: until a unique key of columns that are never NULL is among them, the primary key's follow.
CREATE OR REPLACE FUNCTION dbeng._keyset_columns(relation regclass, order_by text)
RETURNS TABLE (place int, name name, number int2, type oid, descending boolean, nulls_first boolean, nullable boolean, operators text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 3
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	example CONSTANT text := 'order_by => ''created_at desc, id''';
	tokens text[];
	columns record;
	key int2[];
	i int := 1;
	n int;
	word text;
	kind "char";
BEGIN
	IF relation IS NULL OR order_by IS NULL THEN
		PERFORM dbeng._refuse('relation and order_by must not be NULL', ARRAY['Pages are of a table, in an order.'], 'null_value_not_allowed', example);
	END IF;
	SELECT c.relkind INTO kind FROM pg_class c WHERE c.oid = relation;
	IF kind IS NULL OR kind NOT IN ('r', 'p') THEN
		PERFORM dbeng._refuse(CASE WHEN kind IS NULL THEN format('relation with OID %s does not exist', relation::oid) ELSE format('%s is not a table', relation) END,
			ARRAY['Pages need a key, which only tables have.'], CASE WHEN kind IS NULL THEN 'undefined_table' ELSE 'wrong_object_type' END, 'Name a table that \d shows.');
	END IF;
	SELECT array_agg(t.token ORDER BY t.place) INTO tokens FROM dbeng._tokens(order_by) t;
	n := coalesce(cardinality(tokens), 0);
	place := 0;
	LOOP
		place := place + 1;
		IF i > n OR NOT coalesce(dbeng._is_name(tokens[i]), false) THEN
			PERFORM dbeng._refuse(CASE WHEN i > n THEN 'order_by ends where a column is expected' ELSE format('"%s" is not a column to sort by', coalesce(tokens[i], order_by)) END,
				ARRAY['Columns are separated by commas, each with asc or desc, nulls first or nulls last behind it; there are no expressions.'], 'syntax_error', example);
		END IF;
		word := dbeng._unquoted(tokens[i]);
		SELECT a.attname, a.attnum, a.atttypid, NOT a.attnotnull INTO name, number, type, nullable FROM pg_attribute a
		WHERE a.attrelid = relation AND a.attname = word AND a.attnum > 0 AND NOT a.attisdropped;
		IF NOT FOUND THEN
			PERFORM dbeng._refuse(format('column %I of %s does not exist', word, relation), ARRAY['Rows are sorted by columns of the table.'], 'undefined_column',
				format('Columns: %s.', (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped)));
		ELSIF number = ANY (key) THEN
			PERFORM dbeng._refuse(format('column %I is sorted by twice', word), ARRAY['The second time decides nothing.'], 'duplicate_column', 'Name it once.');
		END IF;
		i := i + 1;
		descending := lower(tokens[i]) IS NOT DISTINCT FROM 'desc';
		IF lower(tokens[i]) IN ('asc', 'desc') THEN
			i := i + 1;
		END IF;
		nulls_first := descending;
		IF lower(tokens[i]) = 'nulls' AND lower(tokens[i + 1]) IN ('first', 'last') THEN
			nulls_first := lower(tokens[i + 1]) = 'first';
			i := i + 2;
		END IF;
		operators := dbeng._order_operators(type);
		IF operators IS NULL THEN
			PERFORM dbeng._refuse(format('column %I cannot be sorted by', word), ARRAY[format('Type %s has no order.', format_type(type, NULL))], 'undefined_function', 'Sort by another column.');
		END IF;
		-- Of a column that is never NULL an index's order is the plain one, and the planner asks for it to the letter.
		IF NOT nullable THEN
			nulls_first := descending;
		END IF;
		key := key || number;
		RETURN NEXT;
		EXIT WHEN i > n;
		IF tokens[i] IS DISTINCT FROM ',' THEN
			PERFORM dbeng._refuse(format('"%s" is not expected in order_by', coalesce(tokens[i], order_by)),
				ARRAY['Columns are separated by commas, each with asc or desc, nulls first or nulls last behind it; there are no expressions.'], 'syntax_error', example);
		END IF;
		i := i + 1;
	END LOOP;

	-- Ties.
	IF EXISTS (SELECT FROM pg_index x WHERE x.indrelid = relation AND x.indisunique AND x.indimmediate AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL
		AND (x.indkey::int2[])[0:x.indnkeyatts - 1] <@ key AND NOT EXISTS (SELECT FROM unnest((x.indkey::int2[])[0:x.indnkeyatts - 1]) u(k) JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = u.k WHERE NOT a.attnotnull)) THEN
		RETURN;
	END IF;
	SELECT (x.indkey::int2[])[0:x.indnkeyatts - 1] AS numbers INTO columns FROM pg_index x
	WHERE x.indrelid = relation AND x.indisunique AND x.indisvalid AND x.indimmediate AND x.indpred IS NULL AND x.indexprs IS NULL
		AND NOT EXISTS (SELECT FROM unnest((x.indkey::int2[])[0:x.indnkeyatts - 1]) u(k) JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = u.k WHERE NOT a.attnotnull)
	ORDER BY x.indisprimary DESC, x.indexrelid LIMIT 1;
	IF NOT FOUND THEN
		PERFORM dbeng._refuse(format('%s has no primary key', relation), ARRAY['Rows that are alike in all that they are sorted by could not be told apart.'], 'object_not_in_prerequisite_state',
			format('ALTER TABLE %s ADD PRIMARY KEY (...);', relation));
	END IF;
	FOR number, name, type IN SELECT a.attnum, a.attname, a.atttypid FROM unnest(columns.numbers) WITH ORDINALITY u(k, at) JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = u.k
		WHERE u.k <> ALL (key) ORDER BY u.at
	LOOP
		place := place + 1;
		nullable := false;
		nulls_first := descending;
		operators := dbeng._order_operators(type);
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dbeng._keyset_columns(regclass, text) IS 'the columns that pages are sorted by; operators: the schema of those that compare them';

-- The schema of the operators by which ORDER BY sorts a type; NULL: it cannot be sorted.
CREATE OR REPLACE FUNCTION dbeng._order_operators(type oid) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
	WITH RECURSIVE base(oid, kind, below, category) AS (
		SELECT t.oid, t.typtype, t.typbasetype, t.typcategory FROM pg_type t WHERE t.oid = type
		UNION ALL SELECT t.oid, t.typtype, t.typbasetype, t.typcategory FROM base b JOIN pg_type t ON t.oid = b.below WHERE b.kind = 'd')
	SELECT quote_ident(n.nspname)
	FROM base b, pg_opclass o JOIN pg_amop m ON m.amopfamily = o.opcfamily AND m.amoplefttype = o.opcintype AND m.amoprighttype = o.opcintype AND m.amopstrategy = 1
		JOIN pg_operator p ON p.oid = m.amopopr JOIN pg_namespace n ON n.oid = p.oprnamespace
	WHERE b.kind <> 'd' AND o.opcdefault AND o.opcmethod = (SELECT a.oid FROM pg_am a WHERE a.amname = 'btree')
		AND o.opcintype IN (b.oid, CASE WHEN b.kind = 'e' THEN 'anyenum'::regtype WHEN b.kind = 'r' THEN 'anyrange' WHEN b.kind = 'm' THEN 'anymultirange' WHEN b.kind = 'c' THEN 'record'
			WHEN b.category = 'A' THEN 'anyarray' WHEN b.oid = 'varchar'::regtype THEN 'text' WHEN b.oid = 'cidr'::regtype THEN 'inet' END)
	ORDER BY o.opcintype = b.oid DESC, o.oid LIMIT 1
$$;
COMMENT ON FUNCTION dbeng._order_operators(oid) IS 'in which schema the operators are that sort a type';

-- A value of a cursor or a filter, as a constant of the column's type.
CREATE OR REPLACE FUNCTION dbeng._keyset_value(relation regclass, name name, type oid, value text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO' SET intervalstyle = 'postgres'
AS $$
DECLARE
	constant text;
BEGIN
	constant := format('%L::%s', value, format_type(type, -1));
	EXECUTE 'SELECT ' || constant;
	RETURN constant;
EXCEPTION WHEN data_exception OR check_violation THEN
	PERFORM dbeng._refuse(format('%L is not a value of column %I', value, name), ARRAY[SQLERRM], 'invalid_text_representation', 'Give the cursor back as it came.');
END
$$;
COMMENT ON FUNCTION dbeng._keyset_value(regclass, name, oid, text) IS 'a constant for the statements of dbeng.keyset_query()';

CREATE OR REPLACE FUNCTION dbeng.keyset_query(relation regclass, order_by text, after jsonb DEFAULT NULL, page_rows int DEFAULT 50, filter jsonb DEFAULT NULL)
RETURNS TABLE (query text, full_order text, index regclass, create_index text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 1
SET search_path = pg_catalog, pg_temp
SET extra_float_digits = 1
AS $$
DECLARE
	c record;
	member record;
	filters text[] := '{}';
	filter_columns int2[] := '{}';
	names text[] := '{}';
	sorts text[] := '{}';
	numbers int2[] := '{}';
	options int[] := '{}';
	value_texts text[] := '{}';
	alike boolean := true;
	equal text[] := '{}';
	branches text[] := '{}';
	beyond text[];
	part text;
	given text;
	table_text CONSTANT text := (SELECT format('%I.%I', n.nspname, k.relname) FROM pg_class k JOIN pg_namespace n ON n.oid = k.relnamespace WHERE k.oid = relation);
BEGIN
	IF page_rows IS NULL OR page_rows < 1 THEN
		PERFORM dbeng._refuse(format('page_rows must not be %s', coalesce(page_rows::text, 'NULL')), ARRAY['A page has a row at least.'], 'invalid_parameter_value', 'page_rows => 50');
	END IF;
	IF (after IS NOT NULL AND jsonb_typeof(after) <> 'object') OR (filter IS NOT NULL AND jsonb_typeof(filter) <> 'object') THEN
		PERFORM dbeng._refuse('after and filter are JSON objects', ARRAY['Each key is the name of a column.'], 'invalid_parameter_value', 'after => ''{"created_at": "2024-01-31T12:00:00Z", "id": "7"}'', filter => ''{"tenant_id": 3}''');
	END IF;
	FOR c IN SELECT k.* FROM dbeng._keyset_columns(relation, keyset_query.order_by) k ORDER BY k.place LOOP
		names := names || c.name::text;
		numbers := numbers || c.number;
		sorts := sorts || concat_ws(' ', quote_ident(c.name), CASE WHEN c.descending THEN 'DESC' END, CASE WHEN c.nulls_first <> c.descending THEN CASE WHEN c.nulls_first THEN 'NULLS FIRST' ELSE 'NULLS LAST' END END);
		options := options || (c.descending::int + 2 * c.nulls_first::int);
		alike := alike AND NOT c.nullable AND c.operators = 'pg_catalog' AND options[c.place] = options[1];
	END LOOP;

	FOR member IN SELECT f.key, f.value, a.attname, a.attnum, a.atttypid FROM jsonb_each(filter) f LEFT JOIN pg_attribute a ON a.attrelid = relation AND a.attname = f.key AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum LOOP
		IF member.attnum IS NULL THEN
			PERFORM dbeng._refuse(format('column %I of %s does not exist', member.key, relation), ARRAY['filter names it.'], 'undefined_column', 'Name columns of the table.');
		END IF;
		given := filter->>member.key;
		filter_columns := filter_columns || member.attnum;
		IF given IS NULL THEN
			filters := filters || format('%I IS NULL', member.attname);
		ELSE
			part := dbeng._order_operators(member.atttypid);
			IF part IS NULL THEN
				PERFORM dbeng._refuse(format('column %I cannot be compared', member.attname), ARRAY[format('Type %s has no order.', format_type(member.atttypid, NULL))], 'undefined_function', 'Filter by another column.');
			END IF;
			filters := filters || format('%I %s %s', member.attname, dbeng._keyset_operator(part, '='), dbeng._keyset_value(relation, member.attname, member.atttypid, given));
		END IF;
	END LOOP;

	-- The index: what is equal first, in any order, then what is sorted by, all of it forwards or all backwards.
	SELECT x.indexrelid INTO index FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam
	WHERE x.indrelid = relation AND m.amname = 'btree' AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL AND x.indnkeyatts >= cardinality(filter_columns || numbers)
		AND (SELECT array_agg(k ORDER BY k) FROM unnest((x.indkey::int2[])[0:cardinality(filter_columns) - 1]) k) IS NOT DISTINCT FROM (SELECT array_agg(k ORDER BY k) FROM unnest(filter_columns) k)
		AND (x.indkey::int2[])[cardinality(filter_columns):cardinality(filter_columns || numbers) - 1] = numbers
		AND (SELECT count(DISTINCT o # w) = 1 AND bool_and((o # w) IN (0, 3)) FROM unnest((x.indoption::int2[])[cardinality(filter_columns):cardinality(filter_columns || numbers) - 1]::int[], options) u(o, w))
		AND NOT EXISTS (SELECT FROM unnest(x.indclass::oid[], x.indcollation::oid[], x.indkey::int2[]) u(class, collation_oid, k) JOIN pg_opclass o ON o.oid = u.class JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = u.k
			WHERE u.k = ANY (filter_columns || numbers) AND (NOT o.opcdefault OR u.collation_oid <> a.attcollation))
	ORDER BY x.indnatts, x.indexrelid LIMIT 1;
	IF index IS NULL THEN
		create_index := format('CREATE INDEX CONCURRENTLY ON %s (%s);', table_text, concat_ws(', ', (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY u.at) FROM unnest(filter_columns) WITH ORDINALITY u(k, at)
			JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = u.k), array_to_string(sorts, ', ')));
		-- A partitioned table takes no index concurrently.
		IF (SELECT k.relkind = 'p' FROM pg_class k WHERE k.oid = relation) THEN
			create_index := replace(create_index, ' CONCURRENTLY', '');
		END IF;
	END IF;
	full_order := array_to_string(sorts, ', ');

	IF after IS NULL THEN
		query := format('SELECT * FROM %s%s ORDER BY %s LIMIT %s', table_text, ' WHERE ' || array_to_string(nullif(filters, '{}'), ' AND '), full_order, page_rows);
		RETURN NEXT;
		RETURN;
	END IF;
	FOR c IN SELECT k.name FROM unnest(names) k(name) WHERE NOT after ? k.name LOOP
		PERFORM dbeng._refuse(format('after has no %I', c.name), ARRAY[format('Sorted is by %s: each of these columns is needed.', full_order)], 'invalid_parameter_value', 'Give the cursor back as it came, with the order it came from.');
	END LOOP;
	FOR c IN SELECT k.* FROM dbeng._keyset_columns(relation, keyset_query.order_by) k ORDER BY k.place LOOP
		given := after->>c.name;
		IF given IS NULL AND NOT c.nullable THEN
			PERFORM dbeng._refuse(format('after has NULL for %I', c.name), ARRAY['The column is never NULL.'], 'null_value_not_allowed', 'Give the cursor back as it came.');
		END IF;
		part := CASE WHEN given IS NULL THEN NULL ELSE dbeng._keyset_value(relation, c.name, c.type, given) END;
		value_texts := value_texts || part;
		-- Rows alike in what was before, and beyond the cursor in this column: a condition an index can begin at, and perhaps one more for the NULLs.
		beyond := '{}';
		IF given IS NOT NULL THEN
			beyond := beyond || format('%I %s %s', c.name, dbeng._keyset_operator(c.operators, CASE WHEN c.descending THEN '<' ELSE '>' END), part);
			IF c.nullable AND NOT c.nulls_first THEN
				beyond := beyond || format('%I IS NULL', c.name);
			END IF;
		ELSIF c.nulls_first THEN
			beyond := beyond || format('%I IS NOT NULL', c.name);
		END IF;
		FOR i IN REVERSE cardinality(beyond) .. 1 LOOP
			branches := array_to_string(filters || equal || beyond[i], ' AND ') || branches;
		END LOOP;
		equal := equal || CASE WHEN given IS NULL THEN format('%I IS NULL', c.name) ELSE format('%I %s %s', c.name, dbeng._keyset_operator(c.operators, '='), part) END;
	END LOOP;
	IF alike THEN
		query := format('SELECT * FROM %s WHERE %s ORDER BY %s LIMIT %s', table_text, array_to_string(filters || CASE WHEN cardinality(names) = 1 THEN format('%I %s %s', names[1], CASE WHEN options[1] = 0 THEN '>' ELSE '<' END, value_texts[1])
			ELSE format('(%s) %s (%s)', (SELECT string_agg(quote_ident(k), ', ' ORDER BY at) FROM unnest(names) WITH ORDINALITY u(k, at)), CASE WHEN options[1] = 0 THEN '>' ELSE '<' END, array_to_string(value_texts, ', ')) END, ' AND '), full_order, page_rows);
	ELSIF cardinality(branches) = 1 THEN
		query := format('SELECT * FROM %s WHERE %s ORDER BY %s LIMIT %s', table_text, branches[1], full_order, page_rows);
	ELSE
		-- One OR for all would be read from the table's beginning; each of these is a short walk in the index.
		query := (SELECT string_agg(format('(SELECT * FROM %s WHERE %s ORDER BY %s LIMIT %s)', table_text, b, full_order, page_rows), ' UNION ALL ' ORDER BY at) FROM unnest(branches) WITH ORDINALITY u(b, at));
		query := format('SELECT * FROM (%s) page ORDER BY %s LIMIT %s', query, full_order, page_rows);
	END IF;
	RETURN NEXT;
END
$$;
COMMENT ON FUNCTION dbeng.keyset_query(regclass, text, jsonb, int, jsonb) IS 'the statement that reads the rows behind a cursor, in an order, and the index that serves it, or the one that would';

CREATE OR REPLACE FUNCTION dbeng._keyset_operator(schema_name text, operator text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE schema_name WHEN 'pg_catalog' THEN operator ELSE format('OPERATOR(%s.%s)', schema_name, operator) END
$$;
COMMENT ON FUNCTION dbeng._keyset_operator(text, text) IS 'an operator, with its schema where it needs one';

CREATE OR REPLACE FUNCTION dbeng.keyset_page(relation regclass, order_by text, after jsonb DEFAULT NULL, page_rows int DEFAULT 50, filter jsonb DEFAULT NULL)
RETURNS TABLE (rows jsonb, next_cursor jsonb)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 1
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO' SET intervalstyle = 'postgres' SET extra_float_digits = 1
AS $$
DECLARE
	cursor_text text;
BEGIN
	IF page_rows IS NULL OR page_rows NOT BETWEEN 1 AND 100000 THEN
		PERFORM dbeng._refuse(format('page_rows must not be %s', coalesce(page_rows::text, 'NULL')), ARRAY['A page is a value in memory.'], 'invalid_parameter_value', 'page_rows => 50; more than 100000 are read by dbeng.keyset_query().');
	END IF;
	-- As texts: a number of JSON loses its digits in some clients.
	SELECT string_agg(format('%L, p.%I::text', k.name, k.name), ', ' ORDER BY k.place) INTO cursor_text FROM dbeng._keyset_columns(relation, keyset_page.order_by) k;
	-- One row more tells whether there is a next page.
	RETURN QUERY EXECUTE format('WITH p AS MATERIALIZED (SELECT row_number() OVER () AS "dbeng.place", q.* FROM (%s) q)
		SELECT coalesce((SELECT jsonb_agg(to_jsonb(p) - ''dbeng.place'' ORDER BY p."dbeng.place") FROM p WHERE p."dbeng.place" <= %s), ''[]''),
			CASE WHEN EXISTS (SELECT FROM p WHERE p."dbeng.place" > %2$s) THEN (SELECT jsonb_build_object(%s) FROM p WHERE p."dbeng.place" = %2$s) END',
		(SELECT k.query FROM dbeng.keyset_query(relation, keyset_page.order_by, after, page_rows + 1, filter) k), page_rows, cursor_text);
END
$$;
COMMENT ON FUNCTION dbeng.keyset_page(regclass, text, jsonb, int, jsonb) IS 'one page of rows and the cursor for the next; NULL: there is none';
