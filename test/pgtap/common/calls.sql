-- What tests ask of a statement: how many rows it touched, how it failed. SQLSTATE is as in throws_ok(), words are looked for in message and detail.

CREATE FUNCTION pg_temp.touched(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE statement;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;
CREATE FUNCTION pg_temp.refused(sql text, code text, words text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text; hint text;
BEGIN
	EXECUTE sql;
	RETURN fail(sql || ' is refused');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN ok(state = code AND concat_ws(' ', message, detail) ~ words AND detail <> '' AND hint <> '', sql || ' is refused') ||
		CASE WHEN state = code AND concat_ws(' ', message, detail) ~ words AND detail <> '' AND hint <> '' THEN ''
			ELSE E'\n' || diag(format('%s: %s; %s; %s', state, message, detail, hint)) END;
END $$;

CREATE FUNCTION pg_temp.failure(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	code := '00000';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;
CREATE FUNCTION pg_temp.code(statement text) RETURNS text LANGUAGE sql AS $$SELECT code FROM pg_temp.failure(statement)$$;
