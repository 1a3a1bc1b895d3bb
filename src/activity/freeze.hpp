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

/* Thresholds: "age" and "critical_age". */
void judge_age(const Catalog &catalog, Verdict &verdict, Counter counter);

} // namespace dbeng
