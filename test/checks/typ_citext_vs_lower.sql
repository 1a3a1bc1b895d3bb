-- firing
CREATE TABLE users (id int PRIMARY KEY, email text, name varchar(20) UNIQUE);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE UNIQUE INDEX users_email_lower ON users (lower(email));
CREATE UNIQUE INDEX users_name_lower ON users (lower(name));
-- expect: public.users.email | users_email_lower
-- expect: public.users.name | users_name_lower

-- silent
CREATE TABLE users (id int PRIMARY KEY, email text, name text);
CREATE UNIQUE INDEX ON users (lower(email));
CREATE INDEX ON users (email);
CREATE UNIQUE INDEX ON users (name);
CREATE INDEX ON users (lower(name));
CREATE UNIQUE INDEX ON users (lower(name), id);
