/*
 * advisor_skipped.cpp: the statements of the workload that advice leaves out
 * because they cannot be planned, and why.
 */
#include "core/access.hpp"
#include "core/rows.hpp"
#include "core/session.hpp"
#include "planner/statement.hpp"

namespace dbeng {

static void
plan(const PlannableStatement &statement, const char *text)
{
	ListCell *cell;
	foreach (cell, statement.queries)
		standard_planner(static_cast<Query *>(copyObjectImpl(lfirst(cell))), text, CURSOR_OPT_PARALLEL_OK,
						 statement.parameters);
}

/* Whose text cannot be read may be the application's; whose text can be read and is not, is not asked about. */
static bool
in_question(const StatementEntry &entry)
{
	return entry.application || entry.parsed == nullptr;
}

static void
show_advisor_skipped(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.advisor_skipped");
	Rows rows(fcinfo);
	Session session;
	const Catalog &catalog = load_catalog();
	Statements statements(catalog);
	for (const StatementEntry &entry : whole_workload(catalog).statements)
	{
		CHECK_FOR_INTERRUPTS();
		if (!in_question(entry))
			continue;
		const char *reason = statements.visit(source_of(entry), [&entry](const PlannableStatement &statement)
											  { plan(statement, entry.text); });
		if (reason == nullptr)
			continue;
		const RoleEntry *role = catalog.role(entry.user);
		rows.bigint(entry.query_id).name(role == nullptr ? nullptr : role->name).bigint(entry.calls);
		rows.float8(entry.total_ms).text(reason).text(entry.text).end();
	}
	session.end();
}

} // namespace dbeng

SQL_FUNCTION(dbeng_advisor_skipped)
{
	dbeng::show_advisor_skipped(fcinfo);
	return Datum{0};
}
