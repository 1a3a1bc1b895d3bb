#include "schema/columns.hpp"
#include "schema/samples.hpp"

namespace dbeng {

static bool
may_list(const char *column)
{
	static constexpr const char *lasts[] = {"ids", "list", "uuids", "codes", "keys"};
	Words words(column);
	return words.count() > 1 && one_of(words.last(), lasts);
}

static bool
is_delimiter(char c)
{
	return c == ',' || c == ';' || c == '|';
}

/* 12,5,77 or a single item of such a list: no blanks inside, as sentences have. */
static bool
is_item_or_list(std::string_view value)
{
	bool after_delimiter = true;
	for (char c : value)
	{
		if (is_delimiter(c))
			after_delimiter = true;
		else if (c == ' ' && !after_delimiter)
			return false;
		else if (c == '{' || c == '[' || c == '"' || c == '<')
			return false;
		else if (c != ' ')
			after_delimiter = false;
	}
	return true;
}

static bool
is_list(std::string_view value)
{
	return is_item_or_list(value) && std::find_if(value.begin(), value.end(), is_delimiter) != value.end();
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	each_own_column(catalog,
					[&](const RelationEntry &table, const ColumnEntry &column)
					{
						if (!may_list(column.name) || !is_text(catalog, column) || column.statistics == nullptr)
							return;
						verdict.judged();
						Sample lists = sampled_values(table, column, is_list);
						if (lists.passed == 0 || lists.passed * 2 < lists.values ||
							!sampled_values(table, column, is_item_or_list).nearly_all())
							return;
						verdict.failed(
							Subject(table, column),
							[lists](Finding &finding)
							{
								finding.message(
									"%d of %d sampled values are lists in one text: no foreign key, no index for a "
									"single item, and a change rewrites them all",
									lists.passed, lists.values);
								finding.evidence("sampled", lists.values);
								finding.evidence("lists", lists.passed);
							});
					});
}

CHECK(sch_multivalued){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Lists kept in one text",
	.rationale =
		"To find the rows with one item, '%,12,%' reads the whole table, and nothing keeps items that do not exist out. A "
		"child table has keys and indexes; an array at least has a GIN index. Judged by names such as tag_ids and the values "
		"ANALYZE sampled.",
	.reference = "https://www.postgresql.org/docs/current/arrays.html",
	.judge = judge,
};

} // namespace dbeng
