-- firing
CREATE FUNCTION pay(amount numeric) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE FUNCTION "Granted"() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
REVOKE ALL ON FUNCTION "Granted"() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "Granted"() TO PUBLIC;
CREATE ROLE fx_app LOGIN;
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO fx_app;
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
-- expect: app.f() | every role that may use schema app
-- expect: public.pay(numeric) | runs as superuser
-- expect: public."Granted"() | every role may call it

-- silent: revoked, a trigger's, in a closed schema, with the invoker's rights
CREATE SCHEMA closed;
CREATE FUNCTION revoked() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION revoked() FROM PUBLIC;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION closed.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE FUNCTION invoker() RETURNS int LANGUAGE sql AS 'SELECT 1';
