-- firing
CREATE TABLE by_length (id varchar(36) PRIMARY KEY, name text);
CREATE TABLE by_default ("Id" text PRIMARY KEY DEFAULT gen_random_uuid()::text);
CREATE TABLE by_statistics (id text PRIMARY KEY);
INSERT INTO by_statistics SELECT gen_random_uuid() FROM generate_series(1, 1500);
ANALYZE by_statistics;
-- expect: public.by_length | id holds UUIDs as text: 37 bytes
-- expect: public.by_default | "Id" holds UUIDs as text
-- expect: public.by_statistics | id holds UUIDs as text

-- firing: long keys of many rows
-- threshold: {"rows": 1000}
CREATE TABLE pages (url text PRIMARY KEY);
INSERT INTO pages SELECT 'https://www.example.com/pages/' || i FROM generate_series(1, 1200) i;
ANALYZE pages;
-- expect: public.pages | url is text of 3\d bytes on average, repeated in each index and each reference to its 1,200 rows

-- silent
CREATE TABLE countries (code char(2) PRIMARY KEY, name text);
CREATE TABLE currencies (code text PRIMARY KEY, name text);
CREATE TABLE real_uuids (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
CREATE TABLE pairs (a varchar(36), b varchar(36), PRIMARY KEY (a, b));
CREATE TABLE pages (url text PRIMARY KEY);
INSERT INTO pages SELECT 'https://www.example.com/pages/' || i FROM generate_series(1, 1200) i;
ANALYZE pages;
CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY);
