-- The score by hand: what health() says is computed again in SQL from check_results and findings(), under one configuration
-- after the other.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT no_plan();
SET LOCAL dbeng.max_findings = 0;

CREATE SCHEMA fx;
CREATE TABLE fx.one (id bigint PRIMARY KEY);
CREATE TABLE fx.two (id bigint PRIMARY KEY);
CREATE TABLE fx.three (id bigint PRIMARY KEY);
CREATE TABLE fx.keyless (a int);
CREATE INDEX keyless_a ON fx.keyless (a);
CREATE INDEX keyless_a_again ON fx.keyless (a);

-- CHECKS.md, "Score". A stop finding cannot be told from its row: the caller knows whether there is one.
CREATE FUNCTION pg_temp.by_hand(stop boolean)
RETURNS TABLE (dimension text, score numeric, coverage numeric, lowest numeric, highest numeric, passed bigint, failed bigint, unknown bigint)
LANGUAGE sql AS $$
WITH check_weight (severity, w) AS (VALUES ('critical', 9.0), ('warning', 3.0), ('notice', 1.0)),
dimension_weight (place, dimension, w) AS (VALUES (1, 'schema design', 20), (2, 'indexing', 15), (3, 'query quality', 20),
	(4, 'migration safety', 10), (5, 'security', 15), (6, 'monitoring', 10), (7, 'backup & recovery', 10)),
result AS MATERIALIZED (SELECT r.*, w FROM dbeng.check_results r JOIN check_weight USING (severity)),
critical AS MATERIALIZED (SELECT DISTINCT f.dimension FROM dbeng.findings(min_severity => 'critical') f),
sums AS (
	SELECT d.place, d.dimension, d.w,
		coalesce(sum(r.w) FILTER (WHERE status IN ('passed', 'failed')), 0) AS observed,
		coalesce(sum(r.w) FILTER (WHERE status = 'unknown'), 0) AS unseen,
		coalesce(sum(r.w * r.score) FILTER (WHERE status IN ('passed', 'failed')), 0) AS points,
		EXISTS (SELECT FROM critical c WHERE c.dimension = d.dimension) AS critical,
		coalesce(bool_or(status = 'unknown' AND severity = 'critical'), false) AS critical_unseen,
		count(*) FILTER (WHERE status = 'passed') AS passed,
		count(*) FILTER (WHERE status = 'failed') AS failed,
		count(*) FILTER (WHERE status = 'unknown') AS unknown
	FROM dimension_weight d LEFT JOIN result r USING (dimension) GROUP BY d.place, d.dimension, d.w),
scores AS (
	SELECT *,
		CASE WHEN observed > 0 THEN least(points / observed, CASE WHEN critical THEN 4.9 END) END AS score,
		CASE WHEN observed > 0 THEN observed / (observed + unseen) ELSE 0 END AS coverage,
		CASE WHEN observed + unseen > 0 THEN least(points / (observed + unseen), CASE WHEN critical OR critical_unseen THEN 4.9 END) END AS lowest,
		CASE WHEN observed + unseen > 0 THEN least((points + 10 * unseen) / (observed + unseen), CASE WHEN critical THEN 4.9 END) END AS highest
	FROM sums),
overall AS (
	SELECT 10 * sum(w * score * coverage) / nullif(sum(w * coverage), 0) AS score,
		sum(w * coverage) / sum(w) AS coverage,
		10 * sum(w * lowest) / sum(w) FILTER (WHERE lowest IS NOT NULL) AS lowest,
		10 * sum(w * highest) / sum(w) FILTER (WHERE highest IS NOT NULL) AS highest,
		sum(passed)::bigint AS passed, sum(failed)::bigint AS failed, sum(unknown)::bigint AS unknown
	FROM scores),
held AS (
	SELECT CASE WHEN stop AND score > 39 THEN 39 ELSE score END AS score, coverage,
		CASE WHEN stop AND lowest > 39 THEN 39 ELSE lowest END AS lowest,
		CASE WHEN stop AND highest > 39 THEN 39 ELSE highest END AS highest, passed, failed, unknown
	FROM overall)
SELECT dimension, score, coverage, lowest, highest, passed, failed, unknown FROM scores
UNION ALL
-- A bound never crosses the score.
SELECT 'overall', score, coverage, least(lowest, score), greatest(highest, score), passed, failed, unknown FROM held
$$;

-- What is shown is rounded to a tenth, and a check's score, from which the hand computes, to a hundredth.
CREATE FUNCTION pg_temp.same(shown numeric, expected numeric, scale numeric) RETURNS boolean LANGUAGE sql AS $$
	SELECT CASE WHEN shown IS NULL OR expected IS NULL THEN shown IS NULL AND expected IS NULL
		ELSE abs(shown - expected) <= 0.05 + 0.01 * scale END
$$;
CREATE FUNCTION pg_temp.band(score numeric, coverage_pct numeric) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN score IS NULL THEN NULL WHEN score < 40 THEN 'critical risk' WHEN score < 60 THEN 'needs work' WHEN score < 80 THEN 'solid'
		WHEN score < 90 OR coverage_pct < 85 THEN 'professional' ELSE 'expert' END
$$;
CREATE FUNCTION pg_temp.deviations(stop boolean DEFAULT false) RETURNS TABLE (dimension text, shown text, expected text) LANGUAGE sql AS $$
	SELECT h.dimension, h::text, e::text
	FROM dbeng.health() h FULL JOIN pg_temp.by_hand(stop) e USING (dimension),
		LATERAL (SELECT CASE h.dimension WHEN 'overall' THEN 10 ELSE 1 END) s(scale)
	WHERE (pg_temp.same(h.score, e.score, scale) AND pg_temp.same(h.lowest, e.lowest, scale) AND pg_temp.same(h.highest, e.highest, scale)
		AND pg_temp.same(h.coverage_pct, 100 * e.coverage, 1)
		AND (h.passed, h.failed, h.unknown) = (e.passed, e.failed, e.unknown)
		AND h.rating IS NOT DISTINCT FROM pg_temp.band(h.score * 10 / scale, h.coverage_pct)
		AND (h.finding IS NULL) = (h.failed = 0)) IS NOT TRUE
$$;

SELECT is_empty('SELECT * FROM pg_temp.deviations()', 'as the checks come');
SELECT is((SELECT score FROM dbeng.check_results WHERE check_id = 'sch-no-primary-key'), 7.50, 'one table of four fails');
SELECT is((SELECT score FROM dbeng.check_results WHERE check_id = 'idx-duplicate'),
	(SELECT round(10 * (1 - objects_failed::numeric / objects_checked), 2) FROM dbeng.check_results WHERE check_id = 'idx-duplicate'), 'and one of the indexes');
SELECT is_empty($$SELECT * FROM dbeng.check_results WHERE (score IS NULL) <> (status NOT IN ('passed', 'failed')) OR (status = 'passed') <> (score IS NOT NULL AND objects_failed = 0)$$,
	'every observed check has a score, and no other');

-- Severity: as configured, it weighs and it caps.
SELECT dbeng.configure_check('sch-no-primary-key', severity => 'critical') AS x \gset
SELECT is_empty('SELECT * FROM pg_temp.deviations()', 'with a critical failure');
SELECT cmp_ok((SELECT score FROM dbeng.health() WHERE dimension = 'schema design'), '<=', 4.9, 'which holds its dimension at 4.9');
SELECT matches((SELECT finding FROM dbeng.health() WHERE dimension = 'schema design'), '^fx\.keyless: ', 'and is its worst finding');
SELECT is((SELECT DISTINCT severity FROM dbeng.findings() WHERE check_id = 'sch-no-primary-key'), 'critical', 'as its row says');
SELECT dbeng.configure_check('sch-no-primary-key', severity => 'notice') AS x \gset
SELECT is_empty('SELECT * FROM pg_temp.deviations()', 'with a notice instead');

-- Only this check in its dimension: the arithmetic is easy to see.
SELECT count(dbeng.configure_check(check_id, enabled => false)) FROM dbeng.checks WHERE dimension = 'schema design' AND check_id <> 'sch-no-primary-key' AND enabled \gset
SELECT results_eq($$SELECT score, rating, coverage_pct, passed, failed, unknown, lowest, highest FROM dbeng.health() WHERE dimension = 'schema design'$$,
	$$VALUES (7.5, 'solid', 100.0, 0, 1, 0, 7.5, 7.5)$$, 'a dimension of one check is that check');
SELECT is_empty('SELECT * FROM pg_temp.deviations()', 'and weighs as much as any other');
SELECT dbeng.configure_check('sch-no-primary-key', severity => 'critical') AS x \gset
SELECT results_eq($$SELECT score, rating, lowest, highest FROM dbeng.health() WHERE dimension = 'schema design'$$,
	$$VALUES (4.9, 'needs work', 4.9, 4.9)$$, 'capped when it is critical');

-- A dimension of which nothing is seen has no score and takes no part.
SELECT dbeng.configure_check('sch-no-primary-key', enabled => false) AS x \gset
SELECT results_eq($$SELECT score, rating, coverage_pct, passed, failed, unknown, finding, fix, lowest, highest FROM dbeng.health() WHERE dimension = 'schema design'$$,
	$$VALUES (NULL::numeric, NULL, 0.0, 0, 0, 0, NULL, NULL, NULL::numeric, NULL::numeric)$$, 'no check, no score');
SELECT is_empty('SELECT * FROM pg_temp.deviations()', 'and the others make the overall score');
DELETE FROM dbeng.check_setting;

-- Ignored objects leave both sums, ignored checks leave the score.
SELECT dbeng.ignore('sch-no-primary-key', 'fx.keyless') AS x \gset
SELECT results_eq($$SELECT status, objects_checked, objects_failed, score FROM dbeng.check_results WHERE check_id = 'sch-no-primary-key'$$,
	$$VALUES ('passed', 3::bigint, 0::bigint, 10.00)$$, 'an ignored object is not judged');
SELECT is_empty('SELECT * FROM pg_temp.deviations()', 'with an ignored object');
SELECT dbeng.ignore('sch-no-primary-key') AS x \gset
SELECT is((SELECT status FROM dbeng.check_results WHERE check_id = 'sch-no-primary-key'), 'ignored', 'an ignored check');
SELECT is_empty('SELECT * FROM pg_temp.deviations()', 'counts neither way');
DELETE FROM dbeng.ignored;

-- All at one severity, none at all.
SELECT count(dbeng.configure_check(check_id, severity => 'notice')) FROM dbeng.checks \gset
SELECT is_empty('SELECT * FROM pg_temp.deviations()', 'when everything weighs the same');
SELECT is_empty($$SELECT * FROM dbeng.findings(min_severity => 'warning')$$, 'and no escalated finding goes above what was configured');
SELECT count(dbeng.configure_check(check_id, enabled => false)) FROM dbeng.checks \gset
SELECT results_eq($$SELECT score, rating, coverage_pct, passed, failed, unknown, lowest, highest FROM dbeng.health() WHERE dimension = 'overall'$$,
	$$VALUES (NULL::numeric, NULL, 0.0, 0, 0, 0, NULL::numeric, NULL::numeric)$$, 'nothing to go by');
SELECT is_empty('SELECT * FROM dbeng.findings()', 'and nothing found');
SELECT is_empty('SELECT * FROM dbeng.check_results', 'and no result');
DELETE FROM dbeng.check_setting;

-- A stop finding, here an invalid unique index, holds the overall score at 39.
SELECT count(dbeng.configure_check(check_id, enabled => false)) FROM dbeng.checks WHERE check_id NOT IN ('sch-no-primary-key', 'idx-invalid') \gset
CREATE UNIQUE INDEX one_invalid ON fx.one ((id + 1));
SELECT cmp_ok((SELECT score FROM dbeng.health() WHERE dimension = 'overall'), '>', 39::numeric, 'before it is invalid');
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'fx.one_invalid'::regclass;
SELECT cmp_ok((SELECT 10 * (20 * 7.5 + 15 * score) / 35 FROM dbeng.health() WHERE dimension = 'indexing'), '>', 39::numeric, 'the dimensions alone would make more');
SELECT results_eq($$SELECT score, rating, split_part(finding, ':', 1) FROM dbeng.health() WHERE dimension = 'overall'$$,
	$$VALUES (39.0, 'critical risk', 'fx.one_invalid')$$, 'a stop finding holds it at 39');
SELECT is((SELECT object FROM dbeng.findings() LIMIT 1), 'fx.one_invalid', 'and comes first');
SELECT is_empty('SELECT * FROM pg_temp.deviations(true)', 'the bounds too');
SELECT dbeng.configure_check('idx-invalid', severity => 'warning') AS x \gset
SELECT cmp_ok((SELECT score FROM dbeng.health() WHERE dimension = 'overall'), '>', 39::numeric, 'unless it was rated lower');

SELECT finish();
ROLLBACK;
