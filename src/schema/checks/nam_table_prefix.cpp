#include "schema/columns.hpp"

namespace dbeng {

static bool
any_column(const Catalog &, const RelationEntry &, const ColumnEntry &)
{
	return true;
}

static bool
is_key(const RelationEntry &table, AttrNumber column)
{
	for (const ConstraintEntry *constraint : table.constraints)
		if (constraint->type == CONSTRAINT_FOREIGN || constraint->type == CONSTRAINT_PRIMARY)
			for (AttrNumber number : constraint->columns)
				if (number == column)
					return true;
	return false;
}

/* customer_name in customer or customers; the key may well be customer_id. */
static bool
fails(const Catalog &, const RelationEntry &table, const ColumnEntry &column)
{
	if (is_key(table, column.number))
		return false;
	for (const char *at = strchr(column.name, '_'); at != nullptr; at = strchr(at + 1, '_'))
	{
		char prefix[NAMEDATALEN];
		auto length = static_cast<std::size_t>(at - column.name);
		memcpy(prefix, column.name, length);
		prefix[length] = '\0';
		if (length > 0 && same_noun(prefix, table.name))
			return true;
	}
	return false;
}

static void
describe(const FailingColumns &columns, Finding &finding)
{
	finding.message("%s %s the table's name", columns.names(), columns.count() == 1 ? "repeats" : "repeat");
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	static constexpr ColumnRule rule = {any_column, fails, describe};
	judge_by_table(catalog, verdict, rule);
}

CHECK(nam_table_prefix){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.disabled = true,
	.title = "Columns that repeat the table's name",
	.rationale =
		"customer.customer_name says customer twice; customer.name says it once. Keys are left alone. A matter of house "
		"style.",
	.judge = judge,
};

} // namespace dbeng
