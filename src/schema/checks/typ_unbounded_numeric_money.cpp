#include "schema/columns.hpp"

namespace dbeng {

static bool
is_amount(const Catalog &, const RelationEntry &, const ColumnEntry &column)
{
	return column.type == NUMERICOID && names_money(column.name);
}

static bool
fails(const Catalog &catalog, const RelationEntry &table, const ColumnEntry &column)
{
	return is_amount(catalog, table, column) && column.typmod < 0;
}

static void
describe(const FailingColumns &columns, Finding &finding)
{
	finding.message("%s %s numeric without a precision: a third of a cent is stored as it comes", columns.names(),
					columns.count() == 1 ? "is" : "are");
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	static constexpr ColumnRule rule = {is_amount, fails, describe};
	judge_by_table(catalog, verdict, rule);
}

CHECK(typ_unbounded_numeric_money){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.disabled = true,
	.title = "Money without a number of decimals",
	.rationale =
		"numeric without precision and scale keeps any number of decimals, so rounding is left to whoever reads. "
		"numeric(12,2) rounds when storing. A matter of house style, since currencies differ.",
	.reference = "https://www.postgresql.org/docs/current/datatype-numeric.html",
	.judge = judge,
};

} // namespace dbeng
