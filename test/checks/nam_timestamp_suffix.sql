-- firing
SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, created_at timestamptz)', i) FROM generate_series(1, 20) i \gexec
CREATE TABLE odd (id int PRIMARY KEY, published timestamptz, valid_until timestamptz(3));
-- expect: public.odd | ^published: no _at, which 20 of the schema's 22

-- silent: no style
SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, created_at timestamptz, updated timestamptz)', i) FROM generate_series(1, 12) i \gexec

-- silent
SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, "createdAt" timestamptz, day date)', i) FROM generate_series(1, 12) i \gexec
CREATE TABLE sessions (id int PRIMARY KEY, expires_on timestamptz);
