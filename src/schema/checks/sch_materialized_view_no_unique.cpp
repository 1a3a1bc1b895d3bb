#include "catalog/naming.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* As REFRESH ... CONCURRENTLY asks for: over columns alone and over all rows. */
static bool
serves_refresh(const IndexEntry &index)
{
	return index.unique && index.usable() && index.immediate && index.predicate == nullptr &&
		   index.expressions == nullptr;
}

/* A column whose sampled values all differ, of a type that is a key by habit. */
static const ColumnEntry *
likely_key(const RelationEntry &view)
{
	for (const ColumnEntry &column : view.columns)
	{
		bool key_type = column.type == INT4OID || column.type == INT8OID || column.type == UUIDOID ||
						column.type == TEXTOID || column.type == VARCHAROID || column.type == DATEOID ||
						column.type == INT2OID;
		if (key_type && column.statistics != nullptr && column.statistics->distinct == -1 &&
			column.statistics->null_fraction == 0)
			return &column;
	}
	return nullptr;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &view : catalog.own_relations())
	{
		if (view.kind != RELKIND_MATVIEW || !view.populated)
			continue;
		verdict.judged();
		bool served = false;
		for (const IndexEntry *index : view.indexes)
			served = served || serves_refresh(*index);
		if (served)
			continue;
		verdict.failed(
			view,
			[&catalog, &view](Finding &finding)
			{
				finding.message(
					"no unique index, so REFRESH cannot run CONCURRENTLY and shuts readers out of %s while it "
					"runs",
					size(catalog.bytes(view)));
				finding.evidence("bytes", catalog.bytes(view));
				/* Fails and changes nothing where two rows are alike after all. */
				if (const ColumnEntry *key = likely_key(view); key != nullptr)
					finding.fix("CREATE UNIQUE INDEX %s ON %s (%s)", quoted(new_name(catalog, view, key->name, "idx")),
								full_name(view), quoted(key->name));
			},
			{.rank = static_cast<double>(catalog.bytes(view))});
	}
}

CHECK(sch_materialized_view_no_unique){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Materialized view that only refreshes under a lock",
	.rationale =
		"A plain REFRESH MATERIALIZED VIEW keeps everybody from reading until it is done. CONCURRENTLY lets them read the old "
		"content, and needs a unique index over columns, without a WHERE. The fix is given where ANALYZE found a column "
		"whose values all differ.",
	.reference = "https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html",
	.judge = judge,
};

} // namespace dbeng
