-- The schema: everybody may look into it; each function says itself who may call it.
COMMENT ON SCHEMA dbeng IS 'database engineering: SELECT * FROM dbeng.health(); SELECT * FROM dbeng.help()';
GRANT USAGE ON SCHEMA dbeng TO PUBLIC;
