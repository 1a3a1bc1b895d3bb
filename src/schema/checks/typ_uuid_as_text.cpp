#include "schema/columns.hpp"
#include "schema/samples.hpp"

namespace dbeng {

static bool
is_uuid(std::string_view value)
{
	int digits = 0;
	for (std::size_t i = 0; i < value.size(); i++)
	{
		if (isxdigit(static_cast<unsigned char>(value[i])))
			digits++;
		else if (value[i] != '-' || value.size() != 36 || (i != 8 && i != 13 && i != 18 && i != 23))
			return false;
	}
	return digits == 32 && value.size() == 36;
}

/* A key by its name, and as wide as 36 characters are. */
static bool
may_hold_uuids(const ColumnEntry &column)
{
	if (names_uuid(column.name))
		return true;
	constexpr int stored_width = 36 + VARHDRSZ_SHORT;
	if (column.statistics != nullptr)
		return column.statistics->width == stored_width || column.statistics->width == 36 + VARHDRSZ;
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	each_own_column(
		catalog,
		[&](const RelationEntry &table, const ColumnEntry &column)
		{
			if (has_type(catalog, column, UUIDOID))
				verdict.judged();
			if (!is_text(catalog, column) || !may_hold_uuids(column))
				return;
			Sample sample = sampled_values(table, column, is_uuid);
			/* Without statistics only a name and a length that leave no doubt. */
			bool fails = sample.values > 0 ? sample.all() : names_uuid(column.name) && length_limit(column) == 36;
			if (!fails)
				return;
			verdict.judged();
			verdict.failed(
				Subject(table, column),
				[sample, &column](Finding &finding)
				{
					if (sample.values > 0)
						finding.message("all %d sampled values are UUIDs: 37 bytes as text, 16 as uuid, in the table "
										"and in each index",
										sample.values);
					else
						finding.message("made for UUIDs, by its name and its length of %d: 37 bytes as text, 16 as "
										"uuid, in the table and in each index",
										length_limit(column));
					finding.evidence("sampled", sample.values);
				});
		});
}

CHECK(typ_uuid_as_text){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "UUIDs in a text column",
	.rationale =
		"As text a UUID takes more than twice the space, compares by collation and admits any spelling: two keys that "
		"differ in case are different. Judged by the values ANALYZE sampled, and without them by the name and length "
		"together. Columns that are compared with each other have to change together, and so may the application.",
	.reference = "https://www.postgresql.org/docs/current/datatype-uuid.html",
	.judge = judge,
};

} // namespace dbeng
