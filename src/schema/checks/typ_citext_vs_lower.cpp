#include "catalog/expression.hpp"
#include "schema/columns.hpp"

namespace dbeng {

/* The column of a unique index on lower(column) alone, else 0. */
static AttrNumber
lowered_column(const IndexEntry &index)
{
	if (!index.unique || index.key_columns != 1 || index.keys[0].column != 0 || index.predicate != nullptr)
		return 0;
	List *expressions = castNode(List, expression_tree(index.expressions));
	if (list_length(expressions) != 1 || !IsA(linitial(expressions), FuncExpr))
		return 0;
	const FuncExpr *call = linitial_node(FuncExpr, expressions);
	if (call->funcid != F_LOWER_TEXT)
		return 0;
	auto *argument = static_cast<Node *>(linitial(call->args));
	while (IsA(argument, RelabelType))
		argument = reinterpret_cast<Node *>(castNode(RelabelType, argument)->arg);
	return IsA(argument, Var) ? castNode(Var, argument)->varattno : 0;
}

static const IndexEntry *
unique_on(const RelationEntry &table, AttrNumber column)
{
	for (const IndexEntry *index : table.indexes)
		if (index->unique && !index->primary && index->key_columns == 1 && index->keys[0].column == column &&
			index->predicate == nullptr)
			return index;
	return nullptr;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const IndexEntry &index : catalog.own_indexes())
	{
		if (index.expressions == nullptr || index.table->partition)
			continue;
		AttrNumber number = lowered_column(index);
		if (number == 0)
			continue;
		verdict.judged();
		const ColumnEntry *column = index.table->column(number);
		const IndexEntry *plain = unique_on(*index.table, number);
		if (plain == nullptr || column == nullptr)
			continue;
		verdict.failed(Subject(*index.table, *column),
					   [&index, &catalog, plain](Finding &finding)
					   {
						   finding.message(
							   "unique twice: %s makes sure that values differ in more than case, so %s (%s) can "
							   "only serve look-ups by the exact spelling",
							   index.name, plain->name, size(catalog.bytes(*plain)));
						   finding.evidence("lower_index", quoted(index.table->schema->name, index.name));
						   finding.evidence("plain_index", quoted(plain->table->schema->name, plain->name));
						   finding.evidence("plain_index_scans", catalog.counters(*plain).scans);
					   });
	}
}

CHECK(typ_citext_vs_lower){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Uniqueness with and without case",
	.rationale =
		"What is unique without regard to case is unique anyway: the second unique index is only more work for each write. "
		"If look-ups use lower(), it can go; if they use the exact spelling, a plain index will do; a column with a "
		"case-insensitive collation (or citext) needs one index only.",
	.reference = "https://www.postgresql.org/docs/current/collation.html#COLLATION-NONDETERMINISTIC",
	.judge = judge,
};

} // namespace dbeng
