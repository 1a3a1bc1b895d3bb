-- The score and the findings as they were, kept by the job health_history.

CREATE TABLE dbeng.health_score (
	taken_at timestamptz NOT NULL,
	dimension text NOT NULL,
	weight int NOT NULL,
	score numeric,
	rating text,
	coverage_pct numeric NOT NULL,
	PRIMARY KEY (taken_at, dimension)
);
COMMENT ON TABLE dbeng.health_score IS 'dbeng.health() hour by hour';

CREATE TABLE dbeng.finding_seen (
	check_id text NOT NULL,
	object text,
	dimension text NOT NULL,
	severity text NOT NULL,
	message text NOT NULL,
	first_seen timestamptz NOT NULL,
	last_seen timestamptz NOT NULL,
	gone_at timestamptz
);
CREATE UNIQUE INDEX finding_seen_open ON dbeng.finding_seen (check_id, object) NULLS NOT DISTINCT WHERE gone_at IS NULL;
COMMENT ON TABLE dbeng.finding_seen IS 'findings with the first and last time they were seen; last_seen of an open one moves once a day';

SELECT pg_catalog.pg_extension_config_dump('dbeng.health_score', '');
SELECT pg_catalog.pg_extension_config_dump('dbeng.finding_seen', '');
GRANT SELECT ON dbeng.health_score, dbeng.finding_seen TO pg_monitor;

CREATE OR REPLACE FUNCTION dbeng.record_health() RETURNS timestamptz
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'dbeng_record_health';
COMMENT ON FUNCTION dbeng.record_health() IS 'keeps the score and the findings of this moment, as the worker does every hour';

CREATE OR REPLACE VIEW dbeng.health_history WITH (security_barrier) AS
SELECT taken_at, dimension, weight, score, rating, coverage_pct
  FROM dbeng.health_score
 WHERE dbeng._may_look('dbeng.health_history');
COMMENT ON VIEW dbeng.health_history IS 'the score of each dimension and overall, hour by hour';
COMMENT ON COLUMN dbeng.health_history.taken_at IS 'when it was assessed';
COMMENT ON COLUMN dbeng.health_history.dimension IS 'a dimension, or overall';
COMMENT ON COLUMN dbeng.health_history.weight IS 'its weight in the overall score';
COMMENT ON COLUMN dbeng.health_history.score IS '0 to 10; overall 0 to 100; NULL when nothing was observed';
COMMENT ON COLUMN dbeng.health_history.rating IS 'the band of the score';
COMMENT ON COLUMN dbeng.health_history.coverage_pct IS 'how much of it was observed';
GRANT SELECT ON dbeng.health_history TO PUBLIC;

CREATE OR REPLACE VIEW dbeng.finding_history WITH (security_barrier) AS
SELECT check_id, dimension, severity, object, message, first_seen,
	CASE WHEN gone_at IS NULL THEN (SELECT max(taken_at) FROM dbeng.health_score) ELSE last_seen END AS last_seen, gone_at
  FROM dbeng.finding_seen
 WHERE dbeng._may_look('dbeng.finding_history');
COMMENT ON VIEW dbeng.finding_history IS 'every finding there has been, and when it came and went';
COMMENT ON COLUMN dbeng.finding_history.check_id IS 'the check';
COMMENT ON COLUMN dbeng.finding_history.dimension IS 'the dimension of the check';
COMMENT ON COLUMN dbeng.finding_history.severity IS 'critical, warning or notice';
COMMENT ON COLUMN dbeng.finding_history.object IS 'what it is about; NULL: the server or the database';
COMMENT ON COLUMN dbeng.finding_history.message IS 'what was found, as seen last';
COMMENT ON COLUMN dbeng.finding_history.first_seen IS 'when it was seen first';
COMMENT ON COLUMN dbeng.finding_history.last_seen IS 'when it was seen last';
COMMENT ON COLUMN dbeng.finding_history.gone_at IS 'when it was not found any more; NULL: it is still there';
GRANT SELECT ON dbeng.finding_history TO PUBLIC;
