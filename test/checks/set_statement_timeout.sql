-- enable

-- firing
CREATE ROLE fx_app LOGIN;
CREATE ROLE fx_limited LOGIN;
ALTER ROLE fx_limited SET statement_timeout = '1min';
CREATE ROLE fx_here LOGIN;
ALTER ROLE fx_here IN DATABASE fx SET statement_timeout = '1min';
CREATE ROLE fx_elsewhere LOGIN;
ALTER ROLE fx_elsewhere IN DATABASE postgres SET statement_timeout = '1min';
CREATE ROLE fx_group;
-- expect: fx_app | ^no statement_timeout for this role
-- expect: fx_elsewhere | ^no statement_timeout for this role

-- silent: for the whole database
CREATE ROLE fx_app LOGIN;
ALTER DATABASE fx SET statement_timeout = '1h';
