-- extension: dblink

-- firing
CREATE TABLE "P" (a int) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF "P" FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF "P" FOR VALUES FROM (10) TO (20);
SELECT dblink_connect('other', format('dbname=fx host=%s port=%s', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port')));
SELECT dblink_exec('other', 'BEGIN; LOCK TABLE p1, "P" IN ACCESS SHARE MODE');
\set ON_ERROR_STOP off
SET statement_timeout = '300ms';
ALTER TABLE "P" DETACH PARTITION p1 CONCURRENTLY;
RESET statement_timeout;
\set ON_ERROR_STOP on
SELECT dblink_disconnect('other');
SELECT pg_sleep(0.2);
-- expect: public.p1 | ^detaching it from public."P" was interrupted

-- silent
CREATE TABLE p (a int) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
ALTER TABLE p DETACH PARTITION p1;
