-- threshold: {"sessions": 2}

-- firing
CREATE ROLE fx_app LOGIN;
CREATE TABLE t (a int);
ALTER TABLE t OWNER TO fx_app;
-- before check: \connect - fx_app \\ SELECT 1
-- before check: \connect - fx_app \\ SELECT 1
-- expect: fx_app | ^2 of 2 sessions here are this role's, and it owns 1 table

-- silent: owns nothing
CREATE ROLE fx_app LOGIN;
CREATE TABLE t (a int);
-- before check: \connect - fx_app \\ SELECT 1
-- before check: \connect - fx_app \\ SELECT 1

-- silent: one session
CREATE ROLE fx_app LOGIN;
CREATE TABLE t (a int);
ALTER TABLE t OWNER TO fx_app;
-- before check: \connect - fx_app \\ SELECT 1
