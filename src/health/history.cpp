/*
 * history.cpp: keeps the score and the findings hour by hour.
 */
#include "core/query.hpp"
#include "core/rows.hpp"
#include "health/access.hpp"
#include "health/score.hpp"
#include "unit/job.hpp"

namespace dbeng {

/* Findings kept of one check: what comes after them is more of the same. */
static constexpr std::size_t kept_findings = 200;

static Argument
numeric_argument(double value)
{
	if (std::isnan(value))
		return {NUMERICOID, Datum{0}, true};
	return {NUMERICOID, NumericGetDatum(int64_div_fast_to_numeric(std::llround(value * 10), 1)), false};
}

static void
keep_score(TimestampTz now, const char *dimension, int weight, const Score &score, double scale)
{
	double shown = rounded(score.score);
	double coverage_pct = rounded(100 * score.coverage);
	Argument arguments[] = {Argument::time(now),
							Argument::text(dimension),
							Argument::integer(weight),
							numeric_argument(shown),
							Argument::text(rating(shown * scale, coverage_pct)),
							numeric_argument(coverage_pct)};
	execute("INSERT INTO dbeng.health_score (taken_at, dimension, weight, score, rating, coverage_pct)"
			" VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
			arguments);
}

/*
 * A finding is gone when its check was judged and does not have it any more: a
 * check that could not look this time says nothing.
 */
static int64
keep_findings(TimestampTz now, std::span<const CheckResult> results)
{
	Local<Vector<const char *>> checks, dimensions, severities, objects, messages, silent;
	for (const CheckResult &result : results)
	{
		CHECK_FOR_INTERRUPTS();
		if (!result.observed() && result.status != Status::not_applicable)
		{
			silent->push_back(result.id);
			continue;
		}
		Local<Vector<const Failure *>> worst;
		for (const Failure &failure : result.failures)
			worst->push_back(&failure);
		if (worst->size() > kept_findings)
		{
			std::partial_sort(worst->begin(), worst->begin() + kept_findings, worst->end(),
							  [&result](const Failure *a, const Failure *b)
							  { return result.worse(*a, *b) || (!result.worse(*b, *a) && a < b); });
			worst->resize(kept_findings);
		}
		for (const Failure *failure : *worst)
		{
			Told told = tell(result, *failure);
			checks->push_back(result.id);
			dimensions->push_back(dimension_name(result.check->dimension));
			severities->push_back(severity_name(result.severity(*failure)));
			objects->push_back(told.object);
			messages->push_back(told.message);
		}
	}
	auto array = [](const Vector<const char *> &texts) { return text_array({texts.data(), texts.size()}); };
	Argument arguments[] = {Argument::time(now), array(*checks),   array(*objects), array(*dimensions),
							array(*severities),	 array(*messages), array(*silent)};
	execute(
		"WITH found AS MATERIALIZED (SELECT DISTINCT ON (check_id, object) * FROM unnest($2, $3, $4, $5, $6)"
		"   AS f (check_id, object, dimension, severity, message)),"
		" open AS (UPDATE dbeng.finding_seen s SET severity = f.severity, message = f.message, last_seen = $1 FROM found f"
		"   WHERE s.gone_at IS NULL AND s.check_id = f.check_id AND s.object IS NOT DISTINCT FROM f.object"
		"     AND ((s.severity, s.message) IS DISTINCT FROM (f.severity, f.message) OR s.last_seen < $1 - interval '1 day')),"
		" gone AS (UPDATE dbeng.finding_seen s SET gone_at = $1,"
		"     last_seen = greatest(s.last_seen, (SELECT max(taken_at) FROM dbeng.health_score WHERE taken_at < $1))"
		"   WHERE s.gone_at IS NULL AND s.check_id <> ALL ($7)"
		"     AND NOT EXISTS (SELECT FROM found f WHERE s.check_id = f.check_id AND s.object IS NOT DISTINCT FROM f.object))"
		" INSERT INTO dbeng.finding_seen (check_id, object, dimension, severity, message, first_seen, last_seen)"
		" SELECT check_id, object, dimension, severity, message, $1, $1 FROM found"
		" ON CONFLICT (check_id, object) WHERE gone_at IS NULL DO NOTHING",
		arguments);
	return static_cast<int64>(checks->size());
}

static int64
keep_health(TimestampTz now)
{
	Session session;
	std::span<const CheckResult> results = assess();
	Scores scores = compute_scores(results);
	for (int i = 0; i < dimension_count; i++)
		keep_score(now, dimension_name(static_cast<Dimension>(i)), dimension_weights[i], scores.dimensions[i], 10);
	keep_score(now, "overall", 100, scores.overall, 1);
	int64 findings = keep_findings(now, results);
	/* As long as the hourly sums of snapshots are kept by default. */
	execute("DELETE FROM dbeng.health_score WHERE taken_at < now() - interval '400 days'");
	execute("DELETE FROM dbeng.finding_seen WHERE gone_at < now() - interval '400 days'");
	session.end();
	return findings;
}

static int64
health_every()
{
	return int64{3600} * 1000;
}

static void
run_health(JobReport &report)
{
	report.rows = keep_health(GetCurrentTimestamp());
}

/* An assessment takes tens of megabytes for a moment: the worker's own memory stays as small as it is. */
JOB(health_history){
	.title = "The score and the findings of this hour",
	.every = health_every,
	.run = run_health,
	.separate = true,
};

} // namespace dbeng

SQL_FUNCTION(dbeng_record_health)
{
	using namespace dbeng;
	require_monitor("dbeng.record_health()");
	require_writer("dbeng.record_health()", "health_score", ACL_INSERT | ACL_DELETE);
	require_writer("dbeng.record_health()", "finding_seen", ACL_SELECT | ACL_INSERT | ACL_UPDATE | ACL_DELETE);
	TimestampTz now = GetCurrentTimestamp();
	keep_health(now);
	PG_RETURN_TIMESTAMPTZ(now);
}
