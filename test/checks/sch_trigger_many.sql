-- firing
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NEW; END';
CREATE TABLE busy (id int PRIMARY KEY);
DO $$ BEGIN FOR i IN 1..6 LOOP EXECUTE format('CREATE TRIGGER t%s BEFORE UPDATE ON busy FOR EACH ROW EXECUTE FUNCTION f()', i); END LOOP; END $$;
CREATE TABLE sleepy (id int PRIMARY KEY);
CREATE TRIGGER "zz Z" AFTER INSERT ON sleepy FOR EACH STATEMENT EXECUTE FUNCTION slow();
-- expect: public.busy | ^6 triggers run for each row of an UPDATE
-- expect: public.sleepy | trigger "zz Z" calls pg_sleep\(\)

-- silent
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION queued() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM net.http_post(''x''); PERFORM my_pg_sleep(1); RETURN NEW; END';
CREATE TABLE spread (id int PRIMARY KEY);
CREATE TRIGGER q AFTER INSERT ON spread FOR EACH ROW EXECUTE FUNCTION queued();
DO $$ BEGIN FOR i IN 1..3 LOOP
	EXECUTE format('CREATE TRIGGER u%s BEFORE UPDATE ON spread FOR EACH ROW EXECUTE FUNCTION f()', i);
	EXECUTE format('CREATE TRIGGER i%s BEFORE INSERT ON spread FOR EACH ROW EXECUTE FUNCTION f()', i);
	EXECUTE format('CREATE TRIGGER s%s BEFORE UPDATE ON spread FOR EACH STATEMENT EXECUTE FUNCTION f()', i);
END LOOP; END $$;
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE children (id int PRIMARY KEY, a int REFERENCES parents, b int REFERENCES parents, c int REFERENCES parents,
	d int REFERENCES parents, e int REFERENCES parents, f int REFERENCES parents);
