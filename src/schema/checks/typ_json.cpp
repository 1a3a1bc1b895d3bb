#include "schema/columns.hpp"

namespace dbeng {

static bool
is_json(const Catalog &catalog, const RelationEntry &, const ColumnEntry &column)
{
	return has_type(catalog, column, JSONOID) || has_type(catalog, column, JSONBOID);
}

static bool
fails(const Catalog &catalog, const RelationEntry &, const ColumnEntry &column)
{
	/* A document kept as it came, for its signature or for a replay. */
	static constexpr const char *verbatim[] = {"raw", "original", "verbatim", "signed", "request", "response"};
	return has_type(catalog, column, JSONOID) && !Words(column.name).has_any(verbatim);
}

static void
describe(const FailingColumns &columns, Finding &finding)
{
	finding.message("%s %s json: parsed again for each access, without equality, GIN index or containment%s",
					columns.names(), columns.count() == 1 ? "is" : "are", rewrite_note(columns.catalog, columns.table));
	bool domain = false;
	columns.each([&domain](const ColumnEntry &column) { domain = domain || column.type != JSONOID; });
	if (!domain && quick_to_rewrite(columns.catalog, columns.table))
		fix_types(columns, finding,
				  [](const ColumnEntry &column) { return format("TYPE jsonb USING %s::jsonb", quoted(column.name)); });
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	static constexpr ColumnRule rule = {is_json, fails, describe};
	judge_by_table(catalog, verdict, rule);
}

CHECK(typ_json){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "json where jsonb would serve",
	.rationale =
		"json keeps the text as it came, blanks and repeated keys included, and parses it for every operator; it has no "
		"equality (DISTINCT and UNION fail) and no useful index. jsonb has all of that. Columns named raw, original, request "
		"and the like are taken to keep the text on purpose.",
	.reference = "https://www.postgresql.org/docs/current/datatype-json.html",
	.judge = judge,
};

} // namespace dbeng
