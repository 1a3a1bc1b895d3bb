-- firing
CREATE TABLE parents (a int, b int, c int, PRIMARY KEY (a, b), UNIQUE (a, b, c));
CREATE TABLE children (id int PRIMARY KEY, a int, "B" int, CONSTRAINT pair FOREIGN KEY (a, "B") REFERENCES parents);
CREATE TABLE three (id int PRIMARY KEY, a int NOT NULL, b int, c int, CONSTRAINT three FOREIGN KEY (a, b, c) REFERENCES parents (a, b, c));
-- expect: pair on public.children | a NULL in one of \(a, "B"\)
-- expect: three on public.three | a NULL in one of \(b, c\)

-- silent
CREATE TABLE parents (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE required (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, FOREIGN KEY (a, b) REFERENCES parents);
CREATE TABLE optional (id int PRIMARY KEY, a int NOT NULL, b int, FOREIGN KEY (a, b) REFERENCES parents);
CREATE TABLE matched (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES parents MATCH FULL);
CREATE TABLE checked (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES parents, CHECK ((a IS NULL) = (b IS NULL)));
CREATE TABLE single (id int PRIMARY KEY REFERENCES required);
