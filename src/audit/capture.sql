-- What the triggers of audited tables call. Whoever makes a partition of one makes such triggers, so everybody may; a trigger
-- that says it is of a table that it is not of is refused when it fires.

CREATE OR REPLACE FUNCTION dbeng._audit_row() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'dbeng_audit_row';
COMMENT ON FUNCTION dbeng._audit_row() IS 'logs the change of a row of an audited table';

CREATE OR REPLACE FUNCTION dbeng._audit_truncate() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'dbeng_audit_truncate';
COMMENT ON FUNCTION dbeng._audit_truncate() IS 'logs that an audited table was truncated';

CREATE OR REPLACE FUNCTION dbeng._audit_replica() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'dbeng_audit_replica';
COMMENT ON FUNCTION dbeng._audit_replica() IS 'logs that rows of an audited table were changed under session_replication_role = replica, which are not logged themselves';
