-- firing
CREATE ROLE fx_app;
CREATE FUNCTION pid() RETURNS int LANGUAGE internal AS 'pg_backend_pid';
ALTER FUNCTION pid() OWNER TO fx_app;
-- expect: public.pid() | untrusted language internal but owned by fx_app

-- firing: a language whose code is the operating system user's
CREATE LANGUAGE fx_shell HANDLER plpgsql_call_handler;
CREATE FUNCTION open() RETURNS int LANGUAGE fx_shell AS 'BEGIN RETURN 1; END';
CREATE FUNCTION closed() RETURNS int LANGUAGE fx_shell AS 'BEGIN RETURN 1; END';
REVOKE EXECUTE ON FUNCTION closed() FROM PUBLIC;
-- expect: public.open() | every role may call it

-- silent
CREATE ROLE fx_app;
CREATE FUNCTION pid() RETURNS int LANGUAGE internal AS 'pg_backend_pid';
CREATE FUNCTION plain() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
ALTER FUNCTION plain() OWNER TO fx_app;
