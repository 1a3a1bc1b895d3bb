-- What the triggers of audited tables call. They say which table it is, so nobody else may have triggers call them.

CREATE OR REPLACE FUNCTION dbeng._audit_row() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'dbeng_audit_row';
COMMENT ON FUNCTION dbeng._audit_row() IS 'logs the change of a row of an audited table';
REVOKE EXECUTE ON FUNCTION dbeng._audit_row() FROM PUBLIC;

CREATE OR REPLACE FUNCTION dbeng._audit_truncate() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'dbeng_audit_truncate';
COMMENT ON FUNCTION dbeng._audit_truncate() IS 'logs that an audited table was truncated';
REVOKE EXECUTE ON FUNCTION dbeng._audit_truncate() FROM PUBLIC;

CREATE OR REPLACE FUNCTION dbeng._audit_replica() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'dbeng_audit_replica';
COMMENT ON FUNCTION dbeng._audit_replica() IS 'logs that rows of an audited table were changed under session_replication_role = replica, which are not logged themselves';
REVOKE EXECUTE ON FUNCTION dbeng._audit_replica() FROM PUBLIC;
