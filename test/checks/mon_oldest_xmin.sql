-- firing
-- threshold: {"transactions": 100}
CREATE ROLE fx_app LOGIN;
BEGIN;
CREATE TABLE t (a int);
PREPARE TRANSACTION 'fx_forgotten';
-- before check: \connect - fx_app \\ BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1
-- before check: DO $$ BEGIN FOR i IN 1..150 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$
-- expect: session of fx_app | a transaction of pid [0-9]+ \(idle in transaction, database fx\), open for .* the last 15[0-9] transactions
-- expect: prepared transaction fx_forgotten | it \(database fx\), open for .* keeps VACUUM from removing

-- silent
CREATE ROLE fx_app LOGIN;
-- before check: \connect - fx_app \\ BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1
