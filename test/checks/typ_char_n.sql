-- firing
CREATE TABLE t (id int PRIMARY KEY, name char(40) DEFAULT 'x', title char(20) NOT NULL, note text, kind char(1));
INSERT INTO t VALUES (1, 'a', 'b');
CREATE UNIQUE INDEX ON t (name);
-- expect: public.t | ^name and title are char\(n\): .* up to 40

-- firing: codes too, as a notice
CREATE TABLE t (id int PRIMARY KEY, country char(2), sha1 char(40));
-- expect: public.t | ^country and sha1 are char

-- silent
CREATE TABLE t (id int PRIMARY KEY, a varchar(10), b text, c bpchar, d "char", e name);
