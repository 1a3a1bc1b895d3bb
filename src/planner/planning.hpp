/*
 * planning.hpp: the planner, asked what a statement would cost with some
 * indexes imagined and others thought away.
 *
 * Our get_relation_info_hook changes what the planner knows of a table, for
 * the moment of one planning and of this session only. The server's own
 * planner is called, whatever planner other extensions have put in its place:
 * hints and hooks of theirs would come across indexes that nobody can open.
 */
#pragma once

#include "planner/imagined.hpp"
#include "planner/statement.hpp"
#include "planner/table_access.hpp"

namespace dbeng {

struct Assumptions
{
	const Catalog &catalog;
	std::span<const ImaginedIndex *const> imagined = {};
	std::span<const Oid> without = {};		 /* existing indexes that are not to be used, ascending */
	Vector<TableAccess> *accesses = nullptr; /* gets how the statement gets at its tables */
};

struct Planned
{
	double cost;				  /* total, in the planner's units, of all the statement's queries */
	std::span<const Oid> indexes; /* that it uses, ascending, imagined ones too; in CurrentMemoryContext */
};

/* For use within Statements::visit(). */
Planned plan(const PlannableStatement &statement, const Assumptions &assumptions);

/* Puts the hooks in place: once, when the library is loaded. */
void install_planner_hooks();

} // namespace dbeng
