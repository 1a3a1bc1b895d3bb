-- firing
CREATE TABLE parents (id bigint PRIMARY KEY, small_id int UNIQUE, code text UNIQUE, n numeric UNIQUE);
CREATE TABLE children (id int PRIMARY KEY,
	"Parent Id" int CONSTRAINT narrow REFERENCES parents,
	wide_id bigint CONSTRAINT wide REFERENCES parents (small_id),
	code varchar(20) CONSTRAINT limited REFERENCES parents (code),
	sorted text COLLATE "C" CONSTRAINT sorted REFERENCES parents (code),
	n int CONSTRAINT numbers REFERENCES parents (n));
-- expect: narrow on public.children | "Parent Id" is integer but refers to bigint public.parents.id: rows numbered above 2,147,483,647
-- expect: wide on public.children | wide_id is bigint but refers to integer public.parents.small_id
-- expect: limited on public.children | code is character varying but refers to text
-- expect: sorted on public.children | under another collation \("C", there "default"\)
-- expect: numbers on public.children | n is integer but refers to numeric

-- silent
CREATE DOMAIN key AS bigint;
CREATE TABLE parents (id bigint PRIMARY KEY, code varchar(36) UNIQUE);
CREATE TABLE children (id key PRIMARY KEY, parent_id key REFERENCES parents, code varchar(50) REFERENCES parents (code));
CREATE TABLE parted (id int, parent_id bigint REFERENCES parents) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (10);
