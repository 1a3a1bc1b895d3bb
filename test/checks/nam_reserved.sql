-- firing
CREATE TABLE "user" (id int PRIMARY KEY, "order" int, "end" date);
CREATE TABLE "group" (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, "left" int);
-- expect: public."user" | ^the table's name and "order" and "end": reserved words, which only work
-- expect: public."group" | table's name
-- expect: public.t | ^"left": reserved word, which only works

-- silent
CREATE TABLE users (id int PRIMARY KEY, name text, type text, value text, position int, "User" int, date date, role text, "time" time, row_number int, "between" int);
