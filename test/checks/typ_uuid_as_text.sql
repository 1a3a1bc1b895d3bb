-- firing: by the values
CREATE TABLE t (id text PRIMARY KEY, other text);
INSERT INTO t SELECT gen_random_uuid(), 'abc' FROM generate_series(1, 200);
ANALYZE t;
-- expect: public.t.id | sampled values are UUIDs

-- firing: domains too
CREATE DOMAIN key AS varchar(40);
CREATE TABLE t (id key PRIMARY KEY);
INSERT INTO t SELECT gen_random_uuid() FROM generate_series(1, 200);
ANALYZE t;
-- expect: public.t.id | all \d+ sampled values are UUIDs

-- firing: by name and length
CREATE TABLE t (id int PRIMARY KEY, device_uuid varchar(36));
-- expect: public.t.device_uuid | length of 36

-- silent
CREATE TABLE t (id uuid PRIMARY KEY, uuid_list text, order_uuid text, hash text, guid varchar(36));
INSERT INTO t SELECT gen_random_uuid(), 'a,b', 'not one', substr(md5(i::text) || md5(i::text), 1, 36), 'x' || i FROM generate_series(1, 200) i;
ANALYZE t;
