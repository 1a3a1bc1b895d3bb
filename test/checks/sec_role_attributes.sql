-- firing
CREATE ROLE fx_maker LOGIN CREATEROLE;
CREATE ROLE "fx_Both" LOGIN REPLICATION CREATEDB;
-- expect: fx_maker | CREATEROLE
-- expect: "fx_Both" | CREATEDB, REPLICATION

-- silent: a replication role, a test suite's role, groups and plain roles
CREATE ROLE fx_replica LOGIN REPLICATION;
CREATE ROLE fx_tests LOGIN CREATEDB;
CREATE ROLE fx_admins CREATEROLE;
CREATE ROLE fx_app LOGIN;
