-- firing
CREATE TABLE people (id int PRIMARY KEY, name text, "Mail" text, born date);
CREATE TABLE known (id int PRIMARY KEY, name text, mail text, born date);
INSERT INTO known SELECT i, 'n' || i, 'm' || i, NULL FROM generate_series(1, 1500) i;
ANALYZE known;
-- expect: public.people | all 3 columns beside the key may be NULL: a row
-- expect: public.known | all 3 columns beside the key may be NULL, yet 2 of them never are in 1,500 rows

-- silent
CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, mail text, born date);
CREATE TABLE few (id int PRIMARY KEY, name text, mail text);
CREATE DOMAIN required AS text NOT NULL;
CREATE TABLE by_domain (id int PRIMARY KEY, name required, mail text, born date);
CREATE TABLE by_check (id int PRIMARY KEY, a int, b int, c int, CHECK (num_nonnulls(a, b, c) = 1));
CREATE TABLE by_test (id int PRIMARY KEY, a int, b int, c int, CHECK (a IS NOT NULL OR b IS NOT NULL));
CREATE TABLE import_people (id int PRIMARY KEY, a text, b text, c text);
CREATE UNLOGGED TABLE passing (a text, b text, c text);
