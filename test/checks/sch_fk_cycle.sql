-- firing
CREATE TABLE users (id int PRIMARY KEY, team_id int);
CREATE TABLE teams (id int PRIMARY KEY, owner_id int NOT NULL REFERENCES users);
ALTER TABLE users ADD CONSTRAINT "In Team" FOREIGN KEY (team_id) REFERENCES teams;
-- expect: public.users | over public.users, public.teams: data alone cannot be restored

-- firing: three in a row, none of them optional
CREATE TABLE a (id int PRIMARY KEY, next int NOT NULL);
CREATE TABLE b (id int PRIMARY KEY, next int NOT NULL);
CREATE TABLE c (id int PRIMARY KEY, next int NOT NULL REFERENCES a);
CREATE TABLE d (id int PRIMARY KEY, next int NOT NULL REFERENCES a);
ALTER TABLE a ADD FOREIGN KEY (next) REFERENCES b;
ALTER TABLE b ADD FOREIGN KEY (next) REFERENCES c;
-- expect: public.a | over public.a, public.b, public.c: no first row can be inserted

-- silent
CREATE TABLE users (id int PRIMARY KEY, team_id int, boss_id int REFERENCES users);
CREATE TABLE teams (id int PRIMARY KEY, owner_id int NOT NULL REFERENCES users);
ALTER TABLE users ADD FOREIGN KEY (team_id) REFERENCES teams DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE top (id int PRIMARY KEY);
CREATE TABLE left_one (id int PRIMARY KEY REFERENCES top);
CREATE TABLE right_one (id int PRIMARY KEY REFERENCES top, other int REFERENCES left_one);
