#include "bloat/estimate.hpp"

namespace dbeng {

namespace {

/* Fewer pages say nothing about a slope. */
constexpr std::size_t least_for_slope = 10;

constexpr double unlimited_freedom = 1e6;

/* For what is only roughly so: errors of the errors, and those that go together. */
constexpr double caution = 1.1;

/* As many pages unlike all others are allowed for as could well have been missed. */
constexpr double missed_pages = 2;

/* The regression of every measure on the map, in one stratum. */
class Fit
{
  public:
	Fit(const Stratum &stratum, std::size_t measures);

	double total(std::size_t measure) const
	{
		return stratum_.pages * (mean_[measure] + slope_[measure] * (expected_ - mapped_));
	}
	double mean(std::size_t measure) const { return mean_[measure]; }
	double most(std::size_t measure) const { return most_[measure]; }

	/* Of a total that weighs the measures; unlike: how far from the mean a page may be that was not read. */
	double variance(const Measures &weights, double unlike) const;
	double freedom() const
	{
		return count() > 0 ? std::max((count() - 1) * 2 / 3 - (sloped_ ? 1 : 0), 1.0) : unlimited_freedom;
	}

  private:
	double count() const { return static_cast<double>(stratum_.readings.size()); }
	double unread() const { return 1 - count() / stratum_.pages; }
	double residual(const Reading &reading, const Measures &weights) const;

	const Stratum &stratum_;
	std::size_t measures_;
	Measures mean_;
	Measures slope_;
	Measures most_;
	double mapped_ = 0;	  /* mean of what the map says of the pages read */
	double expected_ = 0; /* of all pages */
	double spread_ = 0;	  /* sum of squares around mapped_ */
	bool sloped_ = false;
};

} // namespace

Fit::Fit(const Stratum &stratum, std::size_t measures) : stratum_(stratum), measures_(measures)
{
	double n = count();
	if (n == 0)
		return;
	for (const Reading &reading : stratum.readings)
	{
		mapped_ += reading.mapped_free / n;
		for (std::size_t k = 0; k < measures; k++)
		{
			mean_[k] += reading.measures[k] / n;
			most_[k] = std::max(most_[k], reading.measures[k]);
		}
	}
	expected_ = stratum.mapped_free / stratum.pages;
	double farthest = 0;
	for (const Reading &reading : stratum.readings)
	{
		double off = reading.mapped_free - mapped_;
		spread_ += off * off;
		farthest = std::max(farthest, off * off);
		for (std::size_t k = 0; k < measures; k++)
			slope_[k] += off * (reading.measures[k] - mean_[k]);
	}
	/* Steps of the map are many bytes: less is rounding. One page must not decide alone. */
	sloped_ = stratum.readings.size() >= least_for_slope && spread_ > 1 && farthest < spread_ / 2;
	for (std::size_t k = 0; k < measures; k++)
		slope_[k] = sloped_ ? slope_[k] / spread_ : 0;
}

/* As it would be had the page had no part in the fit. */
double
Fit::residual(const Reading &reading, const Measures &weights) const
{
	double off = reading.mapped_free - mapped_;
	double leverage = 1 / count() + (sloped_ ? off * off / spread_ : 0);
	double value = 0;
	for (std::size_t k = 0; k < measures_; k++)
		value += weights[k] * (reading.measures[k] - mean_[k] - slope_[k] * off);
	return value / std::max(1 - leverage, 0.1);
}

double
Fit::variance(const Measures &weights, double unlike) const
{
	double n = count();
	if (n == 0)
		return stratum_.pages * stratum_.pages * unlike * unlike;
	if (unread() <= 0)
		return 0;
	double between = unlike * unlike;
	if (n > 1)
	{
		between = 0;
		double before = residual(stratum_.readings[0], weights);
		for (const Reading &reading : stratum_.readings.subspan(1))
		{
			double now = residual(reading, weights);
			between += (now - before) * (now - before) / (2 * (n - 1));
			before = now;
		}
	}
	double off = sloped_ ? (expected_ - mapped_) * (expected_ - mapped_) / spread_ : 0;
	double missed = missed_pages * unlike * unlike / (n * n);
	return stratum_.pages * stratum_.pages * unread() * (between * (1 / n + off) + missed);
}

static double
rewritten(const PageReader &reader, const Measures &totals)
{
	return std::max(reader.rewritten(reader.state, totals), 0.0);
}

/* By how many bytes the rewritten size changes with each unit of each total. */
static Measures
derivatives(const PageReader &reader, const Estimate &estimate, double pages)
{
	Measures weights;
	for (std::size_t k = 0; k < reader.measures; k++)
	{
		double total = estimate.totals[k];
		/* Wide enough for the size to come in whole pages. */
		double step = std::max({total / 50, 2 * estimate.errors[k], pages / 10, 1.0});
		Measures more = estimate.totals;
		Measures less = estimate.totals;
		more[k] = total + step;
		less[k] = std::max(total - step, 0.0);
		weights[k] = (rewritten(reader, more) - rewritten(reader, less)) / (more[k] - less[k]);
	}
	return weights;
}

/* Student's t for 95 %, by the expansion of Cornish and Fisher. */
static double
quantile(double freedom)
{
	constexpr double z = 1.959964;
	double f = std::max(freedom, 2.0);
	double z3 = z * z * z;
	double z5 = z3 * z * z;
	double z7 = z5 * z * z;
	return z + (z3 + z) / (4 * f) + (5 * z5 + 16 * z3 + 3 * z) / (96 * f * f) +
		   (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * f * f * f);
}

double
Estimate::half_width(double input_error) const
{
	return caution * std::hypot(quantile(freedom) * error, quantile(unlimited_freedom) * input_error);
}

Estimate
estimate(const PageReader &reader, std::span<Stratum> strata, const Measures &known)
{
	Estimate result = {};
	result.totals = known;
	double pages = 0;
	double doubts = 0;
	for (const Stratum &stratum : strata)
	{
		pages += stratum.pages;
		doubts += stratum.pages * stratum.doubt;
	}
	/* What is missed is missed somewhere: not in every stratum at once. */
	auto share = [doubts](const Stratum &stratum)
	{ return doubts > 0 ? stratum.doubt * std::sqrt(stratum.pages * stratum.doubt / doubts) : 0; };

	for (const Stratum &stratum : strata)
	{
		Fit fit(stratum, reader.measures);
		for (std::size_t k = 0; k < reader.measures; k++)
		{
			Measures alone;
			alone[k] = 1;
			double unlike = std::max(fit.mean(k), fit.most(k) - fit.mean(k));
			result.totals[k] += fit.total(k);
			result.errors[k] += fit.variance(alone, share(stratum) * unlike);
		}
	}
	for (std::size_t k = 0; k < reader.measures; k++)
	{
		result.totals[k] = std::max(result.totals[k], 0.0);
		result.errors[k] = std::sqrt(result.errors[k]);
	}
	result.rewritten = rewritten(reader, result.totals);

	Measures weights = derivatives(reader, result, pages);
	double variance = 0;
	double squares = 0;
	for (Stratum &stratum : strata)
	{
		Fit fit(stratum, reader.measures);
		double mean = 0;
		for (std::size_t k = 0; k < reader.measures; k++)
			mean += weights[k] * fit.mean(k);
		double unlike = std::max(mean, BLCKSZ - mean);
		stratum.variance = fit.variance(weights, share(stratum) * unlike);
		variance += stratum.variance;
		squares += stratum.variance * stratum.variance / fit.freedom();
	}
	result.error = std::sqrt(variance);
	result.freedom = squares > 0 ? variance * variance / squares : unlimited_freedom;
	return result;
}

} // namespace dbeng
