-- Collations of ICU do not exist in a database without an encoding, which the server of the tests may have made.

-- firing
SET allow_system_table_mods = on;
UPDATE pg_database SET encoding = pg_char_to_encoding('UTF8') WHERE datname = current_database();
\connect fx
CREATE TABLE t (id int PRIMARY KEY, name text COLLATE "de-x-icu", other text COLLATE "sv-x-icu");
CREATE INDEX "T Name" ON t (name, lower(name));
CREATE INDEX t_name_2 ON t (name DESC);
CREATE TABLE ranges (id int PRIMARY KEY, name text COLLATE "de-x-icu", EXCLUDE USING btree (name WITH =));
CREATE INDEX t_other ON t (other);
SET allow_system_table_mods = on;
UPDATE pg_collation SET collversion = '0.1' WHERE collname IN ('de-x-icu', 'fr-x-icu');
-- expect: de-x-icu | recorded with version 0.1, but the server's libraries now have .*: 3 indexes that it orders may be corrupt

-- silent: not used by an index, or not by its order
SET allow_system_table_mods = on;
UPDATE pg_database SET encoding = pg_char_to_encoding('UTF8') WHERE datname = current_database();
\connect fx
CREATE TABLE t (id int PRIMARY KEY, name text COLLATE "de-x-icu", plain text COLLATE "C", fine text COLLATE "sv-x-icu");
CREATE INDEX t_fine ON t (fine);
CREATE INDEX t_hash ON t USING hash (name);
CREATE INDEX t_c ON t (name COLLATE "C");
CREATE INDEX t_plain ON t (plain);
SET allow_system_table_mods = on;
UPDATE pg_collation SET collversion = '0.1' WHERE collname = 'de-x-icu';

-- silent
SET allow_system_table_mods = on;
UPDATE pg_database SET encoding = pg_char_to_encoding('UTF8') WHERE datname = current_database();
\connect fx
CREATE TABLE t (id int PRIMARY KEY, name text COLLATE "de-x-icu", other text);
CREATE INDEX t_name ON t (name);
CREATE INDEX t_other ON t (other);
