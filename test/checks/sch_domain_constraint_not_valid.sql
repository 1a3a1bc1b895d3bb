-- firing
CREATE DOMAIN "Positive" AS int;
ALTER DOMAIN "Positive" ADD CONSTRAINT "above zero" CHECK (VALUE > 0) NOT VALID;
-- expect: "above zero" on public."Positive" | domain constraint is NOT VALID

-- silent
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE t (id positive PRIMARY KEY);
ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 100) NOT VALID;
ALTER DOMAIN positive VALIDATE CONSTRAINT small;
