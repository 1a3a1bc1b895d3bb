-- Search in the words of a table: a column that the server keeps itself, an index on it, and a function that ranks. What is known
-- of it is in the comment on the column: so it is dumped with the table, and gone with it.

-- array_to_string() is declared less than it is, for elements that are text.
CREATE OR REPLACE FUNCTION dbeng._words(elements text[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10
SET search_path = pg_catalog, pg_temp
AS $$SELECT array_to_string(elements, ' ')$$;
COMMENT ON FUNCTION dbeng._words(text[]) IS 'the words of an array, for columns of dbeng.enable_full_text()';

CREATE OR REPLACE FUNCTION dbeng._full_texts()
RETURNS TABLE (relation regclass, column_number int2, column_name name, kept jsonb)
LANGUAGE sql STABLE PARALLEL SAFE COST 1000 ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT a.attrelid, a.attnum, a.attname, d.kept
	FROM pg_description c JOIN pg_attribute a ON a.attrelid = c.objoid AND a.attnum = c.objsubid
		JOIN LATERAL (SELECT substring(c.description FROM '^dbeng.enable_full_text\(\): ({.*})$')::jsonb) d(kept) ON d.kept IS NOT NULL
	WHERE c.classoid = 'pg_class'::regclass AND a.atttypid = 'tsvector'::regtype AND a.attgenerated = 's' AND NOT a.attisdropped
$$;
COMMENT ON FUNCTION dbeng._full_texts() IS 'behind dbeng.full_text_tables';

CREATE OR REPLACE VIEW dbeng.full_text_tables AS
SELECT f.relation, f.column_name, f.kept->>'weights' AS weights, f.kept->>'config' AS config,
	ARRAY(SELECT a.attname FROM pg_attrdef d, regexp_matches(d.adbin::text, ':varattno (\d+)', 'g') WITH ORDINALITY v(number, place), pg_attribute a
		WHERE d.adrelid = f.relation AND d.adnum = f.column_number AND a.attrelid = f.relation AND a.attnum = v.number[1]::int2 ORDER BY v.place) AS columns,
	CASE WHEN EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
			WHERE i.indrelid = f.relation AND i.indkey[0] = f.column_number AND i.indisvalid AND i.indpred IS NULL AND m.amname IN ('gin', 'gist')) THEN 'on' ELSE 'index missing' END AS state
  FROM dbeng._full_texts() f;
COMMENT ON VIEW dbeng.full_text_tables IS 'the tables of dbeng.enable_full_text()';
COMMENT ON COLUMN dbeng.full_text_tables.relation IS 'the table; its partitions are with it';
COMMENT ON COLUMN dbeng.full_text_tables.column_name IS 'the generated column with the words';
COMMENT ON COLUMN dbeng.full_text_tables.weights IS 'the weight of each column that is searched';
COMMENT ON COLUMN dbeng.full_text_tables.config IS 'the text search configuration';
COMMENT ON COLUMN dbeng.full_text_tables.columns IS 'the columns that are searched';
COMMENT ON COLUMN dbeng.full_text_tables.state IS 'on; index missing: each search reads the whole table';
GRANT SELECT ON dbeng.full_text_tables TO PUBLIC;

-- The words of one column; what is in it as text by the last argument, for headlines.
CREATE OR REPLACE FUNCTION dbeng._words_of(column_name name, type oid, config regconfig, as_text boolean) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE WHEN as_text THEN s.text ELSE format('to_tsvector(%L::regconfig, %s)', config::text, CASE WHEN t.base = ANY ('{json,jsonb}'::regtype[]) THEN quote_ident(column_name) ELSE s.text END) END
	FROM (SELECT CASE WHEN b.typtype = 'd' THEN b.typbasetype ELSE b.oid END AS base FROM pg_type b WHERE b.oid = type) t,
		LATERAL (SELECT CASE WHEN (SELECT typcategory = 'A' FROM pg_type WHERE oid = t.base) THEN format('dbeng._words(%I::text[])', column_name) ELSE format('%I::text', column_name) END) s(text)
$$;
COMMENT ON FUNCTION dbeng._words_of(name, oid, regconfig, boolean) IS 'the expression for a column of dbeng.enable_full_text()';

CREATE OR REPLACE FUNCTION dbeng.enable_full_text(relation regclass, columns text[], weights text DEFAULT 'ABCD', config regconfig DEFAULT 'english',
	column_name name DEFAULT 'search_vector', max_bytes bigint DEFAULT 1073741824) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	reasons text[] := '{}';
	other record;
	given text;
	place int := 0;
	expression text := '';
	used text := '';
	bytes bigint;
BEGIN
	PERFORM dbeng._require_own_table(relation, 'enable_full_text');
	IF columns IS NULL OR cardinality(columns) = 0 OR array_position(columns, NULL) IS NOT NULL OR config IS NULL OR column_name IS NULL THEN
		PERFORM dbeng._refuse('columns, config and column_name must not be NULL or empty', ARRAY['They say what is searched, how, and where its words are kept.'], 'invalid_parameter_value',
			'SELECT dbeng.enable_full_text(''articles'', ''{title,body}'');');
	END IF;
	IF weights IS NULL OR weights !~ '^[A-D]+$' OR (length(weights) > cardinality(columns) AND weights <> 'ABCD') THEN
		PERFORM dbeng._refuse(format('%s cannot be the weights of %s columns', coalesce(quote_literal(weights), 'NULL'), cardinality(columns)),
			ARRAY['A letter from A to D for each column; those left over take the last.'], 'invalid_parameter_value', 'weights => ''ABCD''');
	END IF;
	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', relation);
	PERFORM dbeng._require_own_table(relation, 'enable_full_text');

	SELECT f.* INTO other FROM dbeng._full_texts() f WHERE f.relation = enable_full_text.relation;
	IF FOUND THEN
		reasons := reasons || format('It has full-text search already, in column %I: SELECT dbeng.disable_full_text(%L);', other.column_name, relation::text);
	ELSIF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = column_name AND NOT a.attisdropped) THEN
		reasons := reasons || format('It has a column %I already: name another by column_name.', column_name);
	END IF;
	SELECT c.relispartition, c.reloftype <> 0 AS typed INTO other FROM pg_class c WHERE c.oid = relation;
	IF other.relispartition OR other.typed THEN
		reasons := reasons || CASE WHEN other.typed THEN 'It is a typed table: it can have no column of its own.' ELSE 'It is a partition: name the table that it is part of.' END;
	END IF;
	FOR other IN SELECT b.relation, b.kind, b.owner FROM dbeng._tables_below(relation) b LOOP
		IF other.kind = 'f' THEN
			reasons := reasons || format('%s, a part of it, is a foreign table: it can have no index.', other.relation);
		END IF;
		IF NOT pg_has_role(other.owner, 'USAGE') THEN
			reasons := reasons || format('%s, a part of it, belongs to %s.', other.relation, other.owner::regrole);
		END IF;
	END LOOP;
	FOREACH given IN ARRAY columns LOOP
		place := place + 1;
		IF given = ANY (columns[:place - 1]) THEN
			reasons := reasons || format('Column %I is named twice.', given);
			CONTINUE;
		END IF;
		SELECT a.atttypid AS type, a.attgenerated, t.base, e.oid AS element, (t.base = ANY ('{text,varchar,bpchar,name,json,jsonb}'::regtype[]) OR (SELECT n.typname = 'citext' FROM pg_type n WHERE n.oid = t.base)
				OR e.oid = ANY ('{text,varchar,bpchar,name}'::regtype[])) AS fits INTO other
		FROM pg_attribute a JOIN pg_type d ON d.oid = a.atttypid CROSS JOIN LATERAL (SELECT CASE WHEN d.typtype = 'd' THEN d.typbasetype ELSE d.oid END) t(base)
			LEFT JOIN pg_type e ON e.typarray = t.base
		WHERE a.attrelid = relation AND a.attname = given AND a.attnum > 0 AND NOT a.attisdropped;
		IF NOT FOUND THEN
			reasons := reasons || format('It has no column %I.', given);
		ELSIF other.attgenerated <> '' THEN
			reasons := reasons || format('Column %I is generated: no generated column can be made of it.', given);
		ELSIF NOT coalesce(other.fits, false) THEN
			reasons := reasons || format('Column %I is of type %s, not a text, an array of texts or JSON.', given, other.type::regtype);
		ELSE
			used := used || substr(weights, least(place, length(weights)), 1);
			expression := concat_ws(' || ', nullif(expression, ''), format('setweight(coalesce(%s, ''''::tsvector), %L)', dbeng._words_of(given::name, other.type, config, false), right(used, 1)));
		END IF;
	END LOOP;
	-- Each row is written anew, while nobody reads or writes.
	SELECT sum(pg_table_size(r.oid)) INTO bytes FROM (SELECT relation::oid UNION SELECT b.relation FROM dbeng._tables_below(relation) b) r(oid);
	IF bytes > max_bytes THEN
		reasons := reasons || format('It has %s, and all of it is rewritten while nobody can read it: max_bytes => %s allows it.', pg_size_pretty(bytes), bytes);
	END IF;
	IF cardinality(reasons) > 0 THEN
		PERFORM dbeng._refuse(format('%s cannot have full-text search', relation), reasons, 'object_not_in_prerequisite_state');
	END IF;

	EXECUTE format('ALTER TABLE %s ADD COLUMN %I tsvector GENERATED ALWAYS AS (%s) STORED', relation, column_name, expression);
	PERFORM dbeng._follow_columns(relation);
	EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', relation, column_name,
		'dbeng.enable_full_text(): ' || jsonb_build_object('weights', used, 'config', config::text)::text);
	FOR other IN SELECT relation AS place UNION SELECT b.relation FROM dbeng._tables_below(relation) b JOIN pg_class c ON c.oid = b.relation WHERE NOT c.relispartition LOOP
		EXECUTE format('CREATE INDEX ON %s USING gin (%I)', other.place, column_name);
	END LOOP;
END
$$;
COMMENT ON FUNCTION dbeng.enable_full_text(regclass, text[], text, regconfig, name, bigint) IS 'adds a column with the words of others, weighted, which the server keeps itself, and an index on it: dbeng.search() searches by it';

CREATE OR REPLACE FUNCTION dbeng._require_full_text(relation regclass, what text, OUT column_name name, OUT kept jsonb)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	SELECT f.column_name, f.kept INTO column_name, kept FROM dbeng._full_texts() f WHERE f.relation = $1;
	IF NOT FOUND THEN
		PERFORM dbeng._refuse(format('%s has no full-text search', coalesce(relation::text, 'NULL')), ARRAY[coalesce(
				(SELECT format('It is a partition of %s, which has it.', p.relid) FROM pg_partition_ancestors(relation) p JOIN dbeng._full_texts() f ON f.relation = p.relid LIMIT 1),
				'dbeng.enable_full_text() was not called for it, or dbeng.disable_full_text() was already.')],
			'object_not_in_prerequisite_state', 'SELECT relation FROM dbeng.full_text_tables;');
	END IF;
END
$$;
COMMENT ON FUNCTION dbeng._require_full_text(regclass, text) IS 'raises unless the table has full-text search';

CREATE OR REPLACE FUNCTION dbeng.disable_full_text(relation regclass) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	known record;
BEGIN
	PERFORM dbeng._require_own_table(relation, 'disable_full_text');
	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', relation);
	PERFORM dbeng._require_own_table(relation, 'disable_full_text');
	known := dbeng._require_full_text(relation, 'disable_full_text');
	PERFORM dbeng._follow_columns(relation, known.column_name);
	EXECUTE format('ALTER TABLE %s DROP COLUMN %I', relation, known.column_name);
END
$$;
COMMENT ON FUNCTION dbeng.disable_full_text(regclass) IS 'drops the column of dbeng.enable_full_text(), and with it its indexes';

CREATE OR REPLACE FUNCTION dbeng.search(relation regclass, query text, max_rows int DEFAULT 20, skip_rows int DEFAULT 0, headlines boolean DEFAULT false)
RETURNS TABLE (rank real, key jsonb, headline text, data jsonb)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 ROWS 20
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	known record;
	key_list text;
	key_object text;
	texts text;
	wanted tsquery;
BEGIN
	known := dbeng._require_full_text(relation, 'search');
	IF max_rows IS NULL OR max_rows < 1 OR skip_rows IS NULL OR skip_rows < 0 THEN
		PERFORM dbeng._refuse('max_rows must be 1 at least, and skip_rows 0', ARRAY[format('They are %s and %s.', coalesce(max_rows::text, 'NULL'), coalesce(skip_rows::text, 'NULL'))],
			'invalid_parameter_value', 'max_rows => 20, skip_rows => 0');
	END IF;
	wanted := websearch_to_tsquery((known.kept->>'config')::regconfig, query);
	SELECT string_agg(format('t.%I', a.attname), ', ' ORDER BY u.place), string_agg(format('%L, t.%I', a.attname, a.attname), ', ' ORDER BY u.place) INTO key_list, key_object
	FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY u(number, place), pg_attribute a
	WHERE i.indrelid = relation AND i.indisprimary AND u.place <= i.indnkeyatts AND a.attrelid = relation AND a.attnum = u.number;
	SELECT string_agg(dbeng._words_of(a.attname, a.atttypid, 'simple', true), ', ' ORDER BY c.place) INTO texts
	FROM dbeng.full_text_tables f, unnest(f.columns) WITH ORDINALITY c(name, place), pg_attribute a
	WHERE f.relation = search.relation AND a.attrelid = f.relation AND a.attname = c.name;
	-- The rows to be shown first, the text to be marked afterwards: marking reads it as a whole.
	RETURN QUERY EXECUTE format('SELECT t.rank, t.key, %s, t.data FROM (
			SELECT ts_rank_cd(t.%2$I, $1) AS rank, %3$s AS key, concat_ws('' … '', %4$s) AS words, to_jsonb(t) - %5$L AS data
			FROM %6$s t WHERE t.%2$I @@ $1 ORDER BY 1 DESC%7$s LIMIT $2 OFFSET $3) t',
		CASE WHEN headlines THEN format('ts_headline(%L::regconfig, t.words, $1)', known.kept->>'config') ELSE 'NULL::text' END,
		known.column_name, CASE WHEN key_object IS NULL THEN 'NULL::jsonb' ELSE format('jsonb_build_object(%s)', key_object) END,
		CASE WHEN headlines THEN texts ELSE '''''' END, known.column_name, relation, ', ' || key_list)
		USING wanted, max_rows, skip_rows;
END
$$;
COMMENT ON FUNCTION dbeng.search(regclass, text, int, int, boolean) IS 'the rows of a table of dbeng.enable_full_text() that words are found in, the best first; as the web''s search engines take it: words, "phrases", or, -without';
