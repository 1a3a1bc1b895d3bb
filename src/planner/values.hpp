/*
 * values.hpp: values for the parameters of a statement, where something tells
 * them.
 *
 * Without values the planner assumes averages: a tenth of the rows for LIMIT
 * $1, a third for at > $1. How many rows a call returned tells more.
 */
#pragma once

#include "planner/example.hpp"
#include "planner/parameters.hpp"

namespace dbeng {

/*
 * The parameters for planning; those whose value is known are constants. The
 * others have no type, which makes the planner leave them alone: with one, it
 * would take them for NULL where it estimates. Values come from the statistics
 * of ANALYZE or the example, never from running a function the user does not
 * trust.
 */
ParamListInfo choose_values(List *queries, const Parameters &parameters, double rows_per_call, const Example *example,
							Oid user);

} // namespace dbeng
