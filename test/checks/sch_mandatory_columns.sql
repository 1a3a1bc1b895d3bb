-- enable

-- firing
CREATE TABLE t (id int PRIMARY KEY, created_at timestamptz);
CREATE TABLE "U" (id int PRIMARY KEY);
-- expect: public.t | ^no column updated_at
-- expect: public."U" | ^no column created_at, updated_at

-- firing: another list
-- threshold: {"columns": "tenant_id,id"}
CREATE TABLE t (id int PRIMARY KEY);
-- expect: public.t | ^no column tenant_id

-- silent
CREATE TABLE t (id int PRIMARY KEY, created_at timestamptz, updated_at timestamptz);
CREATE TABLE schema_migrations (version text PRIMARY KEY);
