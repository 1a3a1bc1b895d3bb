-- A CREATE TABLE from a short list of columns. What the list means is told in docs/patterns.md; nothing of it is executed here.

CREATE OR REPLACE FUNCTION dbeng._tokens(text text) RETURNS TABLE (place int, token text)
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 50
AS 'MODULE_PATHNAME', 'dbeng_tokens';
COMMENT ON FUNCTION dbeng._tokens(text) IS 'what the server''s scanner makes of a text, without comments; the last token is NULL where it cannot read on';

CREATE OR REPLACE FUNCTION dbeng._statement_problem(statement text) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'dbeng_statement_problem';
COMMENT ON FUNCTION dbeng._statement_problem(text) IS 'what the server''s parser says of a text that should be one statement; NULL: it is';

CREATE OR REPLACE FUNCTION dbeng._name_tells(name name, what text) RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'dbeng_name_tells';
COMMENT ON FUNCTION dbeng._name_tells(name, text) IS 'does a name speak of money, ip address or time; is it reserved, plural, singular, a question; or is its last word this one';

CREATE OR REPLACE FUNCTION dbeng._numbered_name(name name) RETURNS TABLE (base text, number int)
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 1
AS 'MODULE_PATHNAME', 'dbeng_numbered_name';
COMMENT ON FUNCTION dbeng._numbered_name(name) IS 'what a name is without its number, and the number; no row: it has none';

CREATE OR REPLACE FUNCTION dbeng._same_noun(name name, table_name name) RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'dbeng_same_noun';
COMMENT ON FUNCTION dbeng._same_noun(name, name) IS 'does a name mean one of what the table''s name means many of, or the same';

-- Where in the list it went wrong is shown, not only counted.
CREATE OR REPLACE FUNCTION dbeng._refuse_column(columns text, place int, what text, hint text, code text DEFAULT 'syntax_error') RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL SAFE COST 10
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = code, MESSAGE = what, HINT = hint,
		DETAIL = CASE WHEN place > length(columns) THEN format('At the end of columns: %s', right(columns, 40))
			ELSE format('At character %s of columns: %s >>> %s', place, substr(columns, greatest(place - 30, 1), least(place - 1, 30)), substr(columns, place, 30)) END;
END
$$;
COMMENT ON FUNCTION dbeng._refuse_column(text, int, text, text, text) IS 'raises with the place in the list of columns';

CREATE OR REPLACE FUNCTION dbeng._is_name(token text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT token ~ '^("|[A-Za-z_]|[^\u0001-\u007f])'
$$;
COMMENT ON FUNCTION dbeng._is_name(text) IS 'can a token be a name';

-- As the server reads names and texts.
CREATE OR REPLACE FUNCTION dbeng._unquoted(token text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE left(token, 1) WHEN '"' THEN replace(substr(token, 2, length(token) - 2), '""', '"')
		WHEN '''' THEN replace(substr(token, 2, length(token) - 2), '''''', '''') ELSE lower(token) END
$$;
COMMENT ON FUNCTION dbeng._unquoted(text) IS 'what a name or a text in quotes stands for';

-- A name that fits and is free. What is too long is shortened by a hash, so that nobody takes it for cut off.
CREATE OR REPLACE FUNCTION dbeng._house_name(in_schema oid, VARIADIC parts text[]) RETURNS name
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	whole CONSTANT text := array_to_string(parts, '_');
	head text := whole;
	tail text := '';
	tried int := 1;
BEGIN
	LOOP
		IF octet_length(head || tail) > 60 THEN
			tail := '_' || left(md5(whole), 6) || tail;
			WHILE octet_length(head || tail) > 60 LOOP
				head := left(head, -1);
			END LOOP;
		END IF;
		IF NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = in_schema AND c.relname = head || tail) THEN
			RETURN head || tail;
		END IF;
		tried := tried + 1;
		head := whole;
		tail := '_' || tried;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dbeng._house_name(oid, text[]) IS 'a name for a constraint or an index of dbeng.table_ddl()';

-- Lower case, without quotes, none of SQL's own words, and not so long that it seems cut off.
CREATE OR REPLACE FUNCTION dbeng._name_problem(word text, what text, OUT code text, OUT problem text, OUT hint text)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF word !~ '^([a-z_]|[^\u0001-\u007f])([a-z0-9_]|[^\u0001-\u007f])*$' THEN
		code := 'invalid_name';
		problem := format('%s %I would need double quotes wherever it is used', what, word);
		hint := format('A name like %s does not.', coalesce(nullif(btrim(regexp_replace(lower(regexp_replace(word, '([a-z0-9])([A-Z])', '\1_\2', 'g')), '[^a-z0-9_]+', '_', 'g'), '_0123456789'), ''), 'items'));
	ELSIF octet_length(word) >= 63 THEN
		code := 'name_too_long';
		problem := format('%s %s is %s bytes long', what, word, octet_length(word));
		hint := 'A name has 63 bytes at most, and one of 63 looks cut off: shorten it.';
	ELSIF dbeng._name_tells(word::name, 'reserved') THEN
		code := 'reserved_name';
		problem := format('%s %I would be a reserved word', what, word);
		hint := CASE WHEN what = 'table' AND NOT dbeng._name_tells((word || 's')::name, 'reserved') THEN format('%ss is none.', word) ELSE 'Choose another name.' END;
	ELSIF what = 'column' AND word IN ('tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid') THEN
		code := 'duplicate_column';
		problem := format('column %s is a system column', word);
		hint := 'Choose another name.';
	END IF;
END
$$;
COMMENT ON FUNCTION dbeng._name_problem(text, text) IS 'what speaks against a name for a table or a column';

-- A type by its name without modifiers, where the caller would find it.
CREATE OR REPLACE FUNCTION dbeng._find_type(type_name text, schemas name[]) RETURNS regtype
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found regtype := to_regtype(type_name);
	schema_name name;
BEGIN
	IF found IS NULL AND strpos(type_name, '.') = 0 THEN
		FOREACH schema_name IN ARRAY schemas LOOP
			found := coalesce(found, to_regtype(format('%I.%s', schema_name, type_name)));
		END LOOP;
	END IF;
	RETURN found;
EXCEPTION WHEN syntax_error OR invalid_parameter_value OR undefined_object OR invalid_schema_name OR invalid_name OR feature_not_supported THEN
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION dbeng._find_type(text, name[]) IS 'the type of that name, of pg_catalog or of one of the schemas';

-- The access method whose default operator class is for searching values of a type: arrays and documents by what is in them.
CREATE OR REPLACE FUNCTION dbeng._method_for(type regtype) RETURNS name
LANGUAGE sql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
	WITH RECURSIVE base(oid, kind, below, category) AS (
		SELECT t.oid, t.typtype, t.typbasetype, t.typcategory FROM pg_type t WHERE t.oid = type
		UNION ALL SELECT t.oid, t.typtype, t.typbasetype, t.typcategory FROM base b JOIN pg_type t ON t.oid = b.below WHERE b.kind = 'd')
	SELECT m.amname FROM base b, pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod,
		LATERAL (SELECT CASE WHEN b.category = 'A' OR b.oid IN ('jsonb'::regtype, 'tsvector'::regtype) THEN '{gin}' WHEN b.kind IN ('r', 'm') THEN '{gist}' ELSE '{btree,gist,gin}' END::name[]) w(wanted)
	WHERE b.kind <> 'd' AND o.opcdefault AND m.amname = ANY (w.wanted)
		AND o.opcintype IN (b.oid, CASE WHEN b.kind = 'e' THEN 'anyenum'::regtype WHEN b.kind = 'r' THEN 'anyrange' WHEN b.kind = 'm' THEN 'anymultirange'
			WHEN b.category = 'A' THEN 'anyarray' WHEN b.oid = 'varchar'::regtype THEN 'text' WHEN b.oid = 'cidr'::regtype THEN 'inet' END)
	ORDER BY array_position(w.wanted, m.amname), o.oid LIMIT 1
$$;
COMMENT ON FUNCTION dbeng._method_for(regtype) IS 'which kind of index serves values of this type; NULL: none';

-- The first token behind brackets that open at i; NULL: they are not closed.
CREATE OR REPLACE FUNCTION dbeng._end_of_brackets(tokens text[], i int) RETURNS int
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	open text := '';
BEGIN
	FOR at IN i .. cardinality(tokens) LOOP
		CASE
			WHEN tokens[at] IN ('(', '[') THEN
				open := open || CASE tokens[at] WHEN '(' THEN ')' ELSE ']' END;
			WHEN tokens[at] IN (')', ']') AND right(open, 1) = tokens[at] THEN
				open := left(open, -1);
			WHEN tokens[at] IN (')', ']', ';') THEN
				RETURN NULL;
			ELSE
		END CASE;
		IF open = '' THEN
			RETURN at + 1;
		END IF;
	END LOOP;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION dbeng._end_of_brackets(text[], int) IS 'behind a pair of brackets';

-- A number, a text, a word, a call, an array or brackets, perhaps with a cast behind it.
CREATE OR REPLACE FUNCTION dbeng._end_of_value(tokens text[], i int) RETURNS int
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF tokens[i] = '-' AND tokens[i + 1] ~ '^[0-9.]' THEN
		i := i + 1;
	END IF;
	IF tokens[i] = '(' THEN
		i := dbeng._end_of_brackets(tokens, i);
	ELSIF tokens[i] ~ '^[^[:punct:]]|^[''"_]|^\.[0-9]' THEN
		i := i + 1;
		WHILE tokens[i] = '.' LOOP
			i := i + 2;
		END LOOP;
		IF tokens[i] IN ('(', '[') THEN
			i := dbeng._end_of_brackets(tokens, i);
		END IF;
	ELSE
		RETURN NULL;
	END IF;
	WHILE tokens[i] = '::' LOOP
		i := i + 2;
		WHILE tokens[i] = '.' LOOP
			i := i + 2;
		END LOOP;
		WHILE tokens[i] IN ('(', '[') LOOP
			i := dbeng._end_of_brackets(tokens, i);
		END LOOP;
	END LOOP;
	RETURN i;
END
$$;
COMMENT ON FUNCTION dbeng._end_of_value(text[], int) IS 'behind a value';

-- The type as it is written in the house, and what else comes of it; raises for types that a table had better not have.
CREATE OR REPLACE FUNCTION dbeng._house_type(column_name text, type regtype, mods text, columns text, place int) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	element CONSTANT regtype := coalesce((SELECT nullif(t.typelem, 0) FROM pg_type t WHERE t.oid = type AND t.typcategory = 'A'), type::oid);
	written text := replace(type::text, 'timestamp with time zone', 'timestamptz');
	better text;
	why text;
BEGIN
	IF (SELECT t.typtype = 'p' FROM pg_type t WHERE t.oid = element) THEN
		PERFORM dbeng._refuse_column(columns, place, format('no column can be of type %s', type), 'It stands for types of arguments.', 'invalid_table_definition');
	END IF;
	SELECT b.better, b.why INTO better, why FROM (VALUES
		('timestamp'::regtype, 'timestamptz', 'does not say in which time zone it is'),
		('timetz', 'time', 'has a time zone and no day, so that nobody knows its offset'),
		('money', 'numeric(12,2)', 'depends on a setting of the session'),
		('json', 'jsonb', 'is parsed again for each access'),
		('bpchar', 'text', 'is padded with blanks'),
		('"char"', 'text', 'is the server''s own'), ('name', 'text', 'is the server''s own'), ('oid', 'bigint', 'is the server''s own'), ('xid', 'xid8', 'begins anew'),
		('regproc', 'text', 'stops pg_upgrade'), ('regprocedure', 'text', 'stops pg_upgrade'), ('regoper', 'text', 'stops pg_upgrade'),
		('regoperator', 'text', 'stops pg_upgrade'), ('regconfig', 'text', 'stops pg_upgrade'), ('regdictionary', 'text', 'stops pg_upgrade'),
		('regnamespace', 'text', 'stops pg_upgrade'), ('regcollation', 'text', 'stops pg_upgrade'), ('aclitem', 'text', 'stops pg_upgrade')) b(type, better, why)
	WHERE b.type = element;
	IF element IN ('real'::regtype, 'double precision'::regtype) AND dbeng._name_tells(left(column_name, 63)::name, 'money') THEN
		better := 'numeric(12,2)';
		why := 'rounds amounts of money';
	ELSIF type IN ('text'::regtype, 'varchar'::regtype) AND dbeng._name_tells(left(column_name, 63)::name, 'ip address') THEN
		better := 'inet';
		why := 'takes anything for an IP address';
	ELSIF element = 'timestamptz'::regtype AND mods = '(0)' THEN
		better := 'timestamptz';
		why := 'without decimals rounds into the future';
	END IF;
	IF better IS NOT NULL THEN
		PERFORM dbeng._refuse_column(columns, place, format('type %s %s', CASE element WHEN 'bpchar'::regtype THEN 'char(n)' ELSE element::text END, why),
			format('%s %s', column_name, better || CASE WHEN type <> element THEN '[]' ELSE '' END), 'invalid_table_definition');
	END IF;
	IF column_name ~ '_ids$' AND element IN ('bigint'::regtype, 'integer'::regtype, 'uuid'::regtype) AND type <> element
		AND EXISTS (SELECT FROM pg_class c WHERE c.relkind IN ('r', 'p') AND dbeng._same_noun(left(column_name, -4)::name, c.relname)) THEN
		PERFORM dbeng._refuse_column(columns, place, format('column %s would hold references that nothing checks', column_name),
			'A table of its own, with a foreign key to each side, can be checked, and searched from both.', 'invalid_table_definition');
	END IF;
	-- A length is a rule like others: it has a name, and changes without a rewrite.
	IF type = 'varchar'::regtype THEN
		IF mods !~ '^(\([1-9][0-9]{0,6}\))?$' THEN
			PERFORM dbeng._refuse_column(columns, place, format('%s is not a length', mods), format('%s varchar(200)', column_name), 'invalid_parameter_value');
		END IF;
		RETURN jsonb_strip_nulls(jsonb_build_object('type', 'text', 'longest', nullif(btrim(mods, '()'), '')::int));
	END IF;
	IF mods <> '' THEN
		written := regexp_replace(written, '(\[\])?$', mods || '\1');
		BEGIN
			EXECUTE format('SELECT NULL::%s WHERE false', written);
		EXCEPTION WHEN OTHERS THEN
			PERFORM dbeng._refuse_column(columns, place, format('type %s: %s', written, SQLERRM), 'The numbers in brackets are those of CREATE TABLE.', 'invalid_parameter_value');
		END;
	END IF;
	RETURN jsonb_build_object('type', written);
END
$$;
COMMENT ON FUNCTION dbeng._house_type(text, regtype, text, text, int) IS 'the type of a column of dbeng.table_ddl()';

-- Does a value fit the type? Asked of the server's own types and of enums: no input function of others is called.
CREATE OR REPLACE FUNCTION dbeng._require_literal(value text, type_name text, columns text, place int) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	type CONSTANT regtype := type_name::regtype;
BEGIN
	IF type::oid < 16384 OR (SELECT t.typtype = 'e' FROM pg_type t WHERE t.oid = type) THEN
		EXECUTE format('SELECT %L::%s', value, type_name);
	END IF;
EXCEPTION WHEN data_exception OR feature_not_supported OR undefined_object THEN
	PERFORM dbeng._refuse_column(columns, place, SQLERRM, 'The value must be one of the column''s type.', 'invalid_text_representation');
END
$$;
COMMENT ON FUNCTION dbeng._require_literal(text, text, text, int) IS 'raises unless a value fits a type';

-- A default as it is written: a lone word is a text, but for the few that SQL gives a meaning.
CREATE OR REPLACE FUNCTION dbeng._house_default(entry jsonb, columns text) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	word CONSTANT text := entry->>'default_word';
	place CONSTANT int := (entry->>'default_place')::int;
	type CONSTANT regtype := (entry->>'type')::regtype;
	value text;
	problem text;
BEGIN
	IF word ~ '^([eEbBxXnN]''|[uU]&|\$|")' THEN
		PERFORM dbeng._refuse_column(columns, place, 'the default is not a plain text', 'default ''a text'', or an expression in brackets.');
	ELSIF word IS NULL OR lower(word) IN ('current_date', 'current_time', 'current_timestamp', 'localtime', 'localtimestamp', 'current_user', 'session_user') THEN
		problem := dbeng._statement_problem(format('SELECT (%s)', entry->>'default'));
		IF problem IS NOT NULL THEN
			PERFORM dbeng._refuse_column(columns, place, 'the default is not an expression: ' || problem, 'default 0, default ''a text'', default now(), default (1 + 2)');
		END IF;
		RETURN jsonb_build_object('default', CASE lower(word) WHEN 'current_timestamp' THEN 'now()' ELSE coalesce(lower(word), entry->>'default') END);
	END IF;
	value := CASE WHEN word ~ '^''' THEN dbeng._unquoted(word) ELSE word END;
	IF upper(value) = 'NULL' THEN
		PERFORM dbeng._refuse_column(columns, place, CASE WHEN word ~ '^''' THEN 'the default spells out NULL' ELSE 'the default NULL is none' END,
			'Leave it out. What may be NULL has a question mark behind its type: text?');
	ELSIF NOT entry->'values' ? value THEN
		PERFORM dbeng._refuse_column(columns, place, format('the default %L is not among the values', value),
			format('One of: %s.', (SELECT string_agg(v, ', ') FROM jsonb_array_elements_text(entry->'values') v)), 'invalid_parameter_value');
	END IF;
	PERFORM dbeng._require_literal(value, entry->>'type', columns, place);
	RETURN jsonb_build_object('default', CASE
		WHEN word ~ '^-?[0-9.]' AND type IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype, 'real'::regtype, 'double precision'::regtype) THEN word
		WHEN lower(value) IN ('true', 'false') AND type = 'boolean'::regtype THEN lower(value)
		ELSE quote_literal(value) END);
END
$$;
COMMENT ON FUNCTION dbeng._house_default(jsonb, text) IS 'the default of a column of dbeng.table_ddl()';

CREATE OR REPLACE FUNCTION dbeng._read_reference(path text[], own_schema name, own_name name, own_key text, schemas name[], columns text, place int) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	target record;
	tenant_column name;
BEGIN
	IF path IN (ARRAY[own_name::text], ARRAY[own_schema::text, own_name::text]) THEN
		RETURN jsonb_build_object('references', format('%I.%I', own_schema, own_name), 'target', own_name, 'key', 'id', 'key_type', own_key, 'self', true);
	END IF;
	SELECT c.oid, c.relname, c.relkind, format('%I.%I', n.nspname, c.relname) AS full_name, k.names AS key INTO target
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
		LATERAL (SELECT array_agg(a.attname) FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[]) WHERE i.indrelid = c.oid AND i.indisprimary) k(names)
	WHERE c.relname = path[cardinality(path)] AND n.nspname = ANY (CASE WHEN cardinality(path) = 2 THEN ARRAY[path[1]::name] ELSE own_schema || schemas END)
	ORDER BY array_position(own_schema || schemas, n.nspname) LIMIT 1;
	IF NOT FOUND THEN
		PERFORM dbeng._refuse_column(columns, place, format('there is no table %s', array_to_string(path, '.')), 'Make it first: the column gets the type of its primary key.', 'undefined_table');
	ELSIF target.relkind NOT IN ('r', 'p') THEN
		PERFORM dbeng._refuse_column(columns, place, format('%s is not a table', target.full_name), 'Only tables can be referred to.', 'wrong_object_type');
	ELSIF cardinality(target.key) IS DISTINCT FROM 1 THEN
		PERFORM dbeng._refuse_column(columns, place, format('%s has %s', target.full_name, CASE WHEN target.key IS NULL THEN 'no primary key' ELSE 'a primary key of several columns' END),
			CASE WHEN target.key IS NULL THEN format('ALTER TABLE %s ADD PRIMARY KEY (...);', target.full_name) ELSE 'Give its columns, and add the foreign key by ALTER TABLE.' END, 'invalid_foreign_key');
	END IF;
	SELECT t.column_name INTO tenant_column FROM dbeng._tenancies() t WHERE t.relation = target.oid AND NOT t.child;
	RETURN (SELECT jsonb_build_object('references', target.full_name, 'target', target.relname, 'key', a.attname,
			'key_type', replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz'), 'tenant_column', tenant_column,
			'tenant_key', EXISTS (SELECT FROM pg_index i WHERE i.indrelid = target.oid AND i.indisunique AND i.indpred IS NULL AND i.indisvalid AND i.indimmediate AND i.indnkeyatts = 2
				AND (SELECT array_agg(k.attname ORDER BY k.attname) FROM unnest((i.indkey::int2[])[0:1]) u(n) JOIN pg_attribute k ON k.attrelid = target.oid AND k.attnum = u.n)
					= (SELECT array_agg(k ORDER BY k) FROM unnest(ARRAY[tenant_column, a.attname]) k)))
		FROM pg_attribute a WHERE a.attrelid = target.oid AND a.attname = target.key[1]);
END
$$;
COMMENT ON FUNCTION dbeng._read_reference(text[], name, name, text, name[], text, int) IS 'the table that a column of dbeng.table_ddl() refers to';

-- The list, read: an object for each entry.
CREATE OR REPLACE FUNCTION dbeng._read_columns(columns text, own_schema name, own_name name, schemas name[], soft_delete boolean, tenant boolean) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	options CONSTANT text := 'After a name and its type may follow: ?, unique, index, default VALUE, in (VALUE, ...), check (CONDITION), -> TABLE [cascade | restrict | set null], ''a comment''. A comma ends the column.';
	spent CONSTANT text[] := '{created_at,updated_at,version}'::text[] || CASE WHEN tenant THEN '{tenant_id}'::text[] END || CASE WHEN soft_delete THEN '{deleted_at,deletion_id}'::text[] END;
	tokens text[];
	places int[];
	n int;
	i int := 1;
	at int;
	next_token text;
	entry jsonb;
	entries jsonb := '[]';
	names text[] := '{}';
	list text[];
	word text;
	own_key text := 'bigint';
	type_text text;
	mods text;
	type regtype;
	problem record;
	fault text;
BEGIN
	SELECT array_agg(w.token ORDER BY w.place, w.token NULLS LAST), array_agg(w.place ORDER BY w.place, w.token NULLS LAST) INTO tokens, places
	FROM (SELECT t.place, CASE WHEN t.token ~ '^[A-Za-z_]+$' AND lower(t.token) IN ('in', 'check', 'default', 'unique', 'index', 'indexed', 'null', 'not', 'references', 'cascade', 'restrict', 'set', 'with', 'without', 'time', 'zone', 'varying', 'precision', 'primary')
		THEN lower(t.token) ELSE t.token END AS token FROM dbeng._tokens(columns) t) w;
	n := cardinality(tokens);
	IF n IS NULL THEN
		PERFORM dbeng._refuse('columns is empty', ARRAY['A table of nothing but its key keeps nothing.'], 'syntax_error',
			'columns => ''name text, email text unique, price numeric(10,2) default 0, user_id -> users''');
	ELSIF tokens[n] IS NULL THEN
		PERFORM dbeng._refuse_column(columns, places[n], 'columns cannot be read from here on', 'A quote or a comment is not closed, or a letter follows a number.');
	END IF;
	-- A comma at the end is an end like any other.
	IF tokens[n] <> ',' THEN
		tokens := tokens || ','::text;
		places := places || (length(columns) + 1);
		n := n + 1;
	END IF;

	IF tokens[1] ~ '^''' THEN
		IF tokens[2] <> ',' THEN
			PERFORM dbeng._refuse_column(columns, places[2], format('"%s" is not expected here', tokens[2]), 'What is said of the table ends with a comma.');
		END IF;
		entries := entries || jsonb_build_object('kind', 'comment', 'text', dbeng._unquoted(tokens[1]));
		i := 3;
	END IF;
	WHILE i <= n LOOP
		-- unique (a, b) and index (a, b)
		IF tokens[i] IN ('unique', 'index') AND tokens[i + 1] = '(' THEN
			entry := jsonb_build_object('kind', tokens[i], 'places', '{}'::jsonb);
			list := '{}';
			i := i + 1;
			LOOP
				i := i + 1;
				IF NOT coalesce(dbeng._is_name(tokens[i]), false) THEN
					PERFORM dbeng._refuse_column(columns, coalesce(places[i], length(columns) + 1), 'the name of a column is expected', 'unique (a, b)');
				END IF;
				word := dbeng._unquoted(tokens[i]);
				IF word = ANY (list) THEN
					PERFORM dbeng._refuse_column(columns, places[i], format('column %s is named twice', word), 'Name it once.', 'duplicate_column');
				END IF;
				list := list || word;
				entry := jsonb_set(entry, ARRAY['places', word], to_jsonb(places[i])) || jsonb_build_object('columns', list);
				i := i + 1;
				EXIT WHEN tokens[i] = ')';
				IF tokens[i] <> ',' THEN
					PERFORM dbeng._refuse_column(columns, places[i], format('"%s" is not expected here', tokens[i]), 'unique (a, b)');
				END IF;
			END LOOP;
			i := i + 1;
			IF tokens[i] <> ',' THEN
				PERFORM dbeng._refuse_column(columns, places[i], format('"%s" is not expected here', tokens[i]), 'A comma follows.');
			END IF;
			i := i + 1;
			entries := entries || entry;
			CONTINUE;
		END IF;

		-- Its name.
		IF NOT dbeng._is_name(tokens[i]) THEN
			PERFORM dbeng._refuse_column(columns, places[i], CASE tokens[i] WHEN ',' THEN 'a column is missing' ELSE format('"%s" is not the name of a column', tokens[i]) END, options);
		END IF;
		word := dbeng._unquoted(tokens[i]);
		SELECT p.* INTO problem FROM dbeng._name_problem(word, 'column') p;
		IF problem.code IS NOT NULL THEN
			PERFORM dbeng._refuse_column(columns, places[i], problem.problem, problem.hint, problem.code);
		ELSIF word = ANY (names) THEN
			PERFORM dbeng._refuse_column(columns, places[i], format('column %s is given twice', word), 'Leave one of them out.', 'duplicate_column');
		ELSIF word = ANY (spent) THEN
			PERFORM dbeng._refuse_column(columns, places[i], format('column %s is made by itself', word), 'Leave it out.', 'duplicate_column');
		END IF;
		names := names || word;
		entry := jsonb_build_object('kind', 'column', 'name', word, 'place', places[i]);
		i := i + 1;

		-- Its type, where it is given.
		IF tokens[i] NOT IN (',', '->', 'references', '?', 'null') AND NOT (tokens[i] = 'in' AND tokens[i + 1] = '(') THEN
			at := i;
			IF NOT dbeng._is_name(tokens[i]) THEN
				PERFORM dbeng._refuse_column(columns, places[i], format('"%s" is not a type', tokens[i]), options);
			END IF;
			type_text := tokens[i];
			i := i + 1;
			WHILE tokens[i] = '.' AND dbeng._is_name(tokens[i + 1]) LOOP
				type_text := type_text || '.' || tokens[i + 1];
				i := i + 2;
			END LOOP;
			IF tokens[i] IN ('precision', 'varying') THEN
				type_text := type_text || ' ' || tokens[i];
				i := i + 1;
			END IF;
			mods := '';
			IF tokens[i] = '(' THEN
				LOOP
					mods := mods || tokens[i];
					i := i + 1;
					EXIT WHEN tokens[i - 1] = ')';
					IF i >= n OR tokens[i] !~ '^([[:alnum:]_]+|,|-|\))$' THEN
						PERFORM dbeng._refuse_column(columns, places[i], 'the brackets of the type are not closed', format('%s numeric(10,2)', word));
					END IF;
				END LOOP;
			END IF;
			IF tokens[i] IN ('with', 'without') AND tokens[i + 1] = 'time' AND tokens[i + 2] = 'zone' THEN
				type_text := format('%s %s time zone', type_text, tokens[i]);
				i := i + 3;
			END IF;
			WHILE tokens[i] = '[' LOOP
				IF tokens[i + 1] ~ '^[0-9]+$' THEN
					i := i + 1;
				END IF;
				IF tokens[i + 1] <> ']' THEN
					PERFORM dbeng._refuse_column(columns, places[i + 1], 'the brackets of the array are not closed', format('%s text[]', word));
				END IF;
				i := i + 2;
				type_text := regexp_replace(type_text, '(\[\])?$', '[]');
			END LOOP;
			type := dbeng._find_type(type_text, schemas);
			IF type IS NULL THEN
				PERFORM dbeng._refuse_column(columns, places[at], format('there is no type %s', type_text),
					CASE WHEN lower(type_text) ~ 'serial' THEN 'The key is made by itself, and a second number that counts says nothing.'
						WHEN lower(type_text) ~ '^(string|str|(long|medium|tiny)text|clob|nvarchar)$' THEN format('%s text', word)
						WHEN lower(type_text) ~ '^datetime' THEN format('%s timestamptz', word)
						WHEN lower(type_text) ~ '^((long)?blob|(var)?binary)$' THEN format('%s bytea', word)
						WHEN lower(type_text) ~ '^(float32|float64|double)$' THEN format('%s double precision', word)
						WHEN EXISTS (SELECT FROM pg_available_extensions e WHERE e.name = lower(type_text)) THEN format('CREATE EXTENSION %I;', lower(type_text))
						ELSE 'Types stand as in CREATE TABLE: text, bigint, numeric(10,2), timestamptz, boolean, jsonb, uuid, text[] ...' END, 'undefined_object');
			END IF;
			entry := entry || dbeng._house_type(word, type, mods, columns, places[at]);
		END IF;

		-- What else is said of it.
		WHILE tokens[i] <> ',' LOOP
			at := i;
			next_token := tokens[i + 1];
			CASE
				WHEN tokens[i] IN ('?', 'null') THEN
					entry := entry || '{"nullable": true}';
					i := i + 1;
				WHEN tokens[i] = 'not' AND next_token = 'null' THEN
					i := i + 2;
				WHEN tokens[i] IN ('unique', 'index', 'indexed') THEN
					entry := entry || jsonb_build_object(CASE tokens[i] WHEN 'unique' THEN 'unique' ELSE 'index' END, places[i]);
					i := i + 1;
				WHEN tokens[i] = 'in' AND next_token = '(' AND NOT entry ? 'values' THEN
					entry := '{"type": "text"}'::jsonb || entry;
					list := '{}';
					i := i + 1;
					LOOP
						i := i + 1;
						IF tokens[i] = '-' THEN
							i := i + 1;
						END IF;
						IF tokens[i] !~ '^([''_[:alnum:]]|[^\u0001-\u007f])' OR i >= n THEN
							PERFORM dbeng._refuse_column(columns, places[least(i, n)], 'a value is expected', 'Values are words, numbers, or texts in quotes: in (draft, ''in print'').');
						END IF;
						list := list || CASE WHEN tokens[i] ~ '^''' THEN dbeng._unquoted(tokens[i]) WHEN tokens[i - 1] = '-' THEN '-' || tokens[i] ELSE tokens[i] END;
						PERFORM dbeng._require_literal(list[cardinality(list)], entry->>'type', columns, places[i]);
						IF cardinality(list) > (SELECT count(DISTINCT v) FROM unnest(list) v) THEN
							PERFORM dbeng._refuse_column(columns, places[i], format('value %s is given twice', tokens[i]), 'Leave one of them out.');
						END IF;
						i := i + 1;
						EXIT WHEN tokens[i] = ')';
						IF tokens[i] <> ',' OR i >= n THEN
							PERFORM dbeng._refuse_column(columns, places[i], CASE WHEN i >= n THEN 'the list of values is not closed' ELSE format('"%s" is not expected here', tokens[i]) END,
								'Values are words, numbers, or texts in quotes: in (draft, ''in print'').');
						END IF;
					END LOOP;
					i := i + 1;
					entry := entry || jsonb_build_object('values', list);
				WHEN tokens[i] IN ('->', 'references') AND NOT entry ? 'references' THEN
					i := i + 1;
					IF NOT dbeng._is_name(tokens[i]) THEN
						PERFORM dbeng._refuse_column(columns, places[i], 'the name of a table is expected', format('%s -> a_table', word));
					END IF;
					at := i;
					list := ARRAY[dbeng._unquoted(tokens[i])];
					i := i + 1;
					IF tokens[i] = '.' AND dbeng._is_name(tokens[i + 1]) THEN
						list := list || dbeng._unquoted(tokens[i + 1]);
						i := i + 2;
					END IF;
					entry := entry || dbeng._read_reference(list, own_schema, own_name, own_key, schemas, columns, places[at]);
					IF (entry->>'type')::regtype <> (entry->>'key_type')::regtype THEN
						PERFORM dbeng._refuse_column(columns, places[at], format('column %s is of type %s, what it refers to of type %s', word, entry->>'type', entry->>'key_type'),
							'Leave the type out: it is that of the key.', 'datatype_mismatch');
					END IF;
					entry := jsonb_build_object('type', entry->>'key_type', 'on_delete', 'RESTRICT') || entry;
				WHEN tokens[i] IN ('cascade', 'restrict') AND entry ? 'references' THEN
					entry := entry || jsonb_build_object('on_delete', upper(tokens[i]));
					i := i + 1;
				WHEN tokens[i] = 'set' AND next_token = 'null' AND entry ? 'references' THEN
					entry := entry || '{"on_delete": "SET NULL", "nullable": true}';
					i := i + 2;
				WHEN tokens[i] = 'check' AND next_token = '(' AND NOT entry ? 'check' THEN
					i := dbeng._end_of_brackets(tokens, i + 1);
					IF i IS NULL THEN
						PERFORM dbeng._refuse_column(columns, places[at], 'the brackets of the condition are not closed', format('%s integer check (%s > 0)', word, word));
					END IF;
					entry := entry || jsonb_build_object('check', btrim(substr(columns, places[at + 1], places[i] - places[at + 1]), E' \t\r\n'));
					fault := dbeng._statement_problem('SELECT ' || (entry->>'check'));
					IF fault IS NOT NULL THEN
						PERFORM dbeng._refuse_column(columns, places[at], 'the condition is not one: ' || fault, format('%s integer check (%s > 0)', word, word));
					END IF;
				WHEN tokens[i] = 'default' AND NOT entry ? 'default' THEN
					i := dbeng._end_of_value(tokens, at + 1);
					IF i IS NULL THEN
						PERFORM dbeng._refuse_column(columns, places[at + 1], 'a value is expected', 'default 0, default ''a text'', default now(), default (1 + 2)');
					END IF;
					entry := entry || jsonb_build_object('default', btrim(substr(columns, places[at + 1], places[i] - places[at + 1]), E' \t\r\n'), 'default_place', places[at + 1],
						'default_word', CASE WHEN tokens[at + 1] = '(' THEN NULL WHEN i = at + 2 THEN tokens[at + 1] WHEN i = at + 3 AND tokens[at + 1] = '-' THEN '-' || tokens[at + 2] END);
				WHEN tokens[i] ~ '^''' AND NOT entry ? 'comment' THEN
					entry := entry || jsonb_build_object('comment', dbeng._unquoted(tokens[i]));
					i := i + 1;
				ELSE
					PERFORM dbeng._refuse_column(columns, places[i], format('"%s" is not expected here', tokens[i]),
						CASE WHEN tokens[i] = 'primary' THEN 'The primary key is made by itself, a column id; for one of type uuid begin with: id uuid.'
							WHEN tokens[i] IN ('cascade', 'restrict', 'set') THEN format('It says what a delete does to references: %s -> a_table %s', word, tokens[i])
							ELSE options END);
			END CASE;
		END LOOP;
		i := i + 1;

		IF NOT entry ? 'type' THEN
			PERFORM dbeng._refuse_column(columns, (entry->>'place')::int, format('column %s has no type', word), format('%s text', word));
		END IF;
		type := (entry->>'type')::regtype;
		IF entry ? 'default' THEN
			entry := entry || dbeng._house_default(entry, columns);
		END IF;
		IF entry ? 'unique' AND dbeng._method_for(type) IS DISTINCT FROM 'btree' THEN
			PERFORM dbeng._refuse_column(columns, (entry->>'unique')::int, format('values of type %s cannot well be unique', type), 'What is unique has to be compared as a whole, by each write.', 'feature_not_supported');
		ELSIF entry ? 'index' AND (dbeng._method_for(type) IS NULL OR type = 'boolean'::regtype) THEN
			PERFORM dbeng._refuse_column(columns, (entry->>'index')::int, format('an index over type %s alone serves nothing', type), 'Leave it out.', 'feature_not_supported');
		END IF;
		IF word = 'id' THEN
			IF type NOT IN ('uuid'::regtype, 'bigint'::regtype) OR cardinality(names) > 1 OR entry ?| '{nullable,unique,index,default,values,check,references}' THEN
				PERFORM dbeng._refuse_column(columns, (entry->>'place')::int, 'column id is the primary key, made by itself', 'Leave it out, or begin with: id uuid.', 'invalid_table_definition');
			END IF;
			own_key := type::text;
		ELSIF word ~ '_id$' AND NOT entry ? 'references' AND type IN ('bigint'::regtype, 'integer'::regtype, 'uuid'::regtype) THEN
			SELECT c.relname INTO fault FROM pg_class c WHERE c.relnamespace = to_regnamespace(quote_ident(own_schema)) AND c.relkind IN ('r', 'p')
				AND dbeng._same_noun(left(word, -3)::name, c.relname) ORDER BY c.oid LIMIT 1;
			IF FOUND THEN
				PERFORM dbeng._refuse_column(columns, (entry->>'place')::int, format('column %s looks like a reference to %s and is none', word, fault), format('%s -> %I', word, fault), 'invalid_foreign_key');
			END IF;
		END IF;
		entries := entries || entry;
	END LOOP;
	IF names <@ '{id}' THEN
		PERFORM dbeng._refuse_column(columns, 1, 'no column is given', 'name text, ...');
	END IF;
	FOR problem IN SELECT e->>'kind' AS kind, c.name, (e->'places'->>c.name)::int AS place FROM jsonb_array_elements(entries) e, jsonb_array_elements_text(e->'columns') c(name)
		WHERE c.name <> ALL (names || '{created_at,updated_at}'::text[] || CASE WHEN tenant THEN '{tenant_id}'::text[] END)
	LOOP
		PERFORM dbeng._refuse_column(columns, problem.place, format('there is no column %s', problem.name), format('Columns: %s.', array_to_string(names, ', ')), 'undefined_column');
	END LOOP;
	RETURN entries;
END
$$;
COMMENT ON FUNCTION dbeng._read_columns(text, name, name, name[], boolean, boolean) IS 'the columns of dbeng.table_ddl(), read';

-- What a schema does nearly always, the table does as well: as the checks of names judge it.
CREATE OR REPLACE FUNCTION dbeng._require_habits(own_schema name, own_name name, join_table boolean) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	all_tables bigint;
	plurals bigint;
BEGIN
	SELECT count(*), count(*) FILTER (WHERE dbeng._name_tells(c.relname, 'plural')) INTO all_tables, plurals
	FROM pg_class c WHERE c.relnamespace = to_regnamespace(quote_ident(own_schema)) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		AND (dbeng._name_tells(c.relname, 'plural') OR dbeng._name_tells(c.relname, 'singular'));
	IF all_tables >= 9 AND NOT join_table AND (
		(plurals * 10 >= all_tables * 9 AND dbeng._name_tells(own_name, 'singular'))
		OR ((all_tables - plurals) * 10 >= all_tables * 9 AND dbeng._name_tells(own_name, 'plural') AND NOT dbeng._name_tells(left(own_name, -1)::name, 'reserved'))) THEN
		PERFORM dbeng._refuse(format('table %s is named in the %s', own_name, CASE WHEN dbeng._name_tells(own_name, 'plural') THEN 'plural' ELSE 'singular' END),
			ARRAY[format('Of the schema''s %s tables, %s are named in the plural.', all_tables, plurals)], 'invalid_name', 'Name it as the others are.');
	END IF;
END
$$;
COMMENT ON FUNCTION dbeng._require_habits(name, name, boolean) IS 'raises where a table would be named unlike the others';

-- What the columns are called and are for, as the checks of names and of numbered and polymorphic columns judge them. A habit is what nine in ten of
-- at least ten do, those of this table among them.
CREATE OR REPLACE FUNCTION dbeng._require_column_habits(entries jsonb, columns text, own_schema name, own_name name, soft_delete boolean) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	other record;
BEGIN
	SELECT base || min(number) AS first, base || max(number) AS last, base, min(place) AS place INTO other
	FROM (SELECT n.base, n.number, e->>'type' AS type, (e->>'place')::int AS place, n.number - row_number() OVER (PARTITION BY n.base, e->>'type' ORDER BY n.number) AS run
		FROM jsonb_array_elements(entries) e, dbeng._numbered_name((e->>'name')::name) n WHERE e->>'kind' = 'column') s
	GROUP BY base, type, run HAVING count(*) >= 3 AND min(number) <= 1 LIMIT 1;
	IF FOUND THEN
		PERFORM dbeng._refuse_column(columns, other.place, format('columns %s to %s are one attribute with several values', other.first, other.last),
			format('A child table holds any number of them; so does an array: %s text[] index', other.base), 'invalid_table_definition');
	END IF;
	-- Logs and archives refer to what may be gone.
	IF own_name !~ '(^|_)(logs?|audits?|history|histories|archives?|archived|versions|journal|staging|stage|imports?|backup|bak|old|te?mp)(_|$)' THEN
		SELECT t->>'name' AS type_column, i->>'name' AS id_column, (t->>'place')::int AS place INTO other
		FROM jsonb_array_elements(entries) t, jsonb_array_elements(entries) i
		WHERE t->>'kind' = 'column' AND i->>'kind' = 'column' AND NOT i ? 'references' AND i->>'type' IN ('smallint', 'integer', 'bigint', 'uuid', 'text')
			AND (t->>'name' ~ '._type$' AND t->>'type' = 'text' AND i->>'name' = regexp_replace(t->>'name', '_type$', '_id') OR t->>'name' = 'content_type_id' AND i->>'name' = 'object_id') LIMIT 1;
		IF FOUND THEN
			PERFORM dbeng._refuse_column(columns, other.place, format('%s and %s refer to a table that a value names: no foreign key can check it', other.type_column, other.id_column),
				'A column for each table that may be meant, with ?: user_id -> users?, order_id -> orders?', 'invalid_foreign_key');
		END IF;
	END IF;
	WITH here AS (
		SELECT CASE WHEN t.base = 'boolean'::regtype THEN 'flag' WHEN t.base IN ('timestamp'::regtype, 'timestamptz'::regtype) THEN 'moment' END AS kind, a.attname AS name
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type d ON d.oid = a.atttypid, LATERAL (SELECT CASE WHEN d.typtype = 'd' THEN d.typbasetype ELSE d.oid END) t(base)
		WHERE c.relnamespace = to_regnamespace(quote_ident(own_schema)) AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal
		UNION ALL
		SELECT 'reference', a.attname
		FROM pg_class c JOIN pg_constraint f ON f.conrelid = c.oid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.conkey[1] JOIN pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = f.confkey[1]
		WHERE c.relnamespace = to_regnamespace(quote_ident(own_schema)) AND f.contype = 'f' AND f.conparentid = 0 AND cardinality(f.conkey) = 1 AND a.attname <> b.attname AND dbeng._name_tells(b.attname, 'id')
	), given AS (
		SELECT CASE WHEN e ? 'references' THEN CASE WHEN dbeng._name_tells((e->>'key')::name, 'id') AND e->>'name' <> e->>'key' THEN 'reference' END
			WHEN e->>'type' = 'boolean' THEN 'flag' WHEN e->>'type' ~ '^timestamp(tz)?\M[^[]*$' THEN 'moment' END AS kind, (e->>'name')::name AS name, (e->>'place')::int AS place
		FROM jsonb_array_elements(entries) e WHERE e->>'kind' = 'column'
	), habits AS (
		SELECT h.kind, count(*) AS all_of_them, count(*) FILTER (WHERE CASE h.kind WHEN 'flag' THEN dbeng._name_tells(h.name, 'question') WHEN 'moment' THEN dbeng._name_tells(h.name, 'at') ELSE dbeng._name_tells(h.name, 'id') END) AS followed
		FROM (SELECT kind, name FROM here UNION ALL SELECT kind, name FROM given
			UNION ALL SELECT 'moment', m FROM unnest('{created_at,updated_at}'::name[] || CASE WHEN soft_delete THEN '{deleted_at}'::name[] END) m) h
		GROUP BY h.kind)
	SELECT g.kind, g.name, g.place, h.followed, h.all_of_them INTO other
	FROM given g JOIN habits h ON h.kind = g.kind
	WHERE h.all_of_them >= 10 AND h.followed * 10 >= h.all_of_them * 9
		AND NOT CASE g.kind WHEN 'flag' THEN dbeng._name_tells(g.name, 'question') WHEN 'moment' THEN dbeng._name_tells(g.name, 'time') ELSE dbeng._name_tells(g.name, 'id') OR dbeng._name_tells(g.name, 'by') END
	ORDER BY g.place LIMIT 1;
	IF FOUND THEN
		PERFORM dbeng._refuse_column(columns, other.place, format('column %s is named unlike the others', other.name), CASE other.kind
			WHEN 'flag' THEN format('Of the schema''s %s boolean columns %s ask a question: is_%s, has_..., can_...', other.all_of_them, other.followed, other.name)
			WHEN 'moment' THEN format('Of the schema''s %s moments %s end in _at: %s_at', other.all_of_them, other.followed, other.name)
			ELSE format('Of the schema''s %s references %s end in _id: %s_id', other.all_of_them, other.followed, other.name) END, 'invalid_name');
	END IF;
END
$$;
COMMENT ON FUNCTION dbeng._require_column_habits(jsonb, text, name, name, boolean) IS 'raises where columns would be named unlike the others, or be what the checks of schemas find';

CREATE OR REPLACE FUNCTION dbeng._table_ddl(table_name text, columns text, soft_delete boolean, tenant boolean, schemas name[]) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	path text[];
	own_schema name;
	own_name name;
	own_oid oid;
	full_name text;
	entries jsonb;
	entry jsonb;
	problem record;
	words text;
	tenant_keys boolean;
	key_type text := 'bigint GENERATED ALWAYS AS IDENTITY';
	lines text[] := '{}';
	constraints text[] := '{}';
	before text[] := '{}';
	comments text[] := '{}';
	-- What an index begins with, to need no second one.
	heads text[] := '{}';
	indexes jsonb := '[]';
	after text[] := '{}';
	names text[];
	ddl text;
	fault text;
BEGIN
	IF table_name IS NULL OR columns IS NULL THEN
		PERFORM dbeng._refuse('table_name and columns must not be NULL', ARRAY['A table has a name, and columns.'], 'null_value_not_allowed',
			'SELECT dbeng.table_ddl(''orders'', ''number text unique, placed_at timestamptz'');');
	END IF;
	soft_delete := coalesce(soft_delete, false);
	tenant := coalesce(tenant, false);
	SELECT array_agg(t.token ORDER BY t.place) INTO path FROM dbeng._tokens(table_name) t;
	IF (SELECT string_agg(CASE WHEN t = '.' THEN '.' WHEN dbeng._is_name(t) THEN 'n' ELSE 'x' END, '') FROM unnest(path) t) NOT IN ('n', 'n.n') OR path IS NULL THEN
		PERFORM dbeng._refuse(format('%L is not the name of a table', table_name), ARRAY['It takes a name, or a schema and a name with a dot between.'], 'invalid_name', 'table_name => ''shop.orders''');
	END IF;
	own_name := dbeng._unquoted(path[cardinality(path)]);
	own_schema := CASE WHEN cardinality(path) = 3 THEN dbeng._unquoted(path[1]) ELSE schemas[1] END;
	SELECT p.* INTO problem FROM dbeng._name_problem(dbeng._unquoted(path[cardinality(path)]), 'table') p;
	IF problem.code IS NOT NULL THEN
		PERFORM dbeng._refuse(problem.problem, ARRAY['Names are of lower case letters, digits and underscores, of 62 bytes at most, and none of SQL''s own words.'], problem.code, problem.hint);
	END IF;
	IF own_schema IS NULL OR to_regnamespace(quote_ident(own_schema)) IS NULL THEN
		PERFORM dbeng._refuse(CASE WHEN own_schema IS NULL THEN 'no schema to make the table in' ELSE format('schema %I does not exist', own_schema) END,
			ARRAY['Statements are made that run as they stand.'], 'invalid_schema_name', coalesce(format('CREATE SCHEMA %I;', own_schema), 'table_name => ''shop.orders'''));
	END IF;
	own_oid := to_regnamespace(quote_ident(own_schema));
	full_name := format('%I.%I', own_schema, own_name);
	IF EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = own_oid AND c.relname = own_name) OR EXISTS (SELECT FROM pg_type t WHERE t.typnamespace = own_oid AND t.typname = own_name) THEN
		PERFORM dbeng._refuse(format('%s exists already', full_name), ARRAY['A table''s name is that of a type as well.'], 'duplicate_table', 'Choose another name.');
	END IF;

	entries := dbeng._read_columns(columns, own_schema, own_name, schemas, soft_delete, tenant);
	PERFORM dbeng._require_column_habits(entries, columns, own_schema, own_name, soft_delete);
	PERFORM dbeng._require_habits(own_schema, own_name, (SELECT count(*) FROM jsonb_array_elements(entries) e WHERE e ? 'references') >= 2);
	IF jsonb_path_exists(entries, '$[*] ? (@.kind == "column" && @.name == "id")') THEN
		key_type := CASE jsonb_path_query_first(entries, '$[*] ? (@.name == "id").type')#>>'{}' WHEN 'uuid' THEN 'uuid DEFAULT gen_random_uuid()' ELSE key_type END;
	END IF;
	-- Within one tenant a reference is to a row of the same tenant.
	tenant_keys := tenant AND jsonb_path_exists(entries, '$[*] ? (@.self == true)');
	comments := format('COMMENT ON TABLE %s IS %L;', full_name, coalesce(jsonb_path_query_first(entries, '$[*] ? (@.kind == "comment").text')#>>'{}', replace(own_name, '_', ' ') || ', one a row')) || comments;
	lines := lines || format('id %s', CASE WHEN key_type ~ '^uuid' THEN 'uuid NOT NULL DEFAULT gen_random_uuid()' ELSE key_type END);
	comments := comments || format('COMMENT ON COLUMN %s.id IS %L;', full_name, coalesce(jsonb_path_query_first(entries, '$[*] ? (@.name == "id").comment')#>>'{}', 'the key'));
	constraints := constraints || format('CONSTRAINT %I PRIMARY KEY (id)', dbeng._house_name(own_oid, 'pk', own_name));
	IF tenant THEN
		lines := lines || 'tenant_id bigint NOT NULL'::text;
		comments := comments || format('COMMENT ON COLUMN %s.tenant_id IS %L;', full_name, 'the tenant whose row it is');
	END IF;
	IF tenant_keys THEN
		constraints := constraints || format('CONSTRAINT %I UNIQUE (tenant_id, id)', dbeng._house_name(own_oid, 'uq', own_name, 'tenant_id_id'));
		heads := heads || 'tenant_id'::text;
	END IF;

	FOR entry IN SELECT e FROM jsonb_array_elements(entries) e WHERE e->>'kind' = 'column' AND e->>'name' <> 'id' LOOP
		lines := lines || concat_ws(' ', entry->>'name', entry->>'type', CASE WHEN NOT coalesce((entry->>'nullable')::boolean, false) THEN 'NOT NULL' END, 'DEFAULT ' || (entry->>'default'));
		words := replace(entry->>'name', '_', ' ');
		comments := comments || format('COMMENT ON COLUMN %s.%s IS %L;', full_name, entry->>'name', coalesce(entry->>'comment',
			concat(CASE WHEN entry->>'type' = 'boolean' THEN words || '?' ELSE 'the ' || regexp_replace(words, ' id$', '') END, CASE WHEN entry ? 'references' THEN format(': refers to %s', entry->>'references')
				WHEN entry ? 'values' THEN ': ' || (SELECT string_agg(v, ', ') FROM jsonb_array_elements_text(entry->'values') v) END,
				CASE WHEN (entry->>'nullable')::boolean THEN '; NULL: none' END)));
		IF entry ? 'longest' THEN
			constraints := constraints || format('CONSTRAINT %I CHECK (char_length(%s) <= %s)', dbeng._house_name(own_oid, 'chk', own_name, entry->>'name', 'length'), entry->>'name', entry->>'longest');
		END IF;
		IF entry ? 'values' THEN
			constraints := constraints || format('CONSTRAINT %I CHECK (%s IN (%s))', dbeng._house_name(own_oid, 'chk', own_name, entry->>'name', CASE WHEN entry ? 'check' THEN 'values' END), entry->>'name',
				(SELECT string_agg(CASE WHEN (entry->>'type')::regtype IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype) THEN v ELSE quote_literal(v) END, ', ')
					FROM jsonb_array_elements_text(entry->'values') v));
		END IF;
		IF entry ? 'check' THEN
			constraints := constraints || format('CONSTRAINT %I CHECK %s', dbeng._house_name(own_oid, 'chk', own_name, entry->>'name'), entry->>'check');
		END IF;
		IF entry ? 'unique' THEN
			names := CASE WHEN tenant THEN '{tenant_id}'::text[] END || ARRAY[entry->>'name'];
			constraints := constraints || format('CONSTRAINT %I UNIQUE%s (%s)', dbeng._house_name(own_oid, 'uq', own_name, array_to_string(names, '_')),
				CASE WHEN cardinality(names) > 1 AND (entry->>'nullable')::boolean THEN ' NULLS NOT DISTINCT' END, array_to_string(names, ', '));
			heads := heads || array_to_string(names, ',') || names[1];
		END IF;
	END LOOP;
	FOR entry IN SELECT e FROM jsonb_array_elements(entries) e WHERE e->>'kind' = 'unique' LOOP
		names := CASE WHEN tenant AND NOT entry->'columns' ? 'tenant_id' THEN '{tenant_id}'::text[] END || ARRAY(SELECT jsonb_array_elements_text(entry->'columns'));
		constraints := constraints || format('CONSTRAINT %I UNIQUE%s (%s)', dbeng._house_name(own_oid, 'uq', own_name, array_to_string(names, '_')),
			CASE WHEN EXISTS (SELECT FROM jsonb_array_elements(entries) c WHERE c->>'name' = ANY (names) AND (c->>'nullable')::boolean) THEN ' NULLS NOT DISTINCT' END, array_to_string(names, ', '));
		heads := heads || ARRAY(SELECT array_to_string(names[1:k], ',') FROM generate_series(1, cardinality(names)) k);
	END LOOP;
	FOR entry IN SELECT e FROM jsonb_array_elements(entries) e WHERE e->>'kind' = 'index' LOOP
		names := ARRAY(SELECT jsonb_array_elements_text(entry->'columns'));
		IF array_to_string(names, ',') <> ALL (heads) THEN
			indexes := indexes || jsonb_build_object('names', names, 'method', 'btree');
			heads := heads || ARRAY(SELECT array_to_string(names[1:k], ',') FROM generate_series(1, cardinality(names)) k);
		END IF;
	END LOOP;
	FOR entry IN SELECT e FROM jsonb_array_elements(entries) e WHERE e->>'kind' = 'column' AND (e ? 'index' OR e ? 'references') LOOP
		names := ARRAY[entry->>'name'];
		IF entry ? 'references' THEN
			IF tenant AND (entry ? 'self' OR entry->>'tenant_column' IS NOT NULL) THEN
				names := 'tenant_id'::text || names;
				IF NOT coalesce((entry->>'self')::boolean OR (entry->>'tenant_key')::boolean, false) THEN
					ddl := format('ALTER TABLE %s ADD CONSTRAINT %I UNIQUE (%I, %I);', entry->>'references', dbeng._house_name(own_oid, 'uq', entry->>'target', entry->>'tenant_column', entry->>'key'), entry->>'tenant_column', entry->>'key');
					IF ddl <> ALL (before) THEN
						before := before || ddl;
					END IF;
				END IF;
			END IF;
			constraints := constraints || format('CONSTRAINT %I FOREIGN KEY (%s) REFERENCES %s (%s) ON DELETE %s', dbeng._house_name(own_oid, 'fk', own_name, entry->>'name'),
				array_to_string(names, ', '), entry->>'references', concat_ws(', ', CASE WHEN cardinality(names) > 1 THEN coalesce(quote_ident(entry->>'tenant_column'), 'tenant_id') END, quote_ident(entry->>'key')),
				(entry->>'on_delete') || CASE WHEN cardinality(names) > 1 AND entry->>'on_delete' = 'SET NULL' THEN format(' (%s)', entry->>'name') ELSE '' END);
		END IF;
		IF array_to_string(names, ',') <> ALL (heads) AND NOT (entry ? 'unique' AND NOT tenant) THEN
			indexes := indexes || jsonb_build_object('names', names, 'method', CASE WHEN entry ? 'references' THEN 'btree' ELSE dbeng._method_for((entry->>'type')::regtype) END);
			heads := heads || array_to_string(names, ',') || names[1];
		END IF;
	END LOOP;
	lines := lines || '{version bigint NOT NULL DEFAULT 1,created_at timestamptz NOT NULL DEFAULT now(),updated_at timestamptz NOT NULL DEFAULT now()}'::text[];
	comments := comments || format('COMMENT ON COLUMN %s.version IS %L;', full_name, 'how often it was written: who gives an older one is refused')
		|| format('COMMENT ON COLUMN %s.created_at IS %L;', full_name, 'when it was made') || format('COMMENT ON COLUMN %s.updated_at IS %L;', full_name, 'when it was last changed');
	IF cardinality(lines) > 50 THEN
		PERFORM dbeng._refuse(format('%s columns are too many', cardinality(lines)), ARRAY['Each row is read with all of them, and their statistics cost each plan.'], 'too_many_columns', 'Divide the table by what is read together.');
	END IF;

	ddl := format(E'CREATE TABLE %s (\n\t%s\n);', full_name, array_to_string(lines || constraints, E',\n\t'));
	fault := dbeng._statement_problem(ddl);
	IF fault IS NOT NULL THEN
		PERFORM dbeng._refuse('the columns make no table', ARRAY[fault], 'syntax_error', 'Look for an expression that is none.');
	END IF;
	after := ARRAY(SELECT format('CREATE INDEX %I ON %s %s(%s);', dbeng._house_name(own_oid, VARIADIC ARRAY['idx', own_name::text] || ARRAY(SELECT jsonb_array_elements_text(x->'names'))), full_name,
			CASE x->>'method' WHEN 'btree' THEN '' ELSE format('USING %s ', x->>'method') END, (SELECT string_agg(c, ', ') FROM jsonb_array_elements_text(x->'names') c))
		FROM jsonb_array_elements(indexes) x);
	RETURN concat_ws(E'\n', array_to_string(nullif(before, '{}'), E'\n'), ddl, array_to_string(comments, E'\n'), array_to_string(nullif(after, '{}'), E'\n'),
		format('SELECT dbeng.enable_versioning(%L);', full_name),
		CASE WHEN tenant THEN format('SELECT dbeng.enable_tenancy(%L);', full_name) END,
		CASE WHEN soft_delete THEN format('SELECT dbeng.enable_soft_delete(%L);', full_name) END) || E'\n';
END
$$;
COMMENT ON FUNCTION dbeng._table_ddl(text, text, boolean, boolean, name[]) IS 'behind dbeng.table_ddl()';

-- Where names are looked for is the caller's search_path, which only the body of a function without one of its own sees.
CREATE OR REPLACE FUNCTION dbeng.table_ddl(table_name text, columns text, soft_delete boolean DEFAULT false, tenant boolean DEFAULT false) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 10000
RETURN dbeng._table_ddl(table_name, columns, soft_delete, tenant, pg_catalog.current_schemas(false));
COMMENT ON FUNCTION dbeng.table_ddl(text, text, boolean, boolean) IS 'the statements that make a table in the style of the house: keys, checks, indexes, comments, versions; to be read, and run';
