-- firing
CREATE TABLE t (id int, handler regproc);
INSERT INTO t VALUES (1, 'now');
CREATE DOMAIN conf AS regconfig;
CREATE TABLE u (id int PRIMARY KEY, c conf, d regoper[]);
CREATE MATERIALIZED VIEW v AS SELECT 'simple'::regconfig AS c;
-- expect: public.t.handler | ^regproc: pg_upgrade refuses
-- expect: public.u.c | ^public.conf: pg_upgrade
-- expect: public.v.c | ^regconfig

-- silent
CREATE TABLE t (id int PRIMARY KEY, a regclass, b regtype, c regrole, d oid, e text, f regclass[]);
CREATE VIEW v AS SELECT 'now'::regproc AS p;
