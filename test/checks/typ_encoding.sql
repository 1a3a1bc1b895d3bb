-- firing
UPDATE pg_database SET encoding = 0 WHERE datname = current_database();
-- expect: fx | SQL_ASCII

-- firing
UPDATE pg_database SET encoding = 8 WHERE datname = current_database();
-- expect: fx | the encoding is LATIN1

-- silent
CREATE TABLE t (id int PRIMARY KEY);
