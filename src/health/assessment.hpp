/*
 * assessment.hpp: every enabled check, judged once.
 */
#pragma once

#include "core/session.hpp"
#include "unit/configuration.hpp"

namespace dbeng {

enum class Status : uint8
{
	passed,
	failed,
	unknown,
	ignored,
	not_applicable
};

/* The severity weights of the score; CHECKS.md. */
inline constexpr double severity_weight[] = {1, 3, 9};

struct CheckResult
{
	const char *id;
	const Check *check;
	const CheckConfiguration *configuration;
	Status status;
	int64 objects;					   /* judged, without ignored ones */
	double score;					   /* 0 to 10; NaN unless passed or failed */
	const char *reason;				   /* NULL when there is nothing to say */
	std::span<const Failure> failures; /* those that count, in the order of the catalog */

	double weight() const { return severity_weight[static_cast<int>(configuration->severity)]; }
	bool observed() const { return status == Status::passed || status == Status::failed; }
	/* A finding's severity: as configured, else as escalated, else the check's. */
	Severity severity(const Failure &failure) const;
	/* Does it hold the overall score down? Not when users rate the check lower. */
	bool stops(const Failure &failure) const;
	/* Does a come before b among the findings of this check? */
	bool worse(const Failure &a, const Failure &b) const;
};

/* What is shown of a finding. */
struct Told
{
	const char *object; /* NULL without */
	const char *message;
	const char *evidence; /* JSON */
	const char *fix;	  /* NULL without */
};

/*
 * Judges the enabled checks, or those of one dimension. Sorted by id.
 */
std::span<const CheckResult> assess(const Dimension *only = nullptr);

/* dbeng.max_findings: findings shown per check, 0 = all. */
extern int max_findings;

/* The words of one finding, in CurrentMemoryContext; never raises because the object is gone meanwhile. */
Told tell(const CheckResult &result, const Failure &failure);

} // namespace dbeng
