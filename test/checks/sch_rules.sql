-- firing
CREATE TABLE notes (id int PRIMARY KEY);
CREATE RULE "no delete" AS ON DELETE TO notes DO INSTEAD NOTHING;
CREATE TABLE copies (id int);
CREATE RULE copy AS ON INSERT TO notes DO ALSO INSERT INTO copies VALUES (NEW.id);
-- expect: "no delete" on public.notes | each DELETE is rewritten before it is planned and does something else instead
-- expect: copy on public.notes | each INSERT is rewritten before it is planned;

-- silent
CREATE TABLE notes (id int PRIMARY KEY);
CREATE VIEW seen AS SELECT id FROM notes;
CREATE RULE through AS ON DELETE TO seen DO INSTEAD DELETE FROM notes WHERE id = OLD.id;
CREATE RULE off AS ON DELETE TO notes DO INSTEAD NOTHING;
ALTER TABLE notes DISABLE RULE off;
