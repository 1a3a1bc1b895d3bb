#include "schema/columns.hpp"
#include "schema/samples.hpp"

namespace dbeng {

/* 0 is a digit, anything else itself. */
static bool
begins_like(std::string_view value, std::string_view form)
{
	if (value.size() < form.size())
		return false;
	for (std::size_t i = 0; i < form.size(); i++)
		if (form[i] == '0' ? !isdigit(static_cast<unsigned char>(value[i])) : value[i] != form[i])
			return false;
	return true;
}

static bool
is_date(std::string_view value)
{
	return begins_like(value, "0000-00-00") || begins_like(value, "00/00/0000") || begins_like(value, "00.00.0000") ||
		   begins_like(value, "0000/00/00");
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	each_own_column(catalog,
					[&](const RelationEntry &table, const ColumnEntry &column)
					{
						if (!names_time(column.name))
							return;
						Oid type = catalog.base_type(column.type);
						if (type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID)
							verdict.judged();
						if (!is_text(catalog, column))
							return;
						Sample sample = sampled_values(table, column, is_date);
						if (!sample.all())
							return;
						verdict.judged();
						verdict.failed(
							Subject(table, column),
							[sample](Finding &finding)
							{
								finding.message(
									"all %d sampled values are dates kept as text: 31 February is accepted, and they "
									"sort and compare by their spelling",
									sample.values);
								finding.evidence("sampled", sample.values);
							});
					});
}

CHECK(typ_date_as_text){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Dates in a text column",
	.rationale =
		"A date as text is not checked, not compared as a date and not usable in date arithmetic without a conversion "
		"that fails at the first odd value. Judged by the name and by the values ANALYZE sampled.",
	.reference = "https://www.postgresql.org/docs/current/datatype-datetime.html",
	.judge = judge,
};

} // namespace dbeng
