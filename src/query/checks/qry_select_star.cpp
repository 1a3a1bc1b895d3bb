#include "catalog/naming.hpp"
#include "query/statement.hpp"

namespace dbeng {

namespace {
struct Star
{
	const RelationEntry *table = nullptr;
	double row_bytes = 0;	  /* in the table itself */
	double outside_bytes = 0; /* in its TOAST table, for each row */
};
} // namespace

/* Is there a * (or a qualifier.* of this source) in the target list? */
static bool
takes_all(const SelectStmt &select, const Source &source)
{
	ListCell *cell;
	foreach (cell, select.targetList)
	{
		Node *value = lfirst_node(ResTarget, cell)->val;
		if (value == nullptr || !IsA(value, ColumnRef))
			continue;
		List *fields = castNode(ColumnRef, value)->fields;
		if (!IsA(llast(fields), A_Star))
			continue;
		if (list_length(fields) == 1 || (list_length(fields) == 2 && source.is_called(strVal(linitial(fields)))))
			return true;
	}
	return false;
}

static int64
toast_pages(const RelationEntry &table)
{
	int64 pages = table.toast_pages;
	for (const RelationEntry *child : table.children)
		pages += toast_pages(*child);
	return pages;
}

static Star
measured(const Catalog &catalog, const RelationEntry &table)
{
	Star star = {&table};
	/* The width that ANALYZE records of a value moved out of line is its pointer's. */
	for (const ColumnEntry &column : table.columns)
		if (column.statistics != nullptr)
			star.row_bytes += column.statistics->width;
	if (double rows = catalog.rows(table); rows > 0)
		star.outside_bytes = static_cast<double>(toast_pages(table)) * BLCKSZ / rows;
	return star;
}

/* Finds the relations of a FROM list, joins included. */
static void
add_sources(const Catalog &catalog, const StatementEntry &statement, Node *from, Vector<Source> &sources)
{
	if (IsA(from, RangeVar))
		sources.push_back({castNode(RangeVar, from), resolve(catalog, statement, *castNode(RangeVar, from))});
	else if (IsA(from, JoinExpr))
	{
		add_sources(catalog, statement, castNode(JoinExpr, from)->larg, sources);
		add_sources(catalog, statement, castNode(JoinExpr, from)->rarg, sources);
	}
}

/* The worst table a star of this statement stands for. */
static Star
widest(const Catalog &catalog, const StatementEntry &statement, const SelectStmt &select, const Verdict &verdict)
{
	Local<Vector<Source>> sources;
	ListCell *cell;
	foreach (cell, select.fromClause)
		add_sources(catalog, statement, static_cast<Node *>(lfirst(cell)), *sources);

	Star worst;
	for (const Source &source : *sources)
	{
		if (source.relation == nullptr || !source.relation->is_table() || !takes_all(select, source))
			continue;
		Star star = measured(catalog, *source.relation);
		double bytes = star.row_bytes + star.outside_bytes;
		/* Of a single row, narrow columns cost nothing. */
		bool many = static_cast<double>(source.relation->columns.size()) >= verdict.threshold("columns") &&
					rows_per_call(statement) >= 2;
		if ((star.outside_bytes >= verdict.threshold("bytes") || many) &&
			(worst.table == nullptr || bytes > worst.row_bytes + worst.outside_bytes))
			worst = star;
	}
	return worst;
}

static const char *
tell(const Star &star, Finding &finding)
{
	const char *name = full_name(*star.table);
	finding.evidence("table", name);
	finding.evidence("columns", star.table->columns.size());
	finding.evidence("row_bytes", star.row_bytes);
	finding.evidence("toast_bytes_per_row", star.outside_bytes);
	if (star.outside_bytes >= 1)
		return format("fetches all %zu columns of %s, with %s a row stored out of line", star.table->columns.size(),
					  name, size(std::llround(star.outside_bytes)));
	return format("fetches all %zu columns of %s", star.table->columns.size(), name);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;

	for (const StatementEntry &statement : load.statements)
	{
		const SelectStmt *select = plain_select(statement);
		if (select == nullptr)
			continue;
		verdict.judged(statement.total_ms);
		if (!matters(load, statement))
			continue;
		Star star = widest(catalog, statement, *select, verdict);
		if (star.table != nullptr)
			statement_failed(catalog, verdict, load, statement,
							 [star](Finding &finding) { return tell(star, finding); },
							 {.rank = (star.row_bytes + star.outside_bytes) * static_cast<double>(statement.rows)});
	}
}

CHECK(qry_select_star){
	.dimension = Dimension::query_quality,
	.severity = Severity::notice,
	.title = "SELECT * from a wide table",
	.rationale =
		"Every column is read, taken out of TOAST, sent and thrown away, an index alone can never answer, and a new "
		"column changes what the application gets. Judged on tables of many columns read many rows at a time, and on "
		"those with large values.",
	.reference = "https://www.postgresql.org/docs/current/storage-toast.html",
	.thresholds = {{"columns", 15}, {"bytes", 2000}},
	.judge = judge,
};

} // namespace dbeng
