-- firing
COPY (SELECT 'work_mem = nonsense') TO PROGRAM 'cat >>postgresql.auto.conf';
-- expect: work_mem | ^postgresql.auto.conf line [0-9]+: setting could not be applied; with this line the server does not start again

-- firing: no setting of this server
COPY (SELECT 'no_such_setting = 1') TO PROGRAM 'cat >>postgresql.auto.conf';
-- expect: no_such_setting | ^postgresql.auto.conf line [0-9]+: unrecognized configuration parameter

-- silent: good, but waits for a restart
ALTER SYSTEM SET max_connections = 37;
ALTER SYSTEM SET work_mem = '5MB';

-- silent: not permitted
-- status: unknown: only superusers may read pg_file_settings
CREATE ROLE fx_monitor IN ROLE pg_monitor;
ALTER DATABASE fx SET role = fx_monitor;
