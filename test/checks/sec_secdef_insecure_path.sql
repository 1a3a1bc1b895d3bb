-- firing
CREATE SCHEMA app;
CREATE SCHEMA "Open";
GRANT CREATE ON SCHEMA "Open" TO PUBLIC;
CREATE FUNCTION writable() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = app, "Open", pg_temp AS 'SELECT 1';
CREATE FUNCTION absent() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_catalog AS 'SELECT 1';
CREATE FUNCTION early() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_temp, app AS 'SELECT 1';
-- expect: public.writable() | schema "Open", in which every role may create
-- expect: public.absent() | leaves out pg_temp
-- expect: public.early() | pg_temp before

-- silent
CREATE SCHEMA app;
CREATE SCHEMA open;
GRANT CREATE ON SCHEMA open TO PUBLIC;
CREATE FUNCTION good() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS 'SELECT 1';
CREATE FUNCTION empty() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';
CREATE FUNCTION invoker() RETURNS int LANGUAGE sql SET search_path = open AS 'SELECT 1';
