-- What the functions for rows tell on the way: what is left to the caller, and what they have left alone.
CREATE SCHEMA told;
SET search_path = told, public;

CREATE TABLE plain (id int PRIMARY KEY, version int, updated_at timestamptz DEFAULT now());
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.updated_at := now(); RETURN NEW; END$$;
CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
CREATE FUNCTION moddatetime() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
CREATE TRIGGER touched BEFORE UPDATE ON plain FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER by_argument BEFORE INSERT OR UPDATE ON plain FOR EACH ROW EXECUTE FUNCTION moddatetime('updated_at');
CREATE TRIGGER unrelated BEFORE UPDATE ON plain FOR EACH ROW EXECUTE FUNCTION other();
CREATE TRIGGER later AFTER UPDATE ON plain FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE undated (updated_at timestamp(3) NOT NULL);
SELECT dbeng.enable_versioning('undated');
CREATE TABLE heir () INHERITS (plain);
SELECT dbeng.enable_versioning('plain');
SELECT dbeng.disable_versioning('plain');

CREATE TABLE counted (id int, version bigint NOT NULL DEFAULT 1);
CREATE FUNCTION count_it() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.version := OLD.version + 1; RETURN NEW; END$$;
CREATE TRIGGER counts BEFORE UPDATE ON counted FOR EACH ROW EXECUTE FUNCTION count_it();
SELECT dbeng.enable_versioning('counted', updated_column => NULL);
INSERT INTO counted VALUES (1);
UPDATE counted SET id = 2 RETURNING *;

CREATE TABLE customers (id int PRIMARY KEY, tenant_id int NOT NULL, email text UNIQUE, code text, UNIQUE (tenant_id, code));
SELECT dbeng.enable_tenancy('customers');
CREATE POLICY mine ON customers USING (true);
SELECT dbeng.disable_tenancy('customers');

SET client_min_messages = warning;
DROP SCHEMA told CASCADE;
