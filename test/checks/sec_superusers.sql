-- firing
CREATE ROLE fx_boss LOGIN SUPERUSER;
-- expect: fx_boss | is a superuser

-- silent: a superuser that nobody can log in as, and ordinary roles
CREATE ROLE fx_sudo SUPERUSER;
CREATE ROLE fx_app LOGIN;
