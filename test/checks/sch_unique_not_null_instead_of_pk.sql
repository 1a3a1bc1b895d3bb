-- firing
CREATE TABLE by_index (a int NOT NULL, b text);
CREATE UNIQUE INDEX by_index_a ON by_index (a);
CREATE TABLE "By Constraint" ("The Key" int NOT NULL UNIQUE, b text);
CREATE TABLE referred (code text NOT NULL UNIQUE);
CREATE TABLE referring (id int PRIMARY KEY, code text REFERENCES referred (code));
-- expect: public.by_index | unique index by_index_a over NOT NULL columns
-- expect: public."By Constraint" | unique index "By Constraint_The Key_key"
-- expect: public.referred | unique index referred_code_key

-- firing: a key in descending order cannot be made the primary key
CREATE TABLE backwards (a int NOT NULL);
CREATE UNIQUE INDEX backwards_a ON backwards (a DESC);
-- expect: public.backwards | unique index backwards_a

-- silent
CREATE TABLE keyed (id int PRIMARY KEY, code text NOT NULL UNIQUE);
CREATE TABLE nullable (a int UNIQUE);
CREATE TABLE partial (a int NOT NULL);
CREATE UNIQUE INDEX partial_a ON partial (a) WHERE a > 0;
CREATE TABLE expression (a text NOT NULL);
CREATE UNIQUE INDEX expression_a ON expression (lower(a));
CREATE TABLE alembic_version (version_num varchar(32) NOT NULL UNIQUE);
