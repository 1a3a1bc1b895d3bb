-- firing
-- threshold: {"seconds": 0}
CREATE ROLE fx_app LOGIN;
CREATE ROLE "fx_Other" LOGIN;
-- before check: \connect - fx_app \\ BEGIN; SELECT 1
-- before check: \connect - fx_app \\ BEGIN; SELECT 1
-- before check: \connect - "fx_Other" \\ BEGIN; SELECT 1 / 0
-- before check: \connect - fx_app \\ SELECT 1
-- expect: fx_app | 2 sessions idle in transaction, the longest for .*pid [0-9]+
-- expect: fx_Other | 1 session idle in transaction

-- silent: not yet
CREATE ROLE fx_app LOGIN;
-- before check: \connect - fx_app \\ BEGIN; SELECT 1

-- silent: idle, but in no transaction
-- threshold: {"seconds": 0}
-- before check: SELECT 1
