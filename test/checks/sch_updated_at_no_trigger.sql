-- firing: the statements seen leave it out
-- extension: pg_stat_statements
CREATE TABLE notes (id int PRIMARY KEY, body text, updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE "Other" (id int PRIMARY KEY, "updatedAt" timestamp DEFAULT now());
INSERT INTO notes VALUES (1, 'a');
UPDATE notes SET body = 'b' WHERE id = 1;
UPDATE public."Other" AS o SET id = 2;
-- expect: public.notes | updated_at is set by no trigger and by none of the UPDATE statements seen \(1 updates
-- expect: public."Other" | "updatedAt" is set by no trigger

-- firing: one of the others was forgotten
CREATE TABLE schema_migrations (version varchar PRIMARY KEY);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN NEW; END';
CREATE TABLE a (id int PRIMARY KEY, updated_at timestamptz);
CREATE TABLE b (id int PRIMARY KEY, updated_at timestamptz);
CREATE TABLE c (id int PRIMARY KEY, updated_at timestamptz);
CREATE TRIGGER stamp BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TRIGGER stamp BEFORE UPDATE ON b FOR EACH ROW EXECUTE FUNCTION stamp();
INSERT INTO c SELECT generate_series(1, 10);
UPDATE c SET id = id + 100;
-- expect: public.c | as it is in other tables: 10 updates so far

-- silent: the application may do it
CREATE TABLE notes (id int PRIMARY KEY, updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE texts (id int PRIMARY KEY, updated_at timestamptz);

-- silent: statements are seen that do it
-- extension: pg_stat_statements
CREATE TABLE notes (id int PRIMARY KEY, updated_at timestamptz NOT NULL DEFAULT now());
UPDATE notes SET id = 2, updated_at = now() WHERE id = 1;
UPDATE notes SET id = 3;

-- silent: a trigger does it
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN NEW; END';
CREATE TABLE notes (id int PRIMARY KEY, updated_at timestamptz DEFAULT now());
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TABLE texts (id int PRIMARY KEY, updated_at text DEFAULT 'x');
