#include "schema/columns.hpp"
#include "core/text.hpp"

namespace dbeng {

namespace {
struct Numbered
{
	const ColumnEntry *column;
	std::string_view base;
	int number;
};
} // namespace

namespace {
struct Series
{
	std::string_view base;
	int first;
	int length = 0;
	int others = 0; /* more series in the same table */
};
} // namespace

/* The longest run of consecutive numbers with one type. */
static Series
longest_series(const RelationEntry &table, int least)
{
	Local<Vector<Numbered>> all;
	for (const ColumnEntry &column : table.columns)
		if (Numbered numbered{&column, {}, 0};
			is_own(column) && numbered_name(column.name, &numbered.base, &numbered.number))
			all->push_back(numbered);
	std::sort(all->begin(), all->end(),
			  [](const Numbered &a, const Numbered &b)
			  { return a.base != b.base ? a.base < b.base : a.number < b.number; });
	Series best;
	int found = 0;
	for (std::size_t from = 0; from < all->size();)
	{
		std::size_t to = from + 1;
		while (to < all->size() && (*all)[to].base == (*all)[from].base &&
			   (*all)[to].number == (*all)[to - 1].number + 1 && (*all)[to].column->type == (*all)[from].column->type)
			to++;
		int length = static_cast<int>(to - from);
		if (length >= least && (*all)[from].number <= 1)
		{
			found++;
			if (length > best.length)
				best = {(*all)[from].base, (*all)[from].number, length, 0};
		}
		from = to;
	}
	best.others = found - 1;
	return best;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	int least = std::max(2, static_cast<int>(verdict.threshold("columns")));
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (framework_table(table))
			continue;
		verdict.judged();
		Series series = longest_series(table, least);
		if (series.length == 0)
			continue;
		verdict.failed(table,
					   [series](Finding &finding)
					   {
						   int last = series.first + series.length - 1;
						   auto width = static_cast<int>(series.base.size());
						   finding.message(
							   "%.*s has columns numbered %d to %d: a search has to look into each, and one more needs "
							   "another column",
							   width, series.base.data(), series.first, last);
						   finding.evidence("name", format("%.*s", width, series.base.data()));
						   finding.evidence("columns", series.length);
						   finding.evidence("more_series", series.others);
					   });
	}
}

CHECK(sch_incrementing_columns){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Columns that are numbered",
	.rationale =
		"tag1, tag2, tag3 are one attribute with several values: a child table (or an array) holds any number of them and "
		"is searched with one condition and one index. Judged from three consecutive columns of one type on; lines of an "
		"address are left alone.",
	.thresholds = {{"columns", 3}},
	.judge = judge,
};

} // namespace dbeng
