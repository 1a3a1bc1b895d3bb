/*
 * expression.hpp: questions about stored expressions (defaults, predicates,
 * policies, CHECK constraints), answered from their trees.
 *
 * A tree is read again from its pg_node_tree text each time; ask only where an
 * expression is there. Functions that meanwhile vanished count as volatile.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/* The tree itself, palloc'd; NULL for NULL. */
Node *expression_tree(const char *tree);

/* Do two stored expressions mean the same? NULL equals NULL. */
bool same_expression(const char *a, const char *b);

/* 'i', 's' or 'v': the weakest promise among the functions in it. */
char expression_volatility(const char *tree);

/*
 * Is it true whatever the row: a constant, comparisons of constants, and AND,
 * OR, NOT over them? Only built-in comparison operators are ever evaluated.
 */
bool always_true(const char *tree);
bool always_false(const char *tree);

/* Is it exactly "column IS NOT NULL" for one of these columns (or an AND of such)? */
bool only_requires_not_null(const char *tree, std::span<const AttrNumber> columns);

/* The columns of the relation it reads, in ascending order, without repeats. */
std::span<const AttrNumber> expression_columns(const char *tree);

/* Calls visit(node) for every node, sub-selects included, until it says true; was it ever true? */
template <class Visit>
bool
any_node(Node *node, Visit visit)
{
	struct Walk
	{
		static bool step(Node *at, void *context)
		{
			if (at == nullptr)
				return false;
			if ((*static_cast<Visit *>(context))(at))
				return true;
			if (IsA(at, Query))
				return pg::walk_query(reinterpret_cast<Query *>(at), step, context);
			return pg::walk_expression(at, step, context);
		}
	};
	return Walk::step(node, &visit);
}

/*
 * As SQL, the way \d shows it. NULL when the table is gone or locked by
 * somebody changing it: ruleutils would wait for the lock, we never do.
 */
const char *expression_sql(const char *tree, const RelationEntry &relation);

/* The CREATE INDEX statement that makes it again; NULL as above. */
const char *index_definition(const IndexEntry &index);

/* The same with its tablespace, where that is not the database's; of a partitioned one for the whole table, not ONLY. */
const char *index_creation(const IndexEntry &index);

/* ALTER TABLE … ADD CONSTRAINT … with the storage of its index; NULL as above. */
const char *constraint_creation(const ConstraintEntry &constraint);

} // namespace dbeng
