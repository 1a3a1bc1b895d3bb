#include "catalog/naming.hpp"
#include "schema/foreign_keys.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* A key that has the primary key in it, such as (tenant_id, id), adds to it and does not replace it. */
static bool
includes_key(const ConstraintEntry &constraint, const IndexEntry &key)
{
	for (const IndexKey &part : key.key())
		if (std::find(constraint.referenced_columns.begin(), constraint.referenced_columns.end(), part.column) ==
			constraint.referenced_columns.end())
			return false;
	return true;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	each_foreign_key(catalog,
					 [&verdict](const ConstraintEntry &constraint)
					 {
						 const IndexEntry *key = constraint.referenced->primary_key();
						 if (key == nullptr)
							 return;
						 verdict.judged();
						 if (constraint.index == key || includes_key(constraint, *key))
							 return;
						 verdict.failed(constraint,
										[&constraint](Finding &finding)
										{
											const RelationEntry &referenced = *constraint.referenced;
											const char *columns =
												column_list(referenced, constraint.referenced_columns);
											finding.message("refers to %s by its unique (%s), not by its primary key",
															full_name(referenced), columns);
											finding.evidence("referenced_columns", columns);
										});
					 });
}

CHECK(sch_fk_to_unique_not_pk){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Foreign key to a unique key that is not the primary key",
	.rationale =
		"Two ways to refer to the same row have to be kept apart by everyone who joins, and a natural key that "
		"changes must change everywhere. Judged for foreign keys to tables with a primary key; a key that contains "
		"the primary key, as with tenants, is fine.",
	.judge = judge,
};

} // namespace dbeng
