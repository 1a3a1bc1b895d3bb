-- enable

-- firing
CREATE TABLE t (id int PRIMARY KEY, name varchar(40) NOT NULL DEFAULT 'x', "Title" varchar(10));
INSERT INTO t VALUES (1, 'a', 'b');
-- expect: public.t | ^name and "Title" are varchar

-- firing: a view reads it
CREATE TABLE t (id int PRIMARY KEY, name varchar(40));
CREATE VIEW v AS SELECT upper(name) FROM t;
-- expect: public.t | name is varchar

-- silent
CREATE TABLE t (id int PRIMARY KEY, name varchar, title text);
