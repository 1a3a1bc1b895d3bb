#include "core/query.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const RoleEntry *busiest = nullptr;
	int64 sessions = 0;
	int64 all = 0;
	each_row("SELECT usesysid, count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
			 " AND datname = current_database() AND pid <> pg_backend_pid() GROUP BY usesysid",
			 [&](const Row &row)
			 {
				 all += row.integer(2);
				 if (row.integer(2) <= sessions)
					 return;
				 sessions = row.integer(2);
				 busiest = catalog.role(static_cast<Oid>(row.integer(1)));
			 });
	if (static_cast<double>(sessions) < verdict.threshold("sessions") || sessions * 2 <= all || busiest == nullptr)
		return;
	verdict.judged();
	int64 owned = 0;
	for (const RelationEntry &table : catalog.tables())
		if (table.owner == busiest->oid)
			owned++;
	/* A superuser that serves an application is a finding of security. */
	if (owned == 0 || busiest->superuser)
		return;
	verdict.failed(
		*busiest,
		[owned, sessions, all](Finding &finding)
		{
			finding.message(
				"%s of %s sessions here are this role's, and it owns %s table%s: the application may alter and drop what "
				"it works with",
				grouped(sessions), grouped(all), grouped(owned), owned == 1 ? "" : "s");
			finding.evidence("sessions", sessions);
			finding.evidence("tables", owned);
		});
}

CHECK(mgr_ddl_roles){
	.dimension = Dimension::migration_safety,
	.severity = Severity::notice,
	.title = "Application that owns its tables",
	.rationale =
		"With one role for migrations, which owns the tables, and another for the application, which may only read "
		"and write rows, no error and no injected statement of the application can change the schema, and "
		"lock_timeout can be set for migrations alone. Judged where one role has at least five sessions and more "
		"than half of all.",
	.reference = "https://www.postgresql.org/docs/current/ddl-priv.html",
	.thresholds = {{"sessions", 5}},
	.judge = judge,
};

} // namespace dbeng
