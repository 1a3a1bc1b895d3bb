/*
 * statement.hpp: statements that the planner can be asked about.
 *
 * A normalised text of pg_stat_statements is made SQL again, its parameters
 * get types and, where something tells them, values; names are looked up as
 * the statement's user would have. All of it happens as that user, under
 * restriction, in a subtransaction that is always rolled back: nothing stays
 * locked, nothing is changed, and an error is only a reason.
 */
#pragma once

#include "catalog/workload.hpp"
#include "planner/example.hpp"

namespace dbeng {

/* What is known of a statement beside its text. */
struct StatementSource
{
	const char *text;
	Oid user;			  /* whose statement it is */
	double rows_per_call; /* NaN: not known */
	const Example *example = nullptr;
};

/* Ready for planning, within the visit only. The planner scribbles on its input: plan copies. */
struct PlannableStatement
{
	List *queries;			  /* of Query *, rewritten; one as a rule */
	ParamListInfo parameters; /* those with a known value are PARAM_FLAG_CONST; NULL without parameters */
};

class Statements
{
  public:
	explicit Statements(const Catalog &catalog);

	/*
	 * Calls visit(const PlannableStatement &) and rolls back whatever it did.
	 * Returns NULL, or, in the caller's memory context, why the statement
	 * cannot be planned. An error of the visit is a reason, too; being
	 * cancelled or terminated goes on as an error. visit runs in a memory
	 * context of its own, which is emptied afterwards: what shall stay has to be
	 * copied.
	 */
	template <class Visit>
	const char *visit(const StatementSource &source, Visit visit)
	{
		return attempt(
			source,
			[](const PlannableStatement &statement, void *context) { (*static_cast<Visit *>(context))(statement); },
			&visit);
	}

  private:
	const char *attempt(const StatementSource &source, void (*work)(const PlannableStatement &, void *), void *context);

	const Catalog &catalog_;
	MemoryContext context_; /* of one attempt */
};

} // namespace dbeng
