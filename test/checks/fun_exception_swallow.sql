-- firing
CREATE FUNCTION f(a int, b text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM 1 / a;
EXCEPTION WHEN OTHERS THEN
	-- who cares
	NULL;
END $$;
CREATE FUNCTION "G"() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	BEGIN PERFORM 1 / 0; EXCEPTION when division_by_zero then raise; when others then /* nothing */ END;
	BEGIN PERFORM 1 / 0; EXCEPTION when others then null; END;
END $$;
-- expect: public.f(integer,text) | ^WHEN OTHERS THEN NULL: whatever
-- expect: public."G"() | in 2 places

-- silent
CREATE FUNCTION f(a int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE others boolean := true; x int;
BEGIN
	-- EXCEPTION WHEN OTHERS THEN NULL;
	PERFORM 'EXCEPTION WHEN OTHERS THEN NULL; END';
	x := CASE WHEN others THEN NULL ELSE 1 END;
	PERFORM 1 / a;
	RETURN 1;
EXCEPTION
	WHEN division_by_zero THEN NULL;
	WHEN OTHERS THEN
		RAISE WARNING '%', SQLERRM;
		RETURN NULL;
END $$;
CREATE FUNCTION g() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN 1; EXCEPTION WHEN OTHERS THEN NULL; RETURN 2; END $$;
