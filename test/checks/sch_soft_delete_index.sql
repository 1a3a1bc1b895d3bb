-- firing
CREATE TABLE users (id int PRIMARY KEY, "E Mail" text UNIQUE, deleted_at timestamptz);
CREATE UNIQUE INDEX users_lower ON users (lower("E Mail"));
CREATE TABLE pages (id int PRIMARY KEY, site_id int, slug text, discarded_at timestamp, UNIQUE (site_id, slug));
-- expect: public."users_E Mail_key" | what one had in \("E Mail"\) cannot be used again
-- expect: public.users_lower | in \(its expression\)
-- expect: public.pages_site_id_slug_key | \(site_id, slug\) .* WHERE discarded_at IS NULL

-- silent
CREATE TABLE users (id int PRIMARY KEY, email text, deleted_at timestamptz, token uuid UNIQUE, code text UNIQUE DEFAULT md5(random()::text));
CREATE UNIQUE INDEX users_email ON users (email) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX users_both ON users (email, deleted_at);
CREATE INDEX users_plain ON users (email);
CREATE TABLE kept (id int PRIMARY KEY, email text UNIQUE);
CREATE TABLE referred (id int PRIMARY KEY, code text UNIQUE, deleted_at timestamptz);
CREATE TABLE referring (id int PRIMARY KEY, code text REFERENCES referred (code));
CREATE TABLE never_used (id int PRIMARY KEY, email text UNIQUE, deleted_at timestamptz);
INSERT INTO never_used SELECT i, i::text FROM generate_series(1, 100) i;
ANALYZE never_used;
