-- firing
CREATE TABLE users (id int PRIMARY KEY, tenant_id int NOT NULL, UNIQUE (tenant_id, id));
CREATE TABLE posts (id int PRIMARY KEY, tenant_id int NOT NULL, user_id int NOT NULL CONSTRAINT narrow REFERENCES users,
	CONSTRAINT wide FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id));
-- expect: narrow on public.posts | \(user_id\) is already checked against public.users by wide over \(tenant_id, user_id\)

-- silent: the wide one is not always checked, or the narrow one does more
CREATE TABLE users (id int PRIMARY KEY, tenant_id int NOT NULL, UNIQUE (tenant_id, id));
CREATE TABLE posts (id int PRIMARY KEY, tenant_id int, user_id int NOT NULL REFERENCES users,
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id));
CREATE TABLE notes (id int PRIMARY KEY, tenant_id int NOT NULL, user_id int NOT NULL REFERENCES users ON DELETE CASCADE,
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id));
CREATE TABLE tasks (id int PRIMARY KEY, tenant_id int NOT NULL, user_id int NOT NULL, by_id int REFERENCES users,
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id));
