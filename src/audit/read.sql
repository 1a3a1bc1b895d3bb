-- Reading the audit log. Who may SELECT from dbeng.audit_log may call what reads it: superusers, pg_read_all_data, and
-- whom the owner grants it.

CREATE OR REPLACE FUNCTION dbeng._audit_log()
RETURNS TABLE (audit_id bigint, changed_at timestamptz, transaction_id xid8, table_name text, relation regclass, action text,
	record_id text, key jsonb, old_data jsonb, new_data jsonb, changed_columns text[], changed_by text, db_user name,
	session_user_name name, ip_address inet, application_name text, query text, context text)
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000 ROWS 1000
AS 'MODULE_PATHNAME', 'dbeng_audit_log';
COMMENT ON FUNCTION dbeng._audit_log() IS 'behind dbeng.audit_log as long as the view does not read the log itself';

CREATE OR REPLACE FUNCTION dbeng._audit_changes(relation oid, place tid, log_id bigint, payload bytea)
RETURNS TABLE (audit_id bigint, table_name text, relation regclass, action text, record_id text, key jsonb, old_data jsonb,
	new_data jsonb, changed_columns text[], query text)
LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 1000 ROWS 100
AS 'MODULE_PATHNAME', 'dbeng_audit_changes';
COMMENT ON FUNCTION dbeng._audit_changes(oid, tid, bigint, bytea) IS 'behind dbeng.audit_log: the changes of a row of the log';

CREATE OR REPLACE FUNCTION dbeng._audit_flush() RETURNS boolean
LANGUAGE c STABLE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'dbeng_audit_flush';
COMMENT ON FUNCTION dbeng._audit_flush() IS 'behind dbeng.audit_log: writes what this transaction has changed so far';

CREATE OR REPLACE VIEW dbeng.audit_log AS
SELECT audit_id, changed_at, transaction_id, table_name, relation, action, record_id, key, old_data, new_data, changed_columns,
	changed_by, db_user, session_user_name, ip_address, application_name, query, context
  FROM dbeng._audit_log();
COMMENT ON VIEW dbeng.audit_log IS 'every change of a row of an audited table';
COMMENT ON COLUMN dbeng.audit_log.audit_id IS 'its number; those of a transaction ascend in the order of its changes';
COMMENT ON COLUMN dbeng.audit_log.changed_at IS 'when the transaction began that made it: its now()';
COMMENT ON COLUMN dbeng.audit_log.transaction_id IS 'that transaction';
COMMENT ON COLUMN dbeng.audit_log.table_name IS 'what the table was called then; of a partition its parent''s name';
COMMENT ON COLUMN dbeng.audit_log.relation IS 'the table; NULL when it was dropped';
COMMENT ON COLUMN dbeng.audit_log.action IS 'INSERT, UPDATE, DELETE or TRUNCATE; UNLOGGED: rows were changed past the log under session_replication_role = replica';
COMMENT ON COLUMN dbeng.audit_log.record_id IS 'the values of the row''s key, with commas between; NULL without a key';
COMMENT ON COLUMN dbeng.audit_log.key IS 'the row''s key, after the change where the change is one of the key';
COMMENT ON COLUMN dbeng.audit_log.old_data IS 'DELETE: the row; UPDATE: what the changed columns were, with the key, of a table without one the row';
COMMENT ON COLUMN dbeng.audit_log.new_data IS 'INSERT: the row; UPDATE: what the changed columns became';
COMMENT ON COLUMN dbeng.audit_log.changed_columns IS 'UPDATE: the columns that changed, redacted ones too';
COMMENT ON COLUMN dbeng.audit_log.changed_by IS 'the application''s user: the setting app.user_id, or that of dbeng.audit_user_setting';
COMMENT ON COLUMN dbeng.audit_log.db_user IS 'the role that made it';
COMMENT ON COLUMN dbeng.audit_log.session_user_name IS 'the role that had logged in';
COMMENT ON COLUMN dbeng.audit_log.ip_address IS 'the client''s address; NULL over a local socket';
COMMENT ON COLUMN dbeng.audit_log.application_name IS 'the client''s application_name';
COMMENT ON COLUMN dbeng.audit_log.query IS 'the statement, of tables audited with log_query';
COMMENT ON COLUMN dbeng.audit_log.context IS 'the setting app.context, or that of dbeng.audit_context_setting';

CREATE OR REPLACE FUNCTION dbeng.row_history(relation regclass, key jsonb) RETURNS SETOF dbeng.audit_log
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 100000 ROWS 20
AS 'MODULE_PATHNAME', 'dbeng_row_history';
COMMENT ON FUNCTION dbeng.row_history(regclass, jsonb) IS 'what the log has of one row, oldest first: SELECT * FROM dbeng.row_history(''a_table'', ''{"id": 7}'')';

-- A log that is there already, of before the extension was dropped or in an older version, is read by the view itself.
CREATE OR REPLACE FUNCTION dbeng._audit_bind(to_log boolean DEFAULT true) RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'dbeng_audit_bind';
COMMENT ON FUNCTION dbeng._audit_bind(boolean) IS 'has dbeng.audit_log read the log itself, so that conditions on changed_at leave out parts of it; with false, no longer, so that the log can be dropped';
REVOKE ALL ON FUNCTION dbeng._audit_bind(boolean) FROM PUBLIC;
SELECT dbeng._audit_bind();

CREATE OR REPLACE FUNCTION dbeng.row_as_of(relation regclass, key jsonb, at timestamptz) RETURNS jsonb
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'dbeng_row_as_of';
COMMENT ON FUNCTION dbeng.row_as_of(regclass, jsonb, timestamptz) IS 'a row as it was, NULL where it was not there: SELECT dbeng.row_as_of(''a_table'', ''{"id": 7}'', now() - interval ''1 day'')';

CREATE OR REPLACE FUNCTION dbeng.table_as_of(relation anyelement, at timestamptz) RETURNS SETOF anyelement
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 10000
AS 'MODULE_PATHNAME', 'dbeng_table_as_of';
COMMENT ON FUNCTION dbeng.table_as_of(anyelement, timestamptz) IS 'a table as it was: SELECT * FROM dbeng.table_as_of(NULL::a_table, now() - interval ''1 day'')';

CREATE OR REPLACE FUNCTION dbeng.undo(transaction_id xid8, dry_run boolean DEFAULT true)
RETURNS TABLE (relation regclass, action text, key jsonb, sql text)
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE COST 100000 ROWS 100
AS 'MODULE_PATHNAME', 'dbeng_undo';
COMMENT ON FUNCTION dbeng.undo(xid8, boolean) IS 'the statements that change back what a transaction has changed, in their order; with dry_run => false it runs them. Refused where a row has been changed since';
