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

CREATE TABLE orders (id int PRIMARY KEY, number text UNIQUE DEFERRABLE, placed_at date);
CREATE TABLE lines (id int PRIMARY KEY, order_id int NOT NULL REFERENCES orders, n int, sku text, UNIQUE (order_id, n));
CREATE INDEX lines_sku ON lines (sku);
CREATE INDEX orders_placed ON orders (placed_at);
ALTER TABLE orders CLUSTER ON orders_placed;
CREATE INDEX lines_order ON lines (order_id, sku);
SELECT dbeng.enable_soft_delete('orders', live_indexes => true);
SELECT dbeng.enable_soft_delete('lines', live_indexes => true);
DROP INDEX lines_sku;
SELECT dbeng.disable_soft_delete('lines');
DROP INDEX lines_order;
SELECT dbeng.enable_soft_delete('lines');

CREATE TABLE carts (id int PRIMARY KEY);
CREATE TABLE items (id int PRIMARY KEY, cart_id int NOT NULL REFERENCES carts ON DELETE CASCADE);
CREATE TABLE notes (id int PRIMARY KEY, item_id int REFERENCES items ON DELETE CASCADE, cart_id int REFERENCES carts ON DELETE CASCADE);
SELECT dbeng.enable_soft_delete('carts');
SELECT dbeng.disable_soft_delete('items');
SELECT dbeng.disable_soft_delete('carts');
SELECT dbeng.disable_soft_delete('notes');

SET client_min_messages = warning;
DROP SCHEMA told CASCADE;
