-- firing
CREATE TABLE "T" (id int, owner name);
CREATE POLICY mine ON "T" USING (owner = current_user);
-- expect: public."T" | 1 policy is written

-- silent
CREATE TABLE t (id int, owner name);
CREATE POLICY mine ON t USING (owner = current_user);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE TABLE plain (id int);
