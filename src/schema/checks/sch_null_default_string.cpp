#include "catalog/expression.hpp"
#include "catalog/naming.hpp"
#include "schema/columns.hpp"

namespace dbeng {

/* For a column with a length the constant is in a call that cuts it. */
static Node *
without_casts(Node *node)
{
	for (;;)
	{
		if (IsA(node, RelabelType))
			node = reinterpret_cast<Node *>(castNode(RelabelType, node)->arg);
		else if (IsA(node, FuncExpr) && castNode(FuncExpr, node)->funcformat == COERCE_IMPLICIT_CAST)
			node = static_cast<Node *>(linitial(castNode(FuncExpr, node)->args));
		else
			return node;
	}
}

/* The text a default is, when it is a constant; NULL otherwise. */
static const char *
constant_text(const ColumnEntry &column)
{
	if (column.default_value == nullptr || column.generated != '\0')
		return nullptr;
	Node *node = without_casts(expression_tree(column.default_value->tree));
	if (!IsA(node, Const))
		return nullptr;
	const Const *constant = castNode(Const, node);
	if (constant->constisnull ||
		(constant->consttype != TEXTOID && constant->consttype != VARCHAROID && constant->consttype != BPCHAROID))
		return nullptr;
	return TextDatumGetCString(constant->constvalue);
}

static bool
stands_for_null(const char *text)
{
	for (const char *null : {"null", "(null)", "<null>", "[null]", "undefined"})
		if (pg_strcasecmp(text, null) == 0)
			return true;
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	each_own_column(catalog,
					[&](const RelationEntry &table, const ColumnEntry &column)
					{
						if (!column.has_default || !is_text(catalog, column))
							return;
						const char *text = constant_text(column);
						if (text == nullptr)
							return;
						verdict.judged();
						if (!stands_for_null(text))
							return;
						verdict.failed(Subject(table, column),
									   [&table, &column, text](Finding &finding)
									   {
										   finding.message(
											   "the default is the text %s, not NULL: IS NULL and COALESCE pass it by",
											   literal(text));
										   finding.evidence("default", text);
										   if (!column.not_null)
											   finding.fix("ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT",
														   full_name(table), quoted(column.name));
									   });
					});
}

CHECK(sch_null_default_string){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Default that spells out NULL",
	.rationale =
		"DEFAULT 'NULL' stores a word of four letters that no query for missing values finds; mostly a slip of a tool that "
		"wrote the DDL. The fix changes new rows only: UPDATE those that have the word already.",
	.reference = "https://www.postgresql.org/docs/current/ddl-default.html",
	.judge = judge,
};

} // namespace dbeng
