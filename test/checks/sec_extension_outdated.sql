-- firing
CREATE EXTENSION pg_stat_statements VERSION '1.8';
-- expect: pg_stat_statements | version 1.8 is installed

-- silent
CREATE EXTENSION pg_stat_statements;
