#include "schema/columns.hpp"

namespace dbeng {

static bool
any_column(const Catalog &, const RelationEntry &, const ColumnEntry &)
{
	return true;
}

static bool
fails(const Catalog &catalog, const RelationEntry &, const ColumnEntry &column)
{
	const TypeEntry *type = catalog.type(catalog.base_type(column.type));
	return type != nullptr && type->kind == TYPTYPE_ENUM && type->standing == Standing::user;
}

static void
describe(const FailingColumns &columns, Finding &finding)
{
	finding.message("%s %s enum: values can be added, but never be removed or put in another order", columns.names(),
					columns.count() == 1 ? "is an" : "are");
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	static constexpr ColumnRule rule = {any_column, fails, describe};
	judge_by_table(catalog, verdict, rule);
}

CHECK(typ_enum){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.disabled = true,
	.title = "Enum columns",
	.rationale =
		"A value of an enum cannot be dropped, and what belongs to a value (a label, a date it ended) has no place. A "
		"small table with a foreign key, or text with a CHECK, can be changed with plain statements. A matter of house style.",
	.reference = "https://www.postgresql.org/docs/current/datatype-enum.html",
	.judge = judge,
};

} // namespace dbeng
