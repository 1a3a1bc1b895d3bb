-- Seals over the audit log, and what they tell.

CREATE OR REPLACE FUNCTION dbeng.seal_audit() RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
AS 'MODULE_PATHNAME', 'dbeng_seal_audit';
COMMENT ON FUNCTION dbeng.seal_audit() IS 'seals what is final in the audit log, as the worker does by itself; returns how many of the log''s rows';
REVOKE ALL ON FUNCTION dbeng.seal_audit() FROM PUBLIC;

CREATE OR REPLACE FUNCTION dbeng.verify_audit(from_at timestamptz DEFAULT NULL, to_at timestamptz DEFAULT NULL, expected_head text DEFAULT NULL)
RETURNS TABLE (entries bigint, broken bigint, first_broken bigint, sealed_to timestamptz, unsealed bigint, head text, problem text)
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10000000 ROWS 1
AS 'MODULE_PATHNAME', 'dbeng_verify_audit';
COMMENT ON FUNCTION dbeng.verify_audit(timestamptz, timestamptz, text) IS 'is the audit log as it was sealed? Of the months between two times, with all seals: SELECT * FROM dbeng.verify_audit()';
