-- firing
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE notes (id int PRIMARY KEY);
CREATE TRIGGER "Off" BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE notes DISABLE TRIGGER "Off";
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE "Children" (id int PRIMARY KEY, parent_id int REFERENCES parents);
ALTER TABLE "Children" DISABLE TRIGGER ALL;
-- expect: "Off" on public.notes | switched off: writes go by without it
-- expect: public."Children" | 2 foreign key triggers are switched off

-- firing: partitions
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE parted (id int) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (10);
CREATE TRIGGER t AFTER UPDATE ON parted FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE parted DISABLE TRIGGER t;
CREATE TABLE "Other" (id int) PARTITION BY RANGE (id);
CREATE TABLE other_1 PARTITION OF "Other" FOR VALUES FROM (1) TO (10);
CREATE TRIGGER t AFTER UPDATE ON "Other" FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE other_1 DISABLE TRIGGER t;
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE linked (id int, parent_id int REFERENCES parents) PARTITION BY RANGE (id);
CREATE TABLE linked_1 PARTITION OF linked FOR VALUES FROM (1) TO (10);
ALTER TABLE linked_1 DISABLE TRIGGER ALL;
-- expect: public.linked_1 | 2 foreign key triggers are switched off
-- expect: t on public.parted | switched off
-- expect: t on public.other_1 | switched off

-- silent
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE notes (id int PRIMARY KEY);
CREATE TRIGGER on_always BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE notes ENABLE ALWAYS TRIGGER on_always;
CREATE TRIGGER on_replicas BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE notes ENABLE REPLICA TRIGGER on_replicas;
CREATE TABLE children (id int PRIMARY KEY, note_id int REFERENCES notes);
