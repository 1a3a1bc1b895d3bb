-- firing
-- expect: logging | connections \(log_connections\), disconnections

-- silent
-- setting: log_connections = 'on'
-- setting: log_disconnections = 'on'
-- setting: log_statement = 'ddl'
-- setting: log_line_prefix = '%m [%p] %q%u@%d '
