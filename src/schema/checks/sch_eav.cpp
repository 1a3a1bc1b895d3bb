#include "schema/columns.hpp"

namespace dbeng {

static bool
names_attribute(const char *column)
{
	static constexpr const char *names[] = {
		"attr",			 "attr_id",		   "attr_name",		  "attribute",	   "attribute_code", "attribute_id",
		"attribute_key", "attribute_name", "custom_field_id", "field_id",	   "field_name",	 "meta_key",
		"property",		 "property_id",	   "property_key",	  "property_name",
	};
	return one_of(column, names);
}

static bool
names_value(const char *column)
{
	static constexpr const char *names[] = {
		"attr_value", "attribute_value", "field_value",	 "meta_value", "property_value", "string_value", "text_value",
		"val",		  "value",			 "value_string", "value_text",
	};
	return one_of(column, names);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	constexpr std::size_t most_columns = 12;
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (framework_table(table))
			continue;
		verdict.judged();
		if (table.columns.size() > most_columns)
			continue;
		const ColumnEntry *entity = nullptr;
		const ColumnEntry *attribute = nullptr;
		const ColumnEntry *value = nullptr;
		for (const ColumnEntry &column : table.columns)
		{
			if (attribute == nullptr && names_attribute(column.name))
				attribute = &column;
			else if (value == nullptr && names_value(column.name) && is_text(catalog, column))
				value = &column;
			else if (entity == nullptr && names_reference(column.name))
				entity = &column;
		}
		if (entity == nullptr || attribute == nullptr || value == nullptr)
			continue;
		verdict.failed(
			table,
			[entity, attribute, value](Finding &finding)
			{
				finding.message(
					"%s, %s, %s: one row an attribute, with every value as text; no types, no constraints, and "
					"a join for each attribute",
					entity->name, attribute->name, value->name);
				finding.evidence("entity", entity->name);
				finding.evidence("attribute", attribute->name);
				finding.evidence("value", value->name);
			});
	}
}

CHECK(sch_eav){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Entity, attribute and value as rows",
	.rationale =
		"Attributes in rows cannot be NOT NULL, typed, checked or indexed apart, and putting an entity together takes a join "
		"for each. Columns for what is known and one jsonb column for the rest do all of that. Judged by names of columns; "
		"plain key and value tables for settings are left alone.",
	.reference = "https://www.postgresql.org/docs/current/datatype-json.html",
	.judge = judge,
};

} // namespace dbeng
