#include "catalog/expression.hpp"
#include "catalog/naming.hpp"
#include "catalog/words.hpp"
#include "schema/table_kind.hpp"
#include "unit/check.hpp"

namespace dbeng {

static bool
in_primary_key(const RelationEntry &table, AttrNumber number)
{
	const IndexEntry *key = table.primary_key();

	if (key != nullptr)
		for (const IndexKey &part : key->key())
			if (part.column == number)
				return true;
	return false;
}

/* A CHECK does what NOT NULL does, and may say more: any that tests for NULL counts. */
static bool
has_null_test(const RelationEntry &table)
{
	for (const ConstraintEntry *constraint : table.constraints)
	{
		if (constraint->type != CONSTRAINT_CHECK || constraint->expression == nullptr)
			continue;
		bool found =
			any_node(expression_tree(constraint->expression),
					 [](Node *node)
					 {
						 return IsA(node, NullTest) ||
								(IsA(node, FuncExpr) && (reinterpret_cast<FuncExpr *>(node)->funcid == F_NUM_NULLS ||
														 reinterpret_cast<FuncExpr *>(node)->funcid == F_NUM_NONNULLS));
					 });
		if (found)
			return true;
	}
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double least = verdict.threshold("columns");

	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (table.persistence != RELPERSISTENCE_PERMANENT || framework_table(table) || is_record(table) ||
			table.inherits)
			continue;
		int others = 0;
		int required = 0;
		int never_null = 0;
		for (const ColumnEntry &column : table.columns)
		{
			if (in_primary_key(table, column.number) || column.generated != '\0')
				continue;
			const TypeEntry *type = catalog.type(column.type);
			others++;
			required += column.not_null || (type != nullptr && type->not_null);
			never_null += column.statistics != nullptr && column.statistics->null_fraction == 0;
		}
		if (others < least)
			continue;
		verdict.judged();
		if (required > 0 || has_null_test(table))
			continue;
		bool known = table.tuples >= 1000;
		verdict.failed(
			table,
			[&table, others, never_null, known](Finding &finding)
			{
				if (known && never_null > 0)
					finding.message("all %d columns beside the key may be NULL, yet %d of them never are in %s rows",
									others, never_null, grouped(static_cast<int64>(table.tuples)));
				else
					finding.message("all %d columns beside the key may be NULL: a row may say nothing", others);
				finding.evidence("nullable_columns", others);
				if (known)
					finding.evidence("never_null", never_null);
			});
	}
}

CHECK(sch_all_nullable){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Table where every column is nullable",
	.rationale =
		"NOT NULL on what every row must have keeps half-written rows out and spares readers the question. Judged for "
		"tables with some columns beside the primary key; not for logs, archives and imports.",
	.reference = "https://www.postgresql.org/docs/current/ddl-constraints.html",
	.thresholds = {{"columns", 3}},
	.judge = judge,
};

} // namespace dbeng
