/*
 * score.hpp: from check results to the eight rows of dbeng.health().
 *
 * Pure arithmetic over what the checks said; docs/health.md has the formula
 * in words and where it comes from.
 */
#pragma once

#include "health/assessment.hpp"

namespace dbeng {

struct Score
{
	/* 0 to 10, overall 0 to 100; NaN where nothing was observed. */
	double score;
	double lowest;	 /* if every unknown check failed */
	double highest;	 /* if every unknown check passed */
	double coverage; /* 0 to 1 */
	int passed;
	int failed;
	int unknown;
	const CheckResult *worst; /* whose finding is the worst open one; NULL without */
	const Failure *finding;
};

struct Scores
{
	Score dimensions[dimension_count];
	Score overall;
};

inline constexpr int dimension_weights[dimension_count] = {20, 15, 20, 10, 15, 10, 10};

Scores compute_scores(std::span<const CheckResult> results);

/* As scores and percentages are shown: with one decimal. */
double rounded(double value);

/* The band that holds a shown score of 0 to 100; NULL for NaN. */
const char *rating(double score, double coverage_pct);

} // namespace dbeng
