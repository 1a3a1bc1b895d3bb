-- firing
CREATE SCHEMA other;
CREATE FUNCTION other.fold(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.lower(t) $$;
CREATE FUNCTION was(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper(t) $$;
SET search_path = public, other;
CREATE FUNCTION by_path(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper(t) $$;
CREATE FUNCTION "By Path"(t text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN was (t) = 'A'; END $$;
CREATE TABLE t (id int PRIMARY KEY, a text);
CREATE INDEX t_was ON t (was(a));
CREATE INDEX t_path ON t (by_path(a));
CREATE INDEX t_where ON t (id) WHERE "By Path"(a);
CREATE OR REPLACE FUNCTION by_path(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper(fold(t)) $$;
ALTER FUNCTION was(text) STABLE;
-- expect: public.t_was | ^public.was\(text\) is no longer IMMUTABLE
-- expect: public.t_path | ^public.by_path\(text\) calls fold without its schema
-- expect: public.t_where | calls was without its schema

-- silent
CREATE FUNCTION fold(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower(t) $$;
CREATE FUNCTION qualified(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper(public.fold(t)) $$;
CREATE FUNCTION pinned(t text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = public AS $$ SELECT upper(fold(t)) $$;
CREATE FUNCTION atomic(t text) RETURNS text LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT upper(fold(t)); END;
CREATE FUNCTION plain(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN /* fold(t) */ RETURN coalesce(upper(t), 'fold(t)'); END $$;
CREATE FUNCTION unused(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT fold(t) $$;
CREATE TABLE t (id int PRIMARY KEY, a text);
CREATE INDEX ON t (qualified(a), pinned(a), atomic(a), plain(a), fold(a), lower(a)) WHERE atomic(a) <> '';
