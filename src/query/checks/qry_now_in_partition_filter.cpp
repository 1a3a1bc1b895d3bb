#include "catalog/naming.hpp"
#include "query/statement.hpp"

namespace dbeng {

static int64
leaves(const RelationEntry &table)
{
	if (table.partition_key == nullptr)
		return 1;
	int64 count = 0;
	for (const RelationEntry *child : table.children)
		count += leaves(*child);
	return count;
}

/* Is a column of this name spoken of anywhere in the statement? Then it may prune. */
static bool
speaks_of(const StatementEntry &statement, const char *column)
{
	return any_raw_node(statement.parsed->stmt,
						[column](Node *node)
						{
							if (IsA(node, ColumnRef))
							{
								auto *last = static_cast<Node *>(llast(castNode(ColumnRef, node)->fields));
								return IsA(last, String) && strcmp(strVal(last), column) == 0;
							}
							/* JOIN … USING (column) and NATURAL JOIN. */
							return IsA(node, JoinExpr) && (castNode(JoinExpr, node)->usingClause != NIL ||
														   castNode(JoinExpr, node)->isNatural);
						});
}

/* Does the statement leave the planner nothing to choose partitions by? */
static bool
ignores_key(const StatementEntry &statement, const RelationEntry &table)
{
	for (AttrNumber number : table.partition_key->columns)
	{
		const ColumnEntry *column = table.column(number);
		/* What an expression needs is not worth guessing. */
		if (column == nullptr || speaks_of(statement, column->name))
			return false;
	}
	return true;
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
		/* Without a condition the whole table is wanted. */
		if (where_of(statement) == nullptr)
			continue;
		Source source = only_source(catalog, statement);
		if (source.relation == nullptr || source.relation->partition_key == nullptr)
			continue;
		verdict.judged(statement.total_ms);
		int64 partitions = leaves(*source.relation);
		if (static_cast<double>(partitions) < verdict.threshold("partitions") || !matters(load, statement) ||
			!ignores_key(statement, *source.relation))
			continue;
		statement_failed(catalog, verdict, load, statement,
						 [partitions, table = source.relation](Finding &finding)
						 {
							 finding.evidence("table", full_name(*table));
							 finding.evidence("partitions", partitions);
							 return format(
								 "no condition on %s, the partition key of %s: all %s partitions are searched",
								 column_list(*table, table->partition_key->columns), full_name(*table),
								 grouped(partitions));
						 },
						 {.rank = share_pct(load, statement)});
	}
}

CHECK(qry_now_in_partition_filter){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "Partitioned table searched without its partition key",
	.rationale =
		"Only a condition on the partition key lets the server leave partitions out. Without it every call plans for, "
		"locks and searches them all, and gets slower with each partition that is added. Judged where the key is not "
		"mentioned anywhere in the statement.",
	.reference = "https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITION-PRUNING",
	.thresholds = {{"partitions", 8}},
	.judge = judge,
};

} // namespace dbeng
