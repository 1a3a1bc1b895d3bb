/*
 * trust.hpp: whose code planning a statement may run.
 *
 * The planner executes functions: those that are not volatile and have
 * constant arguments, to fold expressions and to estimate conditions; those in
 * the expressions of indexes, partition keys, extended statistics and
 * constraints of the tables; the bodies of SQL functions become part of the
 * statement. It does so as the statement's user. He did so himself when
 * he ran the statement, but not at this time, from this session and, since the
 * search_path is a guess, perhaps not of this function: who can make functions
 * could make others' statements run them. So a statement with such a function
 * is planned only when its owner could do as that user whatever he likes anyway: he
 * is that user, a member of it, or a superuser.
 *
 * What only superusers can make needs no look: types and their input and output,
 * operator classes, estimators, support functions. Aggregates and window
 * functions are never executed in planning, and neither are the conditions of domains.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

class Trust
{
  public:
	explicit Trust(const Catalog &catalog) : catalog_(catalog) {}

	/* Why the user shall not plan it; NULL when he may. */
	const char *objection(List *queries, Oid user);

	/* May this function be executed as the user? */
	static bool trusted(Oid function, Oid user);

  private:
	struct Call
	{
		Oid relation;
		Oid function;
	};

	void collect();
	void collect(const RelationEntry *relation, const char *tree);
	void collect_stored(Oid catalog, AttrNumber relation, AttrNumber expressions);
	Oid distrusted_call(Oid relation, Oid user) const;

	const Catalog &catalog_;
	/* Functions in the expressions of a relation and what inherits from it, sorted; the server's own left out. */
	Local<Vector<Call>> calls_;
	bool collected_ = false;
};

} // namespace dbeng
