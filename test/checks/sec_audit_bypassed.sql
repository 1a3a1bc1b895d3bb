-- firing: rows written past the triggers
-- fix: partial what was written stays unlogged
CREATE TABLE notes (id int PRIMARY KEY);
SELECT dbeng.enable_audit('notes');
SET session_replication_role = replica;
INSERT INTO notes VALUES (1);
UPDATE notes SET id = 2;
BEGIN;
INSERT INTO notes VALUES (3);
INSERT INTO notes VALUES (4);
COMMIT;
-- expect: public.notes | 3 transactions wrote it under session_replication_role = replica.*by postgres

-- firing: sessions that fire no trigger
CREATE TABLE notes (id int PRIMARY KEY);
SELECT dbeng.enable_audit('notes');
CREATE ROLE fx_loader;
ALTER ROLE fx_loader SET session_replication_role = replica;
ALTER DATABASE fx SET session_replication_role = replica;
-- expect: fx_loader | session_replication_role is set to replica
-- expect: fx | session_replication_role is set to replica

-- firing: a subscription
CREATE TABLE notes (id int PRIMARY KEY);
CREATE TABLE other (id int PRIMARY KEY);
SELECT dbeng.enable_audit('notes'), dbeng.enable_audit('other', on_replica => true);
INSERT INTO pg_subscription_rel SELECT 1, r, 'r' FROM unnest('{notes,other}'::regclass[]) r;
-- expect: public.notes | a subscription writes it

-- silent: by a trigger that fires always, and long ago
CREATE TABLE notes (id int PRIMARY KEY);
SELECT dbeng.enable_audit('notes', on_replica => true);
CREATE TABLE unaudited (id int PRIMARY KEY);
SET session_replication_role = replica;
INSERT INTO notes VALUES (1);
INSERT INTO unaudited VALUES (1);
ALTER TABLE dbeng_audit.gaps DISABLE TRIGGER ALL;
INSERT INTO dbeng_audit.gaps VALUES (1, 'r', now() - interval '60 days', now() - interval '60 days', '1', 'ada'), (1, 'd', now(), now(), '1', 'ada');
ALTER TABLE dbeng_audit.gaps ENABLE ALWAYS TRIGGER "!dbeng_audit_refuse";

-- silent: nothing is audited
CREATE ROLE fx_loader;
ALTER ROLE fx_loader SET session_replication_role = replica;
