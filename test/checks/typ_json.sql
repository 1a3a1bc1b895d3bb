-- firing
CREATE TABLE t (id int PRIMARY KEY, doc json DEFAULT '{}', more json, best jsonb);
INSERT INTO t VALUES (1, '{"a": 1}');
-- expect: public.t | ^doc and more are json:

-- firing: partitions once
CREATE TABLE p (id int, doc json) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10);
-- expect: public.p | ^doc is json

-- silent
CREATE TABLE t (id int PRIMARY KEY, doc jsonb, raw_body json, request json);

-- firing: functions for json would not take jsonb, so there is no fix
CREATE TABLE t (id int PRIMARY KEY, doc json CHECK (json_typeof(doc) = 'object'));
CREATE TABLE u (id int PRIMARY KEY, doc json);
CREATE VIEW v AS SELECT doc FROM u;
-- expect: public.t | ^doc is json
-- expect: public.u | ^doc is json
