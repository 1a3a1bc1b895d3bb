-- firing
-- fix: partial a worker has to run
CREATE TABLE notes (id int PRIMARY KEY);
SELECT dbeng.enable_audit('notes');
ALTER TABLE dbeng_audit.log_rest DISABLE TRIGGER ALL;
INSERT INTO dbeng_audit.log_rest (log_id, changed_at, written_at, transaction_id, changes, cluster, db_user, payload) VALUES (1, '2020-01-01', '2020-01-01', '1', 0, 0, 'ada', '');
ALTER TABLE dbeng_audit.log_rest ENABLE ALWAYS TRIGGER "!dbeng_audit_refuse";
-- expect: dbeng_audit.log_rest | a part of the audit log is in no month

-- silent
CREATE TABLE notes (id int PRIMARY KEY);
SELECT dbeng.enable_audit('notes');
INSERT INTO notes VALUES (1);
