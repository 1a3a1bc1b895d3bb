/*
 * unserved_condition.hpp: conditions on one table that none of its indexes can
 * serve, as the statement is written.
 */
#pragma once

#include "query/statement.hpp"

namespace dbeng {

/* A column that a condition compares only through a function or a cast. */
struct HiddenColumn
{
	const RelationEntry *table = nullptr;
	const ColumnEntry *column = nullptr;
	const FuncCall *call = nullptr; /* of this function, or … */
	const char *cast = nullptr;		/* … to this type */
};

/* Nothing where an index has the expression, or another part of the condition finds the rows. */
HiddenColumn hidden_column(const Catalog &catalog, const StatementEntry &statement);

/* A column that is searched by LIKE or ILIKE. */
struct PatternSearch
{
	const RelationEntry *table = nullptr;
	const ColumnEntry *column = nullptr;
};

/* Nothing where the column has an index made for searching. */
PatternSearch pattern_search(const Catalog &catalog, const StatementEntry &statement);

} // namespace dbeng
