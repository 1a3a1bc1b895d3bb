#include "schema/columns.hpp"
#include "core/text.hpp"

namespace dbeng {

namespace {
struct Clone
{
	const RelationEntry *table;
	std::string_view base;
};
} // namespace

static bool
is_year(const char *digits)
{
	return (strncmp(digits, "19", 2) == 0 || strncmp(digits, "20", 2) == 0) &&
		   isdigit(static_cast<unsigned char>(digits[2])) && isdigit(static_cast<unsigned char>(digits[3]));
}

/* orders_2023, orders_2023_07, orders_y2023m07, orders_202307: what stands before the year; empty without one. */
static std::string_view
before_year(const char *name)
{
	std::string_view whole = name;
	for (std::size_t at = 1; at + 4 <= whole.size(); at++)
	{
		if (!is_year(name + at) || isdigit(static_cast<unsigned char>(name[at - 1])))
			continue;
		/* After the year only more of the date. */
		if (strspn(name + at, "0123456789_mdqw") != whole.size() - at)
			return {};
		std::string_view base = slice(whole, 0, at);
		if (base.back() == 'y' && base.size() > 1 && base[base.size() - 2] == '_')
			base.remove_suffix(1);
		while (!base.empty() && base.back() == '_')
			base.remove_suffix(1);
		return base.size() >= 2 ? base : std::string_view{};
	}
	return {};
}

static bool
same_shape(const RelationEntry &a, const RelationEntry &b)
{
	if (a.columns.size() != b.columns.size())
		return false;
	for (std::size_t i = 0; i < a.columns.size(); i++)
		if (a.columns[i].type != b.columns[i].type || strcmp(a.columns[i].name, b.columns[i].name) != 0)
			return false;
	return true;
}

static bool
precedes(const Clone &a, const Clone &b)
{
	if (a.table->schema != b.table->schema)
		return a.table->schema->oid < b.table->schema->oid;
	if (a.base != b.base)
		return a.base < b.base;
	return strcmp(a.table->name, b.table->name) < 0;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	auto least = static_cast<std::size_t>(std::max(2.0, verdict.threshold("tables")));
	Local<Vector<Clone>> clones;
	for (const RelationEntry &table : catalog.tables())
	{
		if (framework_table(table))
			continue;
		verdict.judged();
		/* Inheritance is how partitions were made before there were any; that is another check's. */
		if (table.kind != RELKIND_RELATION || table.inherits)
			continue;
		if (std::string_view base = before_year(table.name); !base.empty())
			clones->push_back(Clone{&table, base});
	}
	std::sort(clones->begin(), clones->end(), precedes);

	for (std::size_t from = 0; from < clones->size();)
	{
		const Clone &first = (*clones)[from];
		std::size_t to = from + 1;
		while (to < clones->size() && (*clones)[to].table->schema == first.table->schema &&
			   (*clones)[to].base == first.base && same_shape(*first.table, *(*clones)[to].table))
			to++;
		if (std::size_t count = to - from; count >= least)
			verdict.failed(*(*clones)[to - 1].table,
						   [first, count](Finding &finding)
						   {
							   finding.message(
								   "the last of %d tables of one shape, one a period, from %s on: queries over several "
								   "need a UNION that grows; partitions of one table do not",
								   static_cast<int>(count), first.table->name);
							   finding.evidence("tables", static_cast<int64>(count));
							   finding.evidence("first", first.table->name);
						   },
						   {.rank = static_cast<double>(count)});
		from = to;
	}
}

CHECK(sch_metadata_tribbles){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "A table for each period",
	.rationale =
		"orders_2023, orders_2024, ... keep a value in a name: no key or constraint spans them and each change is made "
		"many times. PARTITION BY RANGE keeps the pieces and gives them one name. Judged from three tables of equal columns on.",
	.reference = "https://www.postgresql.org/docs/current/ddl-partitioning.html",
	.thresholds = {{"tables", 3}},
	.judge = judge,
};

} // namespace dbeng
