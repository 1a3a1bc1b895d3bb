#include "core/query.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
struct Prepared
{
	const char *name;
	const char *owner;
	const char *database;
	int64 age; /* microseconds */
};
} // namespace

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<Vector<Prepared>> all;
	each_row("SELECT gid, owner, database, prepared FROM pg_prepared_xacts",
			 [&all, &catalog](const Row &row) {
				 all->push_back(
					 {pstrdup(row.text(1)), pstrdup(row.text(2)), pstrdup(row.text(3)), catalog.now - row.time(4)});
			 });
	double limit = verdict.threshold("minutes") * USECS_PER_MINUTE;
	for (const Prepared &one : *all)
	{
		verdict.judged();
		if (static_cast<double>(one.age) <= limit)
			continue;
		verdict.failed(
			one.name,
			[&one](Finding &finding)
			{
				finding.message(
					"prepared %s ago by %s in database %s and neither committed nor rolled back: it keeps its locks "
					"and holds back VACUUM, also across restarts",
					duration(one.age), one.owner, one.database);
				finding.evidence("owner", one.owner);
				finding.evidence("database", one.database);
				finding.evidence("seconds", one.age / USECS_PER_SEC);
			},
			{.rank = static_cast<double>(one.age)});
	}
}

CHECK(mgr_prepared_transactions){
	.dimension = Dimension::migration_safety,
	.severity = Severity::warning,
	.title = "Prepared transaction left behind",
	.rationale =
		"PREPARE TRANSACTION hands a transaction over to a coordinator; when that forgets it, only COMMIT PREPARED or "
		"ROLLBACK PREPARED ends it. Which of the two is right only the coordinator's log knows, so no statement is "
		"offered.",
	.reference = "https://www.postgresql.org/docs/current/sql-prepare-transaction.html",
	.thresholds = {{"minutes", 60}},
	.judge = judge,
};

} // namespace dbeng
