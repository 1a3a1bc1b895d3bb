-- firing
-- threshold: {"per_day": 0.5}
-- extension: dblink
CREATE TABLE t (a int PRIMARY KEY);
INSERT INTO t VALUES (1), (2);
SELECT dblink_connect('other', format('dbname=fx host=%s port=%s', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port')));
SET deadlock_timeout = '1min';
BEGIN;
SELECT FROM t WHERE a = 1 FOR UPDATE;
SELECT dblink_exec('other', 'SET deadlock_timeout = 500; BEGIN; UPDATE t SET a = a WHERE a = 2');
SELECT dblink_send_query('other', 'UPDATE t SET a = a WHERE a = 1');
SELECT pg_sleep(0.2);
SELECT FROM t WHERE a = 2 FOR UPDATE;
COMMIT;
SELECT dblink_disconnect('other');
SELECT pg_sleep(0.3);
-- expect: fx | ^1 deadlock in .*, 1 a day

-- silent
