-- firing
CREATE FUNCTION joined(p_table text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	-- quote_ident(p_table) would do
	EXECUTE 'SELECT count(*) FROM ' || p_table INTO n;
	RETURN n;
END$$;
CREATE FUNCTION "Formatted"(id int, name text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	EXECUTE format('UPDATE %I SET name = ''%s'' WHERE id = $1', 't', name) USING id;
END$$;
CREATE FUNCTION looped(kind varchar) RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
	FOR r IN EXECUTE ('SELECT * FROM t WHERE kind = ''' || lower(coalesce(kind, '')) || kind || '''') LOOP
		RETURN NEXT r;
	END LOOP;
END$$;
-- expect: public.joined(text) | line 5 puts parameter p_table .* as the caller
-- expect: public."Formatted"(integer,text) | parameter name .* as the function's owner
-- expect: public.looped(character varying) | parameter kind

-- silent: quoted, passed with USING, checked before, meant as SQL, no text, no parameter
CREATE FUNCTION quoted(t text, v text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'DELETE FROM ' || quote_ident(t) || ' WHERE v = ' || quote_nullable(lower(v || 'x'));
	EXECUTE format('DELETE FROM %I WHERE v = %L AND w = $1', t, v) USING v;
	EXECUTE format('DELETE FROM %2$I WHERE %1$s', 'true', t);
	RAISE NOTICE '%', 'deleted from ' || t;
END$$;
CREATE FUNCTION checked(t text, how text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF how NOT IN ('asc', 'desc') THEN RAISE 'no'; END IF;
	t := quote_ident(t);
	EXECUTE 'SELECT 1 FROM ' || t || ' ORDER BY 1 ' || how;
END$$;
CREATE FUNCTION meant(query text, where_clause text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'EXPLAIN ' || query;
	EXECUTE format('SELECT 1 WHERE %s', where_clause);
END$$;
CREATE FUNCTION typed(t regclass, n int, name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE local text := 'x'; r record;
BEGIN
	EXECUTE 'SELECT * FROM ' || t || ' LIMIT ' || n;
	EXECUTE 'SELECT * FROM ' || name::regclass || local;
	FOR r IN SELECT 'y' AS name LOOP EXECUTE 'SELECT ' || r.name; END LOOP;
	EXECUTE $q$ SELECT ' || name || ' $q$; /* || name */
END$$;
