#include "health/score.hpp"

namespace dbeng {

static constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

/* The most a dimension with a critical failure, and a database with a stop finding, can reach. */
static constexpr double critical_cap = 4.9;
static constexpr double stop_cap = 39;

namespace {
/* The sums of one dimension. */
struct Sums
{
	double observed = 0; /* severity weights */
	double unknown = 0;
	double points = 0; /* severity weight times score */
	bool critical = false;
	bool critical_unknown = false;
};
} // namespace

static double
mean(double points, double weight, bool capped)
{
	if (weight == 0)
		return nothing;
	double score = points / weight;
	return capped ? std::min(score, critical_cap) : score;
}

/* Which of two checks with equally bad findings costs more? */
static double
loss(const CheckResult &result)
{
	return result.weight() * (10 - result.score);
}

static void
consider_finding(Score &score, const CheckResult &result, const Failure &failure)
{
	if (score.worst == nullptr)
	{
		score.worst = &result;
		score.finding = &failure;
		return;
	}
	Severity best = score.worst->severity(*score.finding);
	Severity severity = result.severity(failure);
	bool worse;
	if (severity != best)
		worse = severity > best;
	else if (result.stops(failure) != score.worst->stops(*score.finding))
		worse = result.stops(failure);
	else if (&result != score.worst)
		worse = loss(result) > loss(*score.worst);
	else
		worse = result.worse(failure, *score.finding);
	if (worse)
	{
		score.worst = &result;
		score.finding = &failure;
	}
}

Scores
compute_scores(std::span<const CheckResult> results)
{
	Scores scores = {};
	Sums sums[dimension_count];
	bool stop = false;

	for (const CheckResult &result : results)
	{
		auto dimension = static_cast<std::size_t>(result.check->dimension);
		Score &score = scores.dimensions[dimension];
		Sums &sum = sums[dimension];
		score.passed += result.status == Status::passed;
		score.failed += result.status == Status::failed;
		score.unknown += result.status == Status::unknown;
		if (result.observed())
		{
			sum.observed += result.weight();
			sum.points += result.weight() * result.score;
		}
		else if (result.status == Status::unknown)
		{
			sum.unknown += result.weight();
			sum.critical_unknown |= result.configuration->severity == Severity::critical;
		}
		for (const Failure &failure : result.failures)
		{
			sum.critical |= result.severity(failure) == Severity::critical;
			stop |= result.stops(failure);
			consider_finding(score, result, failure);
		}
	}

	double points = 0, lowest = 0, highest = 0, covered = 0, bounds = 0, all = 0;
	Score &overall = scores.overall;
	for (std::size_t i = 0; i < dimension_count; i++)
	{
		Score &score = scores.dimensions[i];
		const Sums &sum = sums[i];
		double weight = dimension_weights[i];
		double possible = sum.observed + sum.unknown;
		score.coverage = possible == 0 ? 0 : sum.observed / possible;
		score.score = mean(sum.points, sum.observed, sum.critical);
		score.lowest = mean(sum.points, possible, sum.critical || sum.critical_unknown);
		score.highest = mean(sum.points + 10 * sum.unknown, possible, sum.critical);

		all += weight;
		covered += weight * score.coverage;
		if (sum.observed > 0)
			points += weight * score.coverage * score.score;
		if (possible > 0)
		{
			bounds += weight;
			lowest += weight * score.lowest;
			highest += weight * score.highest;
		}
		overall.passed += score.passed;
		overall.failed += score.failed;
		overall.unknown += score.unknown;
		if (score.worst != nullptr)
			consider_finding(overall, *score.worst, *score.finding);
	}

	double cap = stop ? stop_cap : 100;
	overall.coverage = covered / all;
	overall.score = covered == 0 ? nothing : std::min(10 * points / covered, cap);
	/*
	 * The score weighs a dimension by its coverage, the bounds do not, and a
	 * cap may hold one and not the other: a bound never crosses the score.
	 */
	overall.lowest = bounds == 0 ? nothing : std::fmin(std::min(10 * lowest / bounds, cap), overall.score);
	overall.highest = bounds == 0 ? nothing : std::fmax(std::min(10 * highest / bounds, cap), overall.score);
	return scores;
}

double
rounded(double value)
{
	return std::round(value * 10) / 10;
}

const char *
rating(double score, double coverage_pct)
{
	if (std::isnan(score))
		return nullptr;
	if (score < 40)
		return "critical risk";
	if (score < 60)
		return "needs work";
	if (score < 80)
		return "solid";
	return score < 90 || coverage_pct < 85 ? "professional" : "expert";
}

} // namespace dbeng
