-- The index of keys of the audit log.

CREATE OR REPLACE FUNCTION dbeng._audit_index_keys() RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10000000
AS 'MODULE_PATHNAME', 'dbeng_audit_index_keys';
COMMENT ON FUNCTION dbeng._audit_index_keys() IS 'makes the audit log''s index of keys anew where it is missing or damaged; returns for how many of the log''s rows';
REVOKE ALL ON FUNCTION dbeng._audit_index_keys() FROM PUBLIC;
