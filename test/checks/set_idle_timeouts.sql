-- firing
-- setting: idle_in_transaction_session_timeout = 0
-- expect: idle_in_transaction_session_timeout | a transaction somebody forgot

-- silent
-- setting: idle_in_transaction_session_timeout = '1h'

-- silent: limited as a whole
-- server: >= 17
-- setting: transaction_timeout = '1d'
