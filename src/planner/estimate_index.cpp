/*
 * estimate_index.cpp: dbeng.estimate_index(): what a CREATE INDEX would build.
 */
#include "core/access.hpp"
#include "core/rows.hpp"
#include "planner/imagined_build.hpp"

namespace dbeng {

/* Sizes of other people's tables are for those who watch the server; of one's own table for everybody. */
static void
require_owner_or_monitor(Oid table)
{
	Oid caller = GetUserId();
	if (!has_privs_of_role(caller, ROLE_PG_MONITOR) && !pg::owns_relation(table, caller))
		require_monitor("dbeng.estimate_index");
}

static void
show_estimate(FunctionCallInfo fcinfo)
{
	Rows rows(fcinfo);
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext room = AllocSetContextCreate(caller, "dbeng estimate", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(room);
	const char *text = text_argument(fcinfo, 0);
	ImaginedDefinition definition = imagined_definition(load_catalog(), text);
	require_owner_or_monitor(definition.index.table->oid);
	definition.index.size = estimate_index_size(definition.index, definition.share, definition.options);
	const IndexSize &size = definition.index.size;
	rows.text(get_am_name(definition.index.method)).bigint(definition.index.bytes());
	if (size.tree_height < 0)
		rows.null();
	else
		rows.integer(size.tree_height);
	rows.bigint(static_cast<int64>(std::rint(size.tuples))).end();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(room);
}

} // namespace dbeng

SQL_FUNCTION(dbeng_estimate_index)
{
	dbeng::show_estimate(fcinfo);
	return Datum{0};
}
