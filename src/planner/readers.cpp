#include "planner/readers.hpp"

#include "core/parse.hpp"

namespace dbeng {

/* Views, rules and functions may lead to any table. */
Readers::Readers(const Catalog &catalog)
{
	for (const RelationEntry &relation : catalog.own_relations())
		if (relation.kind == RELKIND_VIEW || !relation.rules.empty())
			names_.insert(relation.name);
	for (const FunctionEntry &function : catalog.own_functions())
		names_.insert(function.name);
}

void
Readers::of(const RelationEntry &table)
{
	names_.insert(table.name);
	for (const RelationEntry *child : table.children)
		of(*child);
}

bool
Readers::may_include(const StatementEntry &statement) const
{
	if (statement.parsed == nullptr)
		return false;
	return any_raw_node(statement.parsed->stmt,
						[this](Node *node)
						{
							if (IsA(node, RangeVar))
								return names_.contains(castNode(RangeVar, node)->relname);
							return IsA(node, FuncCall) &&
								   names_.contains(strVal(llast(castNode(FuncCall, node)->funcname)));
						});
}

} // namespace dbeng
