#include "schema/columns.hpp"
#include "schema/samples.hpp"

namespace dbeng {

static bool
is_address(std::string_view value)
{
	int dots = 0;
	int colons = 0;
	for (char c : value)
	{
		if (c == '.')
			dots++;
		else if (c == ':')
			colons++;
		else if (!isxdigit(static_cast<unsigned char>(c)) && c != '/')
			return false;
	}
	return value.size() <= 49 && (dots == 3 || colons >= 2);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	each_own_column(
		catalog,
		[&](const RelationEntry &table, const ColumnEntry &column)
		{
			if (has_type(catalog, column, INETOID) || has_type(catalog, column, CIDROID))
				verdict.judged();
			if (!is_text(catalog, column) || !names_ip_address(column.name))
				return;
			Sample sample = sampled_values(table, column, is_address);
			/* Hashed, shortened or several in one: not what inet could hold. */
			if (sample.values > 0 && !sample.all())
				return;
			verdict.judged();
			verdict.failed(
				Subject(table, column),
				[sample](Finding &finding)
				{
					if (sample.values > 0)
						finding.message("all %d sampled values are IP addresses kept as text: no check of their form, "
										"no search by network",
										sample.values);
					else
						finding.message("IP addresses, by its name, kept as text: no check of their form, no search "
										"by network");
					finding.evidence("sampled", sample.values);
				});
		});
}

CHECK(typ_ip_as_text){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "IP addresses in a text column",
	.rationale =
		"inet takes 7 bytes for an IPv4 address, knows all spellings of an IPv6 address as one, refuses what is none, and "
		"finds addresses by network. Judged by the name, and by the values ANALYZE sampled where there are any.",
	.reference = "https://www.postgresql.org/docs/current/datatype-net-types.html",
	.judge = judge,
};

} // namespace dbeng
