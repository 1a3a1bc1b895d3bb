-- The schema: everybody may look into it; each function says itself who may call it.
COMMENT ON SCHEMA dbeng IS 'database engineering: SELECT * FROM dbeng.health(); SELECT * FROM dbeng.help()';
GRANT USAGE ON SCHEMA dbeng TO PUBLIC;

-- Everybody may try, and is told what he lacks: of a view over tables the server would say that permission is denied and no more.
CREATE OR REPLACE FUNCTION dbeng._may_look(what text) RETURNS boolean
LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'dbeng_may_look';
COMMENT ON FUNCTION dbeng._may_look(text) IS 'true, or an error for who lacks the privileges of pg_monitor';
