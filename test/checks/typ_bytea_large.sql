-- threshold: {"megabytes": 1, "kilobytes_per_row": 16}

-- firing
CREATE TABLE files (id int PRIMARY KEY, name text, content bytea);
ALTER TABLE files ALTER content SET STORAGE EXTERNAL;
INSERT INTO files SELECT i, 'f' || i, decode(repeat('ab', 40000), 'hex') FROM generate_series(1, 40) i;
VACUUM ANALYZE files;
-- expect: public.files.content | of large values

-- silent
CREATE TABLE hashes (id int PRIMARY KEY, hash bytea, page text);
INSERT INTO hashes SELECT i, sha256(i::text::bytea), repeat(md5(i::text), 30) FROM generate_series(1, 1000) i;
VACUUM ANALYZE hashes;
