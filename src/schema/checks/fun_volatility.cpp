#include "catalog/expression.hpp"
#include "core/parse.hpp"
#include "schema/columns.hpp"

namespace dbeng {

namespace {
/* What a statement touches, as far as a function's promise is concerned. */
struct Touched
{
	const char *table = nullptr; /* one that it reads or writes */
	bool writes = false;
};
} // namespace

static Touched
touched_by_tree(const Catalog &catalog, const char *tree)
{
	Touched touched;
	any_node(expression_tree(tree),
			 [&](Node *node)
			 {
				 if (!IsA(node, Query))
					 return false;
				 auto *query = castNode(Query, node);
				 touched.writes =
					 touched.writes || (query->commandType != CMD_SELECT && query->commandType != CMD_UTILITY);
				 ListCell *cell;
				 foreach (cell, query->rtable)
				 {
					 const RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);
					 if (entry->rtekind != RTE_RELATION)
						 continue;
					 const RelationEntry *relation = catalog.relation(entry->relid);
					 touched.table = relation != nullptr ? relation->name : "a system catalog";
				 }
				 return false;
			 });
	return touched;
}

namespace {
/* Names of a raw parse tree; those of CTEs are no tables. */
struct RawNames
{
	Local<Vector<const RangeVar *>> tables;
	Local<Vector<const char *>> ctes;
	bool writes = false;

	static bool visit(Node *node, void *context)
	{
		if (node == nullptr)
			return false;
		auto *names = static_cast<RawNames *>(context);
		if (IsA(node, RangeVar))
			names->tables->push_back(castNode(RangeVar, node));
		else if (IsA(node, CommonTableExpr))
			names->ctes->push_back(castNode(CommonTableExpr, node)->ctename);
		else if (IsA(node, InsertStmt) || IsA(node, UpdateStmt) || IsA(node, DeleteStmt) || IsA(node, MergeStmt))
			names->writes = true;
		return pg::walk_raw(node, visit, context);
	}
};
} // namespace

static Touched
touched_by_source(const char *source)
{
	const RawStmt *statement = parse_statement(source);
	if (statement == nullptr)
		return {};
	Node *node = statement->stmt;
	if (!is_walkable(node))
		return {};
	RawNames names;
	RawNames::visit(node, &names);
	for (const RangeVar *table : *names.tables)
	{
		bool cte = false;
		for (const char *name : *names.ctes)
			cte = cte || (table->schemaname == nullptr && strcmp(name, table->relname) == 0);
		if (!cte)
			return {table->relname, names.writes};
	}
	return {};
}

/* An index on it would make a dump fail to restore. */
static bool
in_an_index(const Catalog &catalog, Oid function)
{
	const char *call = format(":funcid %u ", function);
	for (const IndexEntry &index : catalog.indexes)
		if ((index.expressions != nullptr && strstr(index.expressions, call) != nullptr) ||
			(index.predicate != nullptr && strstr(index.predicate, call) != nullptr))
			return true;
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const FunctionEntry &function : catalog.own_functions())
	{
		CHECK_FOR_INTERRUPTS();
		if (function.language != SQLlanguageId || function.volatility == PROVOLATILE_VOLATILE ||
			function.kind != PROKIND_FUNCTION)
			continue;
		verdict.judged();
		Touched touched = function.sql_body != nullptr ? touched_by_tree(catalog, function.sql_body)
						  : function.source != nullptr ? touched_by_source(function.source)
													   : Touched{};
		if (touched.table == nullptr || (function.volatility == PROVOLATILE_STABLE && !touched.writes))
			continue;
		verdict.failed(
			function,
			[&catalog, &function, touched](Finding &finding)
			{
				const char *promise = function.volatility == PROVOLATILE_IMMUTABLE ? "IMMUTABLE" : "STABLE";
				if (touched.writes)
					finding.message("%s and writes to %s: each call that gets there fails", promise, touched.table);
				else
					finding.message("%s and reads %s: plans and indexes keep results that the table no longer gives",
									promise, touched.table);
				finding.evidence("declared", promise);
				finding.evidence("table", touched.table);
				if (!in_an_index(catalog, function.oid))
					finding.fix("ALTER FUNCTION %s %s", Subject(function).text(),
								touched.writes ? "VOLATILE" : "STABLE");
			});
	}
}

CHECK(fun_volatility){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Function that promises more than it keeps",
	.rationale =
		"What is IMMUTABLE may be computed once and kept for good, in a prepared plan or an index: a result that depends on "
		"a table is then wrong as soon as the table changes. Judged for SQL functions by what their statement reads and writes.",
	.reference = "https://www.postgresql.org/docs/current/xfunc-volatility.html",
	.judge = judge,
};

} // namespace dbeng
