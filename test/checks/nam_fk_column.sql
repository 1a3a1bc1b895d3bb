-- firing
CREATE TABLE users (id int PRIMARY KEY);
SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, user_id int REFERENCES users)', i) FROM generate_series(1, 12) i \gexec
CREATE TABLE odd (id int PRIMARY KEY, customer int REFERENCES users);
-- expect: public.odd.customer | refers to users without saying so by _id, as 12 of the schema's 13

-- silent: keys with names of their own, shared keys, created_by
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE countries (code text PRIMARY KEY);
SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, "userId" int REFERENCES users, user_id int REFERENCES users)', i) FROM generate_series(1, 12) i \gexec
CREATE TABLE odd (id int PRIMARY KEY REFERENCES users, country text REFERENCES countries, created_by int REFERENCES users);

-- silent: no style
CREATE TABLE users (id int PRIMARY KEY);
SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, %I int REFERENCES users)', i, CASE i % 2 WHEN 0 THEN 'owner' ELSE 'user_id' END) FROM generate_series(1, 20) i \gexec
