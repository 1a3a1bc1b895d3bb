-- firing
CREATE ROLE fx_app LOGIN;
CREATE ROLE fx_files;
CREATE ROLE fx_loader LOGIN;
GRANT pg_execute_server_program TO fx_app;
GRANT pg_read_server_files TO fx_files;
GRANT fx_files TO fx_loader;
-- expect: fx_app | ^member of pg_execute_server_program: .* as good as superuser
-- expect: fx_loader | member of fx_files, member of pg_read_server_files

-- silent: reading and watching roles, groups, superusers
CREATE ROLE fx_report LOGIN;
CREATE ROLE fx_group;
CREATE ROLE fx_boss LOGIN SUPERUSER;
GRANT pg_read_all_data, pg_monitor TO fx_report;
GRANT pg_write_server_files TO fx_group, fx_boss;
