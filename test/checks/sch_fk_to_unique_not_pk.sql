-- firing
CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE);
CREATE TABLE visits (id int PRIMARY KEY, email text CONSTRAINT "by mail" REFERENCES users (email));
-- expect: "by mail" on public.visits | refers to public.users by its unique \(email\)

-- silent
CREATE TABLE users (id int PRIMARY KEY, tenant_id int NOT NULL, UNIQUE (tenant_id, id));
CREATE TABLE visits (id int PRIMARY KEY, tenant_id int NOT NULL, user_id int REFERENCES users,
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id));
CREATE TABLE keyless (code text UNIQUE);
CREATE TABLE coded (id int PRIMARY KEY, code text REFERENCES keyless (code));
