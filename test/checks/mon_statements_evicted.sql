-- extension: pg_stat_statements
-- fix: partial what was thrown out stays counted until pg_stat_statements is reset

-- firing
-- setting: pg_stat_statements.max = 100
-- threshold: {"per_hour": 0}
SELECT pg_stat_statements_reset();
SELECT format('SELECT %s', string_agg('1 AS c', ', ')) FROM generate_series(1, 150) g, generate_series(1, g) h GROUP BY g
\gexec
-- expect: pg_stat_statements.max | ^the least used statements were thrown out [0-9]+ times in .*: 100 are kept

-- silent
SELECT pg_stat_statements_reset();
