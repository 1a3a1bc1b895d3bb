-- threshold: {"rows": 50}

-- firing
CREATE TABLE t (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), a int);
INSERT INTO t (a) SELECT generate_series(1, 100);
ANALYZE t;
-- expect: public.t.id | ^random UUIDs as the key of 100 rows

-- firing: by the extension
-- extension: uuid-ossp
CREATE TABLE t (id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), a int);
INSERT INTO t (a) SELECT generate_series(1, 100);
ANALYZE t;
-- expect: public.t.id | ^random UUIDs

-- silent
CREATE TABLE small (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
ANALYZE small;
CREATE TABLE by_client (id uuid PRIMARY KEY, a int);
INSERT INTO by_client SELECT gen_random_uuid(), i FROM generate_series(1, 100) i;
CREATE TABLE other (id int PRIMARY KEY, token uuid DEFAULT gen_random_uuid());
INSERT INTO other SELECT generate_series(1, 100);
ANALYZE by_client, other;

-- silent: ordered ones
-- server: >= 18
CREATE TABLE t (id uuid PRIMARY KEY DEFAULT uuidv7(), a int);
INSERT INTO t (a) SELECT generate_series(1, 100);
ANALYZE t;
