-- firing
CREATE TABLE l0 (id int PRIMARY KEY);
CREATE TABLE l1 (id int PRIMARY KEY, up int REFERENCES l0 ON DELETE CASCADE);
CREATE TABLE l2 (id int PRIMARY KEY, up int REFERENCES l1 ON DELETE CASCADE);
CREATE TABLE l3 (id int PRIMARY KEY, up int REFERENCES l2 ON DELETE CASCADE);
CREATE TABLE l4 (id int PRIMARY KEY, up int REFERENCES l3 ON DELETE CASCADE);
CREATE TABLE l5 (id int PRIMARY KEY, up int REFERENCES l4 ON DELETE CASCADE, same int REFERENCES l5 ON DELETE CASCADE);
-- expect: public.l0 | cascades through 5 levels into 5 tables with 0 rows, down to public.l5

-- firing: few levels, many rows
-- threshold: {"big_tables": 2, "rows": 100}
CREATE TABLE "Top" (id int PRIMARY KEY);
CREATE TABLE a (id int PRIMARY KEY, up int REFERENCES "Top" ON DELETE CASCADE);
CREATE TABLE b (id int PRIMARY KEY, up int REFERENCES "Top" ON DELETE CASCADE);
INSERT INTO a SELECT generate_series(1, 500);
INSERT INTO b SELECT generate_series(1, 500);
ANALYZE;
-- expect: public."Top" | through 1 levels into 2 tables with 1,000 rows

-- silent
CREATE TABLE l0 (id int PRIMARY KEY);
CREATE TABLE l1 (id int PRIMARY KEY, up int REFERENCES l0 ON DELETE CASCADE);
CREATE TABLE l2 (id int PRIMARY KEY, up int REFERENCES l1 ON DELETE CASCADE);
CREATE TABLE l3 (id int PRIMARY KEY, up int REFERENCES l2);
CREATE TABLE l4 (id int PRIMARY KEY, up int REFERENCES l3 ON DELETE CASCADE);
CREATE TABLE l5 (id int PRIMARY KEY, up int REFERENCES l4 ON DELETE CASCADE);
CREATE TABLE round (id int PRIMARY KEY, up int REFERENCES round ON DELETE CASCADE);
