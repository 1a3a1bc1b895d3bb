#include "catalog/words.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* Of the tables that frameworks make, those that record migrations. */
static bool
records_migrations(const RelationEntry &table)
{
	if (!framework_table(table))
		return false;
	for (const char *word : {"migration", "schema", "version", "history", "changelog", "evolutions", "revision",
							 "change", "phinxlog", "yoyo"})
		if (strcasestr(table.name, word) != nullptr)
			return strcmp(table.name, "django_admin_log") != 0;
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	int64 tables = 0;
	for (const RelationEntry &table : catalog.relations)
	{
		if (table.is_table() && records_migrations(table))
			return verdict.judged();
		if (table.standing == Standing::user && table.is_table() && !table.partition)
			tables++;
	}
	if (static_cast<double>(tables) < verdict.threshold("tables"))
		return;
	verdict.judged();
	verdict.failed(
		catalog.database.name,
		[tables](Finding &finding)
		{
			finding.message(
				"%s tables, but no table of a migration tool: which changes were made here is recorded nowhere",
				grouped(tables));
			finding.evidence("tables", tables);
		});
}

CHECK(mgr_ledger){
	.dimension = Dimension::migration_safety,
	.severity = Severity::notice,
	.attestable = true,
	.title = "No record of migrations",
	.rationale =
		"A migration tool (Flyway, Liquibase, Alembic, Rails, Django, Prisma and others) writes down in the database "
		"what was applied, so that every copy of it can be brought to the same state. Judged from five tables on; "
		"tools that compare schemas instead keep no table and can be attested.",
	.thresholds = {{"tables", 5}},
	.judge = judge,
};

} // namespace dbeng
