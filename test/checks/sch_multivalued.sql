-- firing
CREATE TABLE t (id int PRIMARY KEY, tag_ids text, "emailList" varchar(200));
INSERT INTO t SELECT i, i || ',' || i + 1 || ', ' || i + 2, 'a' || i || '@example.org;b@example.org' FROM generate_series(1, 200) i;
ANALYZE t;
-- expect: public.t.tag_ids | sampled values are lists
-- expect: public.t."emailList" | sampled values are lists

-- silent
CREATE TABLE t (id int PRIMARY KEY, tag_ids int[], external_ids text, wish_list text, json_list text, description text);
INSERT INTO t SELECT i, ARRAY[i], 'x' || i, 'a bike, or two, and a ball ' || i, format('["a", "b%s"]', i), 'a,b' FROM generate_series(1, 200) i;
ANALYZE t;
CREATE TABLE u (id int PRIMARY KEY, tag_ids text);
