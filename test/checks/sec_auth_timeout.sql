-- firing
-- setting: authentication_timeout = '5min'
-- expect: authentication_timeout | for 5 minutes

-- silent
SELECT 1;
