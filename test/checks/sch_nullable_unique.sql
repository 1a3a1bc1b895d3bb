-- firing
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, "deletedAt" timestamptz);
CREATE UNIQUE INDEX users_email ON users (email, "deletedAt");
CREATE TABLE filled (id int PRIMARY KEY, a int NOT NULL, b int, UNIQUE (a, b));
INSERT INTO filled SELECT i, i, CASE WHEN i % 2 = 0 THEN i END FROM generate_series(1, 1000) i;
ANALYZE filled;
-- expect: public.users_email | NULL in "deletedAt" switches it off
-- expect: public.filled_a_b_key | NULL in b \(50 % of the rows\) switches it off

-- silent
CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, provider text, uid text, UNIQUE (provider, uid));
CREATE TABLE same_nulls (id int PRIMARY KEY, a int NOT NULL, b int, UNIQUE NULLS NOT DISTINCT (a, b));
CREATE TABLE complemented (id int PRIMARY KEY, a int NOT NULL, b int, UNIQUE (a, b));
CREATE UNIQUE INDEX complemented_a ON complemented (a) WHERE b IS NULL;
CREATE TABLE partial (id int PRIMARY KEY, a int NOT NULL, b int);
CREATE UNIQUE INDEX partial_a_b ON partial (a, b) WHERE b IS NOT NULL;
CREATE TABLE never_null (id int PRIMARY KEY, a int NOT NULL, b int, UNIQUE (a, b));
INSERT INTO never_null SELECT i, i, i FROM generate_series(1, 100) i;
ANALYZE never_null;
