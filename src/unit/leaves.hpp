/*
 * leaves.hpp: what is wrong with partitions is told once, of the table they are of.
 */
#pragma once

#include "unit/check.hpp"

namespace dbeng {

/* Visits the table itself, or each partition that stores rows. */
template <class Visit>
void
each_leaf(const RelationEntry &table, Visit visit)
{
	if (table.stores_rows())
		visit(table);
	else if (table.kind == RELKIND_PARTITIONED_TABLE)
		for (const RelationEntry *child : table.children)
			each_leaf(*child, visit);
}

/* Tables and materialized views whose leaves are to be looked at. */
inline auto
leaf_roots(const Catalog &catalog)
{
	return Filtered(
		catalog.relations, [](const RelationEntry &r)
		{ return r.standing == Standing::user && (r.is_table() || r.kind == RELKIND_MATVIEW) && !r.partition; });
}

struct Leaves
{
	const RelationEntry *worst = nullptr;
	double worst_measure = 0;
	int64 all = 0;
	int64 failing = 0;
	double pages = 0;
	double failing_pages = 0;
};

/* measure(leaf) above 1 fails, the more the worse. */
template <class Measure>
Leaves
measure_leaves(const RelationEntry &table, Measure measure)
{
	Leaves leaves;
	each_leaf(table,
			  [&leaves, measure](const RelationEntry &leaf)
			  {
				  double pages = 1.0 + leaf.pages;
				  double value = measure(leaf);
				  leaves.all++;
				  leaves.pages += pages;
				  if (value <= 1)
					  return;
				  leaves.failing++;
				  leaves.failing_pages += pages;
				  if (value > leaves.worst_measure)
				  {
					  leaves.worst = &leaf;
					  leaves.worst_measure = value;
				  }
			  });
	return leaves;
}

/* "3 of 12 partitions, the worst shop.orders_2024: " before what is said of the worst; "" for a plain table. */
inline const char *
of_partitions(const RelationEntry &table, const Leaves &leaves)
{
	if (leaves.worst == &table)
		return "";
	return format("%s of %s partitions, the worst %s: ", grouped(leaves.failing), grouped(leaves.all),
				  quoted(leaves.worst->schema->name, leaves.worst->name));
}

/* The command for each failing leaf; for the whole table where they are many. */
template <class Measure>
void
fix_leaves(Finding &finding, const RelationEntry &table, const Leaves &leaves, const char *command, Measure measure)
{
	constexpr int64 most = 10;
	if (leaves.failing > most)
	{
		finding.fix("%s %s", command, quoted(table.schema->name, table.name));
		return;
	}
	each_leaf(table,
			  [&finding, command, measure](const RelationEntry &leaf)
			  {
				  if (measure(leaf) > 1)
					  finding.fix("%s %s", command, quoted(leaf.schema->name, leaf.name));
			  });
}

} // namespace dbeng
