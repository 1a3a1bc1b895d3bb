/*
 * freeze.hpp: how far the databases are from running out of transaction or multixact IDs.
 */
#pragma once

#include "unit/check.hpp"

namespace dbeng {

enum class Counter : uint8
{
	transactions,
	multixacts
};

struct DatabaseAge
{
	const char *name;
	int64 age;
	bool current;

	/* IDs that are left before the server gives out no more. */
	int64 left() const;
};

/* Of all databases, in CurrentMemoryContext. */
std::span<const DatabaseAge> database_ages(Counter counter);

struct AgeLimits
{
	double age;
	double critical_age;
};

/* The limits as a server that is told to freeze late has to be measured. */
AgeLimits age_limits(Counter counter, double age, double critical_age);

/* Thresholds: "age" and "critical_age". */
void judge_age(const Catalog &catalog, Verdict &verdict, Counter counter);

} // namespace dbeng
