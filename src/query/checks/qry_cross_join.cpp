#include "catalog/naming.hpp"
#include "query/statement.hpp"

namespace dbeng {

/* More would be a list of tables nobody writes by hand. */
static constexpr std::size_t most_sources = 16;

using Sources = StaticVector<Source, most_sources>;
using Mask = uint32; /* of sources, by position */

/* All tables of a comma list without a JOIN; false where it holds anything that is not a known table. */
static bool
take_sources(const Catalog &catalog, const StatementEntry &statement, const List *from, Sources &sources)
{
	if (list_length(from) < 2 || list_length(from) > static_cast<int>(most_sources))
		return false;
	ListCell *cell;
	foreach (cell, from)
	{
		if (!IsA(lfirst(cell), RangeVar))
			return false;
		auto *range = lfirst_node(RangeVar, cell);
		const RelationEntry *relation = resolve(catalog, statement, *range);
		if (relation == nullptr || !relation->is_table())
			return false;
		sources.push_back({range, relation});
	}
	return true;
}

/* Which sources a reference may mean; all of them where that cannot be told. */
static Mask
meant(const Sources &sources, Mask all, const ColumnRef &reference)
{
	List *fields = reference.fields;
	if (list_length(fields) > 2 || !IsA(linitial(fields), String) || !IsA(llast(fields), String))
		return all;
	Mask mask = 0;
	for (std::size_t i = 0; i < sources.size(); i++)
		if (list_length(fields) == 2 ? sources[i].is_called(strVal(linitial(fields)))
									 : sources[i].relation->column(strVal(linitial(fields))) != nullptr)
			mask |= Mask{1} << i;
	return mask == 0 ? all : mask;
}

/* The sources that no condition mentions at all: each of their rows meets each row of the others. */
static Mask
unconditioned(const SelectStmt &select, const Sources &sources)
{
	Mask all = (Mask{1} << sources.size()) - 1;
	Mask mentioned = 0;
	any_raw_node(select.whereClause,
				 [&](Node *node)
				 {
					 if (IsA(node, ColumnRef))
						 mentioned |= meant(sources, all, *castNode(ColumnRef, node));
					 return false;
				 });
	return all & ~mentioned;
}

static bool
is_big(const Catalog &catalog, const RelationEntry &table, double rows)
{
	return catalog.rows(table) >= rows;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;
	double rows = verdict.threshold("rows");

	for (const StatementEntry &statement : load.statements)
	{
		const SelectStmt *select = plain_select(statement);
		if (select == nullptr || list_length(select->fromClause) < 2)
			continue;
		verdict.judged(statement.total_ms);
		Sources sources;
		if (!matters(load, statement) || !take_sources(catalog, statement, select->fromClause, sources))
			continue;
		Mask loose = unconditioned(*select, sources);
		const RelationEntry *left_out = nullptr;
		const RelationEntry *other = nullptr;
		for (std::size_t i = 0; i < sources.size(); i++)
			if (is_big(catalog, *sources[i].relation, rows))
				(left_out == nullptr && (loose & (Mask{1} << i)) != 0 ? left_out : other) = sources[i].relation;
		if (left_out == nullptr || other == nullptr)
			continue;
		statement_failed(catalog, verdict, load, statement,
						 [left_out, other](Finding &finding)
						 {
							 finding.evidence("table", full_name(*left_out));
							 finding.evidence("other", full_name(*other));
							 return format(
								 "no condition mentions %s: every one of its rows is combined with every row of %s",
								 full_name(*left_out), full_name(*other));
						 },
						 {.rank = share_pct(load, statement)});
	}
}

CHECK(qry_cross_join){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "Tables joined without a condition",
	.rationale =
		"FROM a, b without a condition that links them returns every combination of their rows: nearly always a "
		"forgotten condition, sometimes hidden by DISTINCT. Judged where the tables are large and one of them is in "
		"no condition at all; CROSS JOIN says it is meant and is left alone.",
	.reference = "https://www.postgresql.org/docs/current/queries-table-expressions.html",
	.thresholds = {{"rows", 1000}},
	.judge = judge,
};

} // namespace dbeng
