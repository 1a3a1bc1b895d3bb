-- firing
CREATE ROLE fx_app LOGIN;
CREATE TABLE a (id int);
CREATE TABLE b (id int);
GRANT SELECT ON a, b TO fx_app WITH GRANT OPTION;
-- expect: fx_app | on 2 relations

-- silent: plain grants, owners and superusers
CREATE ROLE fx_app LOGIN;
CREATE ROLE fx_boss SUPERUSER;
CREATE TABLE a (id int);
CREATE TABLE b (id int);
GRANT ALL ON a TO fx_app;
GRANT SELECT ON a TO fx_boss WITH GRANT OPTION;
ALTER TABLE b OWNER TO fx_app;
GRANT ALL ON b TO PUBLIC;
