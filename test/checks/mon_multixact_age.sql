-- firing
-- threshold: {"age": 0, "critical_age": 1000000}
CREATE TABLE t (a int PRIMARY KEY, b int);
INSERT INTO t VALUES (1, 1);
BEGIN;
SELECT FROM t FOR KEY SHARE;
SAVEPOINT s;
UPDATE t SET b = 2;
COMMIT;
-- expect: fx | ^[0-9,]+ multixact IDs are not frozen yet
-- expect: postgres | multixact IDs are not frozen
-- expect: dbeng_fixture | multixact IDs are not frozen
-- expect: template0 | multixact IDs are not frozen
-- expect: template1 | multixact IDs are not frozen

-- silent
