-- enable
-- firing
CREATE TABLE alone (id int PRIMARY KEY);
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY REFERENCES a);
-- expect: public.alone | no foreign key leads to it or from it

-- silent
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY REFERENCES a);
CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY);
