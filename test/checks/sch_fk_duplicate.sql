-- firing
CREATE TABLE parents (id int PRIMARY KEY, a int, b int, UNIQUE (a, b));
CREATE TABLE children (id int PRIMARY KEY, parent_id int CONSTRAINT one REFERENCES parents, a int, b int,
	CONSTRAINT two FOREIGN KEY (parent_id) REFERENCES parents,
	CONSTRAINT pair FOREIGN KEY (a, b) REFERENCES parents (a, b),
	CONSTRAINT "Pair Again" FOREIGN KEY (b, a) REFERENCES parents (b, a));
CREATE TABLE actions (id int PRIMARY KEY, parent_id int CONSTRAINT plain REFERENCES parents,
	CONSTRAINT cascading FOREIGN KEY (parent_id) REFERENCES parents ON DELETE CASCADE);
-- expect: two on public.children | \(parent_id\) is checked against public.parents by one as well
-- expect: "Pair Again" on public.children | by pair as well
-- expect: cascading on public.actions | twice and differently: ON DELETE CASCADE ON UPDATE NO ACTION here, ON DELETE NO ACTION

-- firing: the one that was validated stays
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE children (id int PRIMARY KEY, parent_id int);
ALTER TABLE children ADD CONSTRAINT half FOREIGN KEY (parent_id) REFERENCES parents NOT VALID;
ALTER TABLE children ADD CONSTRAINT whole FOREIGN KEY (parent_id) REFERENCES parents;
-- expect: half on public.children | by whole as well

-- silent
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE others (id int PRIMARY KEY);
CREATE TABLE children (id int PRIMARY KEY, parent_id int REFERENCES parents, second_id int REFERENCES parents,
	FOREIGN KEY (parent_id) REFERENCES others);
CREATE TABLE parted (id int, parent_id int REFERENCES parents) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (10);
