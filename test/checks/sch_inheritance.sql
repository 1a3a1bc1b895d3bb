-- firing
CREATE TABLE "Things" (id int PRIMARY KEY);
CREATE TABLE books (pages int) INHERITS ("Things");
CREATE TABLE films (minutes int) INHERITS ("Things");
CREATE TABLE single (id int PRIMARY KEY);
CREATE TABLE only_child () INHERITS (single);
CREATE TABLE grandchild () INHERITS (only_child);
-- expect: public."Things" | ^2 tables inherit from it
-- expect: public.single | ^1 table inherits from it

-- silent
CREATE TABLE plain (id int PRIMARY KEY);
CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (10);
