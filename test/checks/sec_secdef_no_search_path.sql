-- firing
CREATE SCHEMA "App";
GRANT CREATE ON SCHEMA public TO PUBLIC;
CREATE TABLE secrets (id int);
CREATE FUNCTION "App"."Read"(wanted int, VARIADIC others text[] DEFAULT '{}') RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
	AS 'BEGIN RETURN (SELECT count(*) FROM secrets); END';
CREATE PROCEDURE cleanup(a int, INOUT b int) LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM secrets; SELECT 1';
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET work_mem = '1MB' AS 'BEGIN RETURN NEW; END';
-- expect: "App"."Read"(integer,text[]) | caller's search_path
-- expect: public.cleanup(integer,integer) | caller's search_path
-- expect: public.note() | caller's search_path

-- silent: a fixed path, the invoker's rights, names that are looked up when the function is made
CREATE TABLE secrets (id int);
CREATE FUNCTION fixed() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS 'SELECT count(*) FROM secrets';
CREATE FUNCTION empty() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT count(*) FROM public.secrets';
CREATE FUNCTION invoker() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM secrets';
CREATE FUNCTION atomic() RETURNS bigint LANGUAGE sql SECURITY DEFINER BEGIN ATOMIC SELECT count(*) FROM secrets; END;
