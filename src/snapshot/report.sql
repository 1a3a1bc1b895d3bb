-- What a person reads of the snapshots. The functions themselves ask for the privileges of pg_monitor.

CREATE OR REPLACE FUNCTION dbeng.report(from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now(), format text DEFAULT 'text')
RETURNS text LANGUAGE c STABLE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'dbeng_report';
COMMENT ON FUNCTION dbeng.report(timestamptz, timestamptz, text) IS 'what happened between two moments, and how it differs from the same length of time before; format: text, markdown, html';

CREATE OR REPLACE FUNCTION dbeng.report_difference(from_a timestamptz, to_a timestamptz, from_b timestamptz, to_b timestamptz, format text DEFAULT 'text')
RETURNS text LANGUAGE c STABLE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'dbeng_report_difference';
COMMENT ON FUNCTION dbeng.report_difference(timestamptz, timestamptz, timestamptz, timestamptz, text) IS 'how the second of two intervals differs from the first: the day of a release and the one before, two Mondays; format: text, markdown, html';
