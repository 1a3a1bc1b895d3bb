-- firing
CREATE SCHEMA "My Shop";
CREATE TABLE "My Shop"."Order s" (id int PRIMARY KEY, total numeric, photo bytea, secret text);
SELECT dbeng.enable_audit('"My Shop"."Order s"', exclude => '{photo}', redact => '{secret}', log_query => true, on_replica => true);
ALTER TABLE "My Shop"."Order s" DISABLE TRIGGER "!dbeng_audit_update";
CREATE TABLE dropped (id int PRIMARY KEY);
SELECT dbeng.enable_audit('dropped');
DROP TRIGGER "!dbeng_audit" ON dropped;
CREATE TABLE altered (id int PRIMARY KEY);
SELECT dbeng.enable_audit('altered');
CREATE OR REPLACE TRIGGER "!dbeng_audit" AFTER INSERT OR UPDATE OR DELETE ON altered FOR EACH ROW WHEN (false) EXECUTE FUNCTION dbeng._audit_row('3');
CREATE TABLE of_another (id int PRIMARY KEY);
SELECT dbeng.enable_audit('of_another');
CREATE OR REPLACE TRIGGER "!dbeng_audit" AFTER INSERT OR UPDATE OR DELETE ON of_another FOR EACH ROW EXECUTE FUNCTION dbeng._audit_row('3');
-- expect: "My Shop"."Order s" | changes go unlogged: trigger "!dbeng_audit_update" on "My Shop"."Order s" does not fire when it should
-- expect: public.dropped | trigger "!dbeng_audit" on public.dropped is missing
-- expect: public.altered | trigger "!dbeng_audit" on public.altered was altered
-- expect: public.of_another | trigger "!dbeng_audit" on public.of_another was altered

-- firing: partitions
CREATE TABLE parted (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
SELECT dbeng.enable_audit('parted');
CREATE TABLE later PARTITION OF parted FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE off (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE off_1 PARTITION OF off FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
SELECT dbeng.enable_audit('off');
ALTER TABLE off_1 DISABLE TRIGGER "!dbeng_audit";
-- expect: public.parted | trigger "!dbeng_audit_truncate" on public.later is missing$
-- expect: public.off | trigger "!dbeng_audit" on public.off_1 does not fire

-- firing: a trigger of somebody else before it
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TABLE notes (id int PRIMARY KEY);
SELECT dbeng.enable_audit('notes');
CREATE TRIGGER "!a" AFTER UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION f();
-- expect: public.notes | ^trigger "!a" on public.notes sorts before the audit trigger

-- firing: dropped and made anew
CREATE TABLE notes (id int PRIMARY KEY, secret text);
SELECT dbeng.enable_audit('notes', redact => '{secret}');
DROP TABLE notes;
CREATE TABLE notes (id int PRIMARY KEY, secret text);
-- expect: public.notes | was audited, was dropped and made anew

-- firing: the log itself
CREATE TABLE notes (id int PRIMARY KEY);
SELECT dbeng.enable_audit('notes');
ALTER TABLE dbeng_audit.gaps DISABLE TRIGGER "!dbeng_audit_refuse";
DROP TRIGGER "!dbeng_audit_refuse" ON dbeng_audit.log_rest;
-- expect: dbeng_audit.gaps | keeps the audit log from being written
-- expect: dbeng_audit.log_rest | keeps the audit log from being written

-- silent
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TABLE notes (id int PRIMARY KEY, a int, b int);
SELECT dbeng.enable_audit('notes', exclude => '{a}', redact => '{b}');
CREATE TRIGGER a AFTER UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION f();
CREATE TRIGGER " a" BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION f();
CREATE TRIGGER " b" AFTER UPDATE ON notes FOR EACH STATEMENT EXECUTE FUNCTION f();
SELECT dbeng.enable_audit('notes', exclude => '{b}', on_replica => true);
ALTER TABLE notes RENAME TO remarks;
CREATE TABLE parted (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2026-02-01') PARTITION BY LIST (id);
CREATE TABLE parted_1_1 PARTITION OF parted_1 FOR VALUES IN (1);
SELECT dbeng.enable_audit('parted', on_replica => true);
CREATE TABLE no_more (id int PRIMARY KEY);
SELECT dbeng.enable_audit('no_more');
SELECT dbeng.disable_audit('no_more');
CREATE TABLE gone (id int PRIMARY KEY);
SELECT dbeng.enable_audit('gone');
DROP TABLE gone;
