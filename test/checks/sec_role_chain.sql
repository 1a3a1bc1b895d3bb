-- firing
CREATE ROLE fx_root SUPERUSER;
CREATE ROLE fx_dba;
CREATE ROLE fx_app LOGIN NOINHERIT;
GRANT fx_root TO fx_dba;
GRANT fx_dba TO fx_app;
-- expect: fx_app | member of fx_dba, member of fx_root

-- silent
CREATE ROLE fx_root SUPERUSER;
CREATE ROLE fx_boss LOGIN SUPERUSER;
CREATE ROLE fx_group;
CREATE ROLE fx_app LOGIN;
GRANT fx_root TO fx_boss;
GRANT fx_group TO fx_app, fx_root;

-- silent: a membership that lets nobody do anything
-- server: >= 16
CREATE ROLE fx_root SUPERUSER;
CREATE ROLE fx_app LOGIN;
GRANT fx_root TO fx_app WITH INHERIT FALSE, SET FALSE;
