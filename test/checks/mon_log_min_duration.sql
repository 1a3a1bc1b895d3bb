-- firing
-- setting: log_min_duration_statement = -1
-- expect: log_min_duration_statement | no statement is logged

-- firing: a sample of nothing
-- setting: log_min_duration_sample = 100
-- setting: log_statement_sample_rate = 0
-- expect: log_min_duration_statement | no statement is logged

-- silent
-- setting: log_min_duration_statement = '500ms'

-- silent: a sample
-- setting: log_min_duration_sample = 100
