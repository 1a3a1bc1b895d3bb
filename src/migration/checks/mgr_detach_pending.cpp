#include "core/query.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
struct Detach
{
	const RelationEntry *partition;
	const RelationEntry *parent;
};
} // namespace

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
		if (table.kind == RELKIND_PARTITIONED_TABLE)
			verdict.judged();
	if (verdict.objects() == 0)
		return;
	Local<Vector<Detach>> pending;
	each_row("SELECT inhrelid, inhparent FROM pg_inherits WHERE inhdetachpending",
			 [&pending, &catalog](const Row &row)
			 {
				 pending->push_back({catalog.relation(static_cast<Oid>(row.integer(1))),
									 catalog.relation(static_cast<Oid>(row.integer(2)))});
			 });
	for (const Detach &detach : *pending)
	{
		/* Made after the catalogs were read, or not the user's. */
		if (detach.partition == nullptr || detach.parent == nullptr || detach.parent->standing != Standing::user)
			continue;
		verdict.failed(
			*detach.partition,
			[&detach](Finding &finding)
			{
				const RelationEntry &parent = *detach.parent;
				const RelationEntry &partition = *detach.partition;
				finding.message(
					"detaching it from %s was interrupted: queries do not see its rows any more, but no other "
					"partition can be detached concurrently",
					quoted(parent.schema->name, parent.name));
				finding.evidence("parent", quoted(parent.schema->name, parent.name));
				finding.fix("ALTER TABLE %s DETACH PARTITION %s FINALIZE", quoted(parent.schema->name, parent.name),
							quoted(partition.schema->name, partition.name));
			});
	}
}

CHECK(mgr_detach_pending){
	.dimension = Dimension::migration_safety,
	.severity = Severity::warning,
	.title = "Interrupted DETACH PARTITION CONCURRENTLY",
	.rationale =
		"DETACH … CONCURRENTLY works in two transactions. Cancelled between them it leaves a partition that is "
		"neither in nor out, until it is finished by FINALIZE.",
	.reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
	.judge = judge,
};

} // namespace dbeng
