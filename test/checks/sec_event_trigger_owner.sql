-- firing
CREATE ROLE fx_app LOGIN;
CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER "Note" ON ddl_command_end EXECUTE FUNCTION note();
ALTER FUNCTION note() OWNER TO fx_app;
-- expect: Note | runs a function of fx_app

-- silent: a superuser's function, and a trigger that is off
CREATE ROLE fx_app LOGIN;
CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION note();
CREATE FUNCTION off() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER off ON ddl_command_end EXECUTE FUNCTION off();
ALTER EVENT TRIGGER off DISABLE;
ALTER FUNCTION off() OWNER TO fx_app;
