-- Audit and transactions: what commits is in the log, what does not is not, in the order in which it happened.
\set database dbeng_audit_transactions
\ir audit/begin.sql
CREATE TABLE t (id int PRIMARY KEY, n int);
CREATE TABLE u (id int PRIMARY KEY, n int);
SELECT dbeng.enable_audit('t'), dbeng.enable_audit('u');
SELECT told.remember('t');

-- Rolled back.
BEGIN;
INSERT INTO t VALUES (1, 1);
ROLLBACK;
SELECT is(told.log('t'), '', 'what is rolled back is not logged');
INSERT INTO t VALUES (1, 1), (2, 2);
SELECT told.remember('t');

-- Savepoints: released, rolled back to, nested, and twice the same name.
BEGIN;
UPDATE t SET n = 10 WHERE id = 1;
SAVEPOINT a;
UPDATE t SET n = 11 WHERE id = 1;
SAVEPOINT b;
UPDATE t SET n = 12 WHERE id = 1;
ROLLBACK TO b;
UPDATE t SET n = 13 WHERE id = 1;
RELEASE a;
SAVEPOINT c;
DELETE FROM t WHERE id = 2;
SAVEPOINT c;
INSERT INTO t VALUES (3, 3);
ROLLBACK TO c;
RELEASE c;
ROLLBACK TO c;
UPDATE t SET n = 20 WHERE id = 2;
COMMIT;
SELECT is(told.last('t'), 'update 1 {"n": 1, "id": 1} -> {"n": 10}, update 1 {"n": 10, "id": 1} -> {"n": 11}, update 1 {"n": 11, "id": 1} -> {"n": 13}, update 2 {"n": 2, "id": 2} -> {"n": 20}',
	'savepoints leave what was not rolled back to');
SELECT told.remember('t');
SELECT told.undone_is('t', '(1,1)', '(2,2)');
SELECT told.remember('t');

-- A rolled back savepoint that had been flushed, twice, amid two tables.
BEGIN;
INSERT INTO u VALUES (1, 1);
SAVEPOINT a;
UPDATE t SET n = n + 1;
SELECT is(told.count('u'), 1::bigint, 'the log read inside of a savepoint');
UPDATE u SET n = 2;
SAVEPOINT b;
UPDATE t SET n = n + 100;
SELECT is(told.log('u'), 'insert {"n": 1, "id": 1}, update {"n": 2}', 'and again in one within');
RELEASE b;
ROLLBACK TO a;
UPDATE u SET n = 3;
COMMIT;
SELECT is(told.log('u'), 'insert {"n": 1, "id": 1}, update {"n": 3}', 'what was written for a reader goes with the savepoint');
SELECT told.remember('t', 'u');

-- Exceptions in plpgsql, nested, one that is raised again.
DO $$
BEGIN
	UPDATE t SET n = 5 WHERE id = 1;
	BEGIN
		UPDATE t SET n = 6 WHERE id = 1;
		BEGIN
			DELETE FROM t WHERE id = 2;
			PERFORM 1 / 0;
		EXCEPTION WHEN division_by_zero THEN
			UPDATE t SET n = 7 WHERE id = 1;
			RAISE;
		END;
	EXCEPTION WHEN OTHERS THEN
		UPDATE t SET n = 8 WHERE id = 1;
	END;
END $$;
SELECT is(told.last('t'), 'update 1 {"n": 1, "id": 1} -> {"n": 5}, update 1 {"n": 5, "id": 1} -> {"n": 8}', 'blocks with EXCEPTION');
SELECT told.remember('t');
-- A function that fails at its end leaves nothing, and neither does a constraint that is checked last.
\set ON_ERROR_STOP 0
\set VERBOSITY terse
DO $$ BEGIN UPDATE t SET n = 99; RAISE 'no'; END $$;
UPDATE t SET id = 2 WHERE id = 1;
\set ON_ERROR_STOP 1
CREATE TABLE deferred (id int PRIMARY KEY, t int REFERENCES t DEFERRABLE INITIALLY DEFERRED);
SELECT dbeng.enable_audit('deferred');
\set ON_ERROR_STOP 0
BEGIN;
INSERT INTO deferred VALUES (1, 77);
COMMIT;
\set ON_ERROR_STOP 1
SELECT is(told.log('deferred'), '', 'a COMMIT that fails logs nothing');
SELECT is(told.last('t'), 'update 1 {"n": 1, "id": 1} -> {"n": 5}, update 1 {"n": 5, "id": 1} -> {"n": 8}', 'nor does what fails before');
BEGIN;
INSERT INTO deferred VALUES (1, 77);
INSERT INTO t VALUES (77, 1);
COMMIT;
SELECT is(told.log('deferred'), 'insert {"t": 77, "id": 1}', 'one that succeeds does');
SELECT told.remember('t', 'deferred');

-- Procedures that end transactions, each of which is one in the log.
CREATE PROCEDURE batches() LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. 4 LOOP
		INSERT INTO u VALUES (100 + i, i);
		IF i % 2 = 1 THEN COMMIT; ELSE ROLLBACK; END IF;
	END LOOP;
	INSERT INTO u VALUES (200, 0);
END $$;
CALL batches();
SELECT is(string_agg(DISTINCT record_id, ' ' ORDER BY record_id), '101 103 200', 'a procedure that commits and rolls back') FROM dbeng.audit_log WHERE relation = 'u'::regclass AND record_id > '1';
SELECT is(count(DISTINCT transaction_id), 3::bigint, 'in three transactions') FROM dbeng.audit_log WHERE relation = 'u'::regclass AND record_id > '1';
SELECT told.remember('u');

-- ROLLBACK AND CHAIN, COMMIT AND CHAIN.
BEGIN;
UPDATE u SET n = 1 WHERE id = 200;
COMMIT AND CHAIN;
UPDATE u SET n = 2 WHERE id = 200;
ROLLBACK AND CHAIN;
UPDATE u SET n = 3 WHERE id = 200;
COMMIT;
SELECT is(told.last('u'), 'update 200 {"n": 1, "id": 200} -> {"n": 3}', 'chained transactions');
SELECT told.remember('u');

-- Two phases; with savepoints before.
SELECT current_setting('max_prepared_transactions')::int > 0 AS prepares \gset
\if :prepares
BEGIN;
UPDATE t SET n = 40 WHERE id = 1;
SAVEPOINT a;
UPDATE t SET n = 41 WHERE id = 1;
ROLLBACK TO a;
INSERT INTO t VALUES (4, 4);
PREPARE TRANSACTION 'told';
SELECT is(told.log('t') ~ '40', false, 'prepared is not committed');
INSERT INTO u VALUES (300, 0);
COMMIT PREPARED 'told';
SELECT is((SELECT string_agg(concat_ws(' ', action, record_id, new_data), ', ' ORDER BY audit_id) FROM dbeng.audit_log WHERE transaction_id = (SELECT transaction_id FROM dbeng.audit_log WHERE record_id = '4')),
	'UPDATE 1 {"n": 40}, INSERT 4 {"n": 4, "id": 4}', 'committed, it is logged');
BEGIN;
DELETE FROM u;
PREPARE TRANSACTION 'told';
ROLLBACK PREPARED 'told';
SELECT told.remember('t', 'u');
\endif

-- Cursors that outlive a transaction, and rows changed through a cursor.
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT * FROM t ORDER BY id;
UPDATE t SET n = n + 1 WHERE id = 77;
COMMIT;
FETCH 1 FROM held \gset held_
CLOSE held;
BEGIN;
DECLARE here CURSOR FOR SELECT * FROM t WHERE id = 77 FOR UPDATE;
FETCH 1 FROM here \gset here_
UPDATE t SET n = 770 WHERE CURRENT OF here;
DELETE FROM t WHERE CURRENT OF here;
ROLLBACK;
SELECT is(told.last('t'), 'update 77 {"n": 1, "id": 77} -> {"n": 2}', 'WITH HOLD');
BEGIN;
DECLARE here CURSOR FOR SELECT * FROM u WHERE id = 200 FOR UPDATE;
FETCH 1 FROM here \gset here_
UPDATE u SET n = 770 WHERE CURRENT OF here;
COMMIT;
SELECT is(told.last('u'), 'update 200 {"n": 3, "id": 200} -> {"n": 770}', 'WHERE CURRENT OF');
SELECT told.remember('t', 'u');

-- Locking, maintenance and reading are no changes.
SELECT told.count('t') AS before \gset
BEGIN;
SELECT count(*) FROM (SELECT * FROM t FOR UPDATE) x \gset
SELECT count(*) FROM (SELECT * FROM t FOR KEY SHARE) x \gset
COMMIT;
VACUUM FULL t;
CLUSTER t USING t_pkey;
REINDEX TABLE t;
ANALYZE t;
VACUUM FREEZE t;
ALTER TABLE t SET (fillfactor = 50);
ALTER TABLE t ALTER n TYPE bigint;
SELECT is(told.count('t'), :before::bigint, 'locking, VACUUM FULL, CLUSTER and rewrites log nothing');
BEGIN;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
UPDATE t SET n = n + 1 WHERE id = 77;
SELECT count(*) FROM t \gset
UPDATE t SET n = n + 1 WHERE id = 77 AND (SELECT count(*) FROM t) > 0;
SELECT is(count(*), 2::bigint, 'with a parallel query between') FROM dbeng.audit_log WHERE transaction_id = pg_current_xact_id();
COMMIT;
SELECT told.remember('t', 'u', 'deferred');
SELECT told.past_is_right('transactions');
\ir audit/end.sql
