#include "index/observation.hpp"
#include "index/unindexed_key.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double small = verdict.threshold("small_pages");
	bool long_watched =
		static_cast<double>(days_between(catalog.counted_since, catalog.now)) >= verdict.threshold("days");
	Local<Vector<const ConstraintEntry *>> found;
	int64 judged = 0;
	find_unindexed(catalog, *found, judged);
	for (int64 i = 0; i < judged; i++)
		verdict.judged();

	for (const ConstraintEntry *foreign_key : *found)
	{
		const RelationEntry &table = *foreign_key->table;
		Counters referenced = catalog.counters(*foreign_key->referenced);
		/* Size counts only where it was measured: a new table is not known to stay small. */
		bool tiny = catalog.rows(table) >= 0 && static_cast<double>(catalog.bytes(table)) < small * BLCKSZ;
		bool never_touched =
			long_watched && referenced.inserted > 0 && referenced.deleted == 0 && referenced.updated == 0;
		double rank = std::max(rows_scanned(catalog, table), 0.0) * (1 + static_cast<double>(referenced.deleted));
		verdict.failed(*foreign_key,
					   [&catalog, foreign_key](Finding &finding)
					   { describe_unindexed(catalog, *foreign_key, finding); },
					   {.rank = rank, .severity = Severity::notice, .escalate = tiny || never_touched});
	}
}

CHECK(sch_fk_no_index){
	.dimension = Dimension::indexing,
	.severity = Severity::warning,
	.title = "Foreign key without an index",
	.rationale =
		"To delete a row, or to change its key, the server looks for rows that refer to it: without an index on the "
		"referencing columns that is a scan of the whole table, while the row is locked. Joins from the referenced "
		"side miss the index too. A notice where the table is known to be tiny, or where nothing was deleted or "
		"updated on the other side for a month.",
	.reference = "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
	.thresholds = {{"small_pages", 8}, {"days", 30}},
	.judge = judge,
};

} // namespace dbeng
