-- firing
SELECT 'BEGIN', 'SELECT 1', 'ROLLBACK' FROM generate_series(1, 200) i \gexec
SELECT 'SELECT 1' FROM generate_series(1, 1000) i \gexec
-- expect: fx | ^\d+ of 1,\d+ transactions were rolled back \(1\d(\.\d)? %\)$

-- silent: few of many
SELECT 'BEGIN', 'SELECT 1', 'ROLLBACK' FROM generate_series(1, 20) i \gexec
SELECT 'SELECT 1' FROM generate_series(1, 1000) i \gexec

-- silent: half of a handful
SELECT 'BEGIN', 'SELECT 1', 'ROLLBACK' FROM generate_series(1, 20) i \gexec
