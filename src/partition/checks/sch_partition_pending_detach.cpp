#include "catalog/naming.hpp"
#include "core/query.hpp"
#include "partition/managed.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<Vector<ManagedSet>> sets;
	read_managed(*sets);
	for (const RelationEntry &table : catalog.tables_and_partitions())
		if (table.kind == RELKIND_PARTITIONED_TABLE)
			verdict.judged();
	each_row("SELECT inhrelid, inhparent FROM pg_inherits WHERE inhdetachpending",
			 [&](const Row &row)
			 {
				 const RelationEntry *partition = catalog.relation(static_cast<Oid>(row.integer(1)));
				 const RelationEntry *parent = catalog.relation(static_cast<Oid>(row.integer(2)));
				 if (partition == nullptr || parent == nullptr || parent->standing != Standing::user)
					 return;
				 bool managed = find_managed(*sets, parent->oid) != nullptr;
				 verdict.failed(*partition,
								[partition, parent, managed](Finding &finding)
								{
									finding.message(
										"half detached from %s: its rows are out of sight there, and no other "
										"partition can be detached",
										full_name(*parent));
									finding.evidence("parent", full_name(*parent));
									if (managed)
										finding.fix("CALL dbeng.maintain_partitions(%s)", literal(full_name(*parent)));
									else
										finding.fix("ALTER TABLE %s DETACH PARTITION %s FINALIZE", full_name(*parent),
													full_name(*partition));
								});
			 });
}

CHECK(sch_partition_pending_detach){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Partition left half detached",
	.rationale =
		"DETACH PARTITION CONCURRENTLY that was interrupted leaves the partition neither in nor out until it is "
		"finalized. Judged for partitioned tables; one that is being detached at this moment looks the same.",
	.reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
	.judge = judge,
};

} // namespace dbeng
