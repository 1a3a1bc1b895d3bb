#include "core/query.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
struct Damaged
{
	const char *name;
	int64 failures;
	const char *last;
};
} // namespace

static void
judge(const Catalog &, Verdict &verdict)
{
	if (!setting_on("data_checksums"))
		return;
	Local<Vector<Damaged>> databases;
	each_row(
		"SELECT coalesce(datname, 'shared objects'), checksum_failures, checksum_last_failure FROM pg_stat_database",
		[&databases](const Row &row)
		{
			const char *last = row.text(3);
			databases->push_back({pstrdup(row.text(1)), row.integer(2), last == nullptr ? nullptr : pstrdup(last)});
		});
	for (const Damaged &database : *databases)
	{
		verdict.judged();
		if (static_cast<double>(database.failures) <= verdict.threshold("failures"))
			continue;
		verdict.failed(
			database.name,
			[&database](Finding &finding)
			{
				finding.message(
					"%s page%s failed their checksum when read%s%s: the storage returned damaged data; secure a "
					"backup from before, then find the pages with pg_amcheck",
					grouped(database.failures), database.failures == 1 ? "" : "s",
					database.last == nullptr ? "" : ", last at ", database.last == nullptr ? "" : database.last);
				finding.evidence("failures", database.failures);
				finding.evidence("last", database.last);
			},
			{.rank = static_cast<double>(database.failures)});
	}
}

CHECK(mon_checksum_failures){
	.dimension = Dimension::monitoring,
	.severity = Severity::critical,
	.title = "Damaged data pages",
	.rationale =
		"A page whose checksum is wrong was damaged below PostgreSQL: by the disk, the file system or memory. What "
		"one disk damages once it damages again. Counted since the database's statistics were last reset.",
	.reference = "https://www.postgresql.org/docs/current/checksums.html",
	.thresholds = {{"failures", 0}},
	.judge = judge,
};

} // namespace dbeng
