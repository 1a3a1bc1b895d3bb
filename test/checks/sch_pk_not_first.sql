-- firing
CREATE TABLE late (name text, "The Id" int PRIMARY KEY);
CREATE TABLE later (a int, b int, c int, d int, PRIMARY KEY (d, c));
-- expect: public.late | 1 column comes before "The Id"
-- expect: public.later | 2 columns come before d

-- silent
CREATE TABLE first (id int PRIMARY KEY, name text);
CREATE TABLE composite (a int, b int, c int, PRIMARY KEY (b, a));
CREATE TABLE keyless (a int, b int);
CREATE TABLE parent (name text);
CREATE TABLE child (id int PRIMARY KEY) INHERITS (parent);
