#include "schema/columns.hpp"

namespace dbeng {

static bool
any_column(const Catalog &, const RelationEntry &, const ColumnEntry &)
{
	return true;
}

static bool
fails(const Catalog &, const RelationEntry &, const ColumnEntry &column)
{
	static constexpr const char *empty[] = {
		"bar",	"col",	"column1", "data",	"data1", "field",  "field1", "flag",  "foo",
		"info", "misc", "name1",   "name2", "new",	 "object", "old",	 "other", "stuff",
		"temp", "test", "thing",   "tmp",	"type",	 "val",	   "value",	 "var",	  "xxx",
	};
	return one_of(column.name, empty);
}

static void
describe(const FailingColumns &columns, Finding &finding)
{
	finding.message("%s: %s that would fit any column", columns.names(), columns.count() == 1 ? "a name" : "names");
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	static constexpr ColumnRule rule = {any_column, fails, describe};
	judge_by_table(catalog, verdict, rule);
}

CHECK(nam_bad_words){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.disabled = true,
	.title = "Names that say nothing",
	.rationale =
		"data, value, type and flag1 have to be looked up each time, and join after join they collide. A matter of house "
		"style.",
	.judge = judge,
};

} // namespace dbeng
