#include "schema/columns.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	each_own_column(catalog,
					[&](const RelationEntry &table, const ColumnEntry &column)
					{
						Oid type = catalog.base_type(column.type);
						if (type != TIMEOID && type != TIMETZOID)
							return;
						verdict.judged();
						if (type == TIMETZOID)
							verdict.failed(Subject(table, column),
										   [](Finding &finding)
										   {
											   finding.message(
												   "a time with an offset but without a day: which moment it is, and "
												   "whether summer time holds, cannot be told");
										   });
					});
}

CHECK(typ_timetz){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Time with time zone",
	.rationale =
		"The offset of a time zone depends on the day, which time with time zone does not hold; it exists for the SQL "
		"standard only. Use timestamptz for moments, and time (with the zone's name beside it) for opening hours.",
	.reference = "https://www.postgresql.org/docs/current/datatype-datetime.html",
	.judge = judge,
};

} // namespace dbeng
