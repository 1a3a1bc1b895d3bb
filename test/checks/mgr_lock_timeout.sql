-- firing
CREATE ROLE "fx_Owner" LOGIN;
CREATE TABLE t (a int);
CREATE TABLE u (a int);
ALTER TABLE t OWNER TO "fx_Owner";
ALTER TABLE u OWNER TO "fx_Owner";
ALTER ROLE "fx_Owner" IN DATABASE postgres SET lock_timeout = '5s';
ALTER ROLE CURRENT_USER IN DATABASE fx SET lock_timeout = '1s';
-- expect: "fx_Owner" | ^may change 2 tables and has no lock_timeout

-- firing: switched off again for the role
CREATE ROLE fx_owner LOGIN;
CREATE TABLE t (a int);
ALTER TABLE t OWNER TO fx_owner;
ALTER DATABASE fx SET lock_timeout = '5s';
ALTER ROLE fx_owner SET lock_timeout = 0;
-- expect: fx_owner | ^may change 1 table

-- firing: the members act for an owner that cannot log in
CREATE ROLE fx_group;
CREATE ROLE fx_member LOGIN IN ROLE fx_group;
CREATE ROLE fx_careful LOGIN IN ROLE fx_group;
ALTER ROLE fx_careful SET lock_timeout = '5s';
CREATE TABLE t (a int);
ALTER TABLE t OWNER TO fx_group;
-- expect: fx_member | ^may change 1 table

-- silent: set for the role, and no login
CREATE ROLE fx_owner LOGIN;
CREATE ROLE fx_group;
CREATE TABLE t (a int);
ALTER TABLE t OWNER TO fx_owner;
CREATE TABLE u (a int);
ALTER TABLE u OWNER TO fx_group;
ALTER ROLE fx_owner SET lock_timeout = '5s';

-- silent: set for the server
-- setting: lock_timeout = '5s'
CREATE TABLE t (a int);
