/*
 * candidates.hpp: which indexes could serve a statement, from how the planner
 * sees it get at its tables.
 *
 * Equalities come first, then one range or the rest of the statement's order
 * in its direction; IS NULL, booleans and rare constants also as the
 * predicate of a partial index; a few narrow columns more so that the index
 * alone is enough. What an operator other than btree's asks for goes to the
 * access method that owns it. The planner says which of them it would use.
 */
#pragma once

#include "index/candidate_pool.hpp"
#include "planner/table_access.hpp"

namespace dbeng {

/* Appends the numbers of the candidates for one access, each once. */
void propose(CandidatePool &pool, const TableAccess &access, Vector<int32> &found);

} // namespace dbeng
