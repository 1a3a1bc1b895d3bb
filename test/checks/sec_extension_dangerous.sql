-- firing
CREATE EXTENSION dblink;
-- expect: dblink | PUBLIC may call

-- silent
CREATE EXTENSION pg_stat_statements;
CREATE EXTENSION citext;
