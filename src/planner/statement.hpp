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
#include "planner/names.hpp"
#include "planner/trust.hpp"

namespace dbeng {

/* What is known of a statement beside its text. */
struct StatementSource
{
	const char *text;
	Oid user;			  /* whose statement it is */
	double rows_per_call; /* NaN: not known */
	const Example *example = nullptr;
	const char *search_path = nullptr; /* NULL: the one a session of the user's begins with */
};

/* A statement of the workload, with an example of its constants if there is one. */
StatementSource source_of(const StatementEntry &entry);

/* Ready for planning, within the visit only. The planner scribbles on its input: plan copies. */
struct PlannableStatement
{
	List *queries;			  /* of Query *, rewritten; one as a rule */
	ParamListInfo parameters; /* those with a known value are PARAM_FLAG_CONST; NULL without parameters */
};

/* Bytes of a text beyond which no statement is looked at. */
inline constexpr std::size_t longest_statement = 4 * 1024 * 1024;

/* Is the reason that no table is read which an index could be made for: system catalogs, temporary tables? */
bool nothing_to_index(const char *reason);

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
	using Work = void (*)(const PlannableStatement &, void *);

	const char *attempt(const StatementSource &source, Work work, void *context);
	const char *attempt_text(const StatementSource &source, const char *text, const Example *example, Work work,
							 void *context);

	const Catalog &catalog_;
	Names names_;
	Trust trust_;
	MemoryContext context_; /* of one attempt */
	int locked_ = 0;		/* how many had to wait for a lock in vain */
};

} // namespace dbeng
