-- firing: loaded, not installed
-- expect: pg_stat_statements | is loaded, but not installed in this database

-- firing: not loaded
-- setting: shared_preload_libraries = 'dbeng'
-- expect: pg_stat_statements | is not loaded.*needs a restart

-- firing: installed, not loaded
-- setting: shared_preload_libraries = 'dbeng'
-- extension: pg_stat_statements
-- expect: pg_stat_statements | is not loaded

-- silent
-- extension: pg_stat_statements
