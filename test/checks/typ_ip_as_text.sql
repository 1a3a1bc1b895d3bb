-- firing
CREATE TABLE t (id int PRIMARY KEY, client_ip varchar(45), ip_address text);
INSERT INTO t SELECT i, '10.0.0.' || i, 'fe80::' || i FROM generate_series(1, 100) i;
ANALYZE t;
CREATE TABLE u (id int PRIMARY KEY, ip text);
-- expect: public.t.client_ip | sampled values are IP addresses
-- expect: public.t.ip_address | sampled values
-- expect: public.u.ip | by its name

-- silent
CREATE TABLE t (id int PRIMARY KEY, client_ip inet, ip_hash text, zip text, address text, ip text, description text);
INSERT INTO t SELECT i, '10.0.0.1', 'x', 'y', 'z', md5(i::text) FROM generate_series(1, 100) i;
ANALYZE t;
