#include "schema/columns.hpp"
#include "schema/samples.hpp"

namespace dbeng {

static bool
is_yes_or_no(std::string_view value)
{
	for (std::string_view answer : {"0", "1", "Y", "N", "y", "n", "T", "F", "t", "f", "yes", "no", "true", "false"})
		if (value == answer)
			return true;
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	each_own_column(catalog,
					[&](const RelationEntry &table, const ColumnEntry &column)
					{
						if (!names_flag(column.name))
							return;
						if (has_type(catalog, column, BOOLOID))
						{
							verdict.judged();
							return;
						}
						/* One value only says too little: a code may come later. */
						if (column.statistics == nullptr || column.statistics->distinct != 2 ||
							(!is_integer(catalog, column) && !is_text(catalog, column)))
							return;
						Sample sample = sampled_values(table, column, is_yes_or_no);
						if (!sample.all())
							return;
						verdict.judged();
						verdict.failed(
							Subject(table, column),
							[&column](Finding &finding)
							{
								finding.message(
									"holds two values that mean yes and no, as %s: conditions have to compare, and "
									"nothing keeps other values out",
									format_type_extended(column.type, column.typmod,
														 FORMAT_TYPE_ALLOW_INVALID | FORMAT_TYPE_TYPEMOD_GIVEN));
								finding.evidence("distinct", 2);
							});
					});
}

CHECK(typ_boolean_as_int){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Yes and no in an integer or text column",
	.rationale =
		"boolean takes one byte, admits nothing but true and false, and reads as what it is. Judged by names such as "
		"is_active or has_children and the values ANALYZE sampled; the application has to change with the column.",
	.reference = "https://www.postgresql.org/docs/current/datatype-boolean.html",
	.judge = judge,
};

} // namespace dbeng
