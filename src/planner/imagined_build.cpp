#include "planner/imagined_build.hpp"

#include "core/text.hpp"

namespace dbeng {

void
set_operator_class(ImaginedKey *key, Oid opclass)
{
	key->opclass = opclass;
	key->opfamily = get_opclass_family(opclass);
	key->input_type = get_opclass_input_type(opclass);
}

static bool
set_default_operator_class(ImaginedKey *key, Oid method)
{
	Oid opclass = GetDefaultOpClass(key->type, method);
	if (!OidIsValid(opclass))
		return false;
	set_operator_class(key, opclass);
	return true;
}

bool
imagine_column(ImaginedKey *key, const RelationEntry &table, AttrNumber column, Oid method, bool included)
{
	const ColumnEntry *entry = table.column(column);
	if (entry == nullptr)
		return false;
	*key = {};
	key->column = column;
	key->type = entry->type;
	if (included)
		return true;
	key->collation = entry->collation;
	return set_default_operator_class(key, method);
}

bool
imagine_expression(ImaginedKey *key, Node *expression, Oid method)
{
	*key = {};
	key->expression = expression;
	key->type = exprType(expression);
	key->collation = exprCollation(expression);
	return set_default_operator_class(key, method);
}

/* Errors about the definition carry their position in it, not in the statement that called us. */
static void
point_into_definition(void *text)
{
	int position = geterrposition();
	if (position <= 0)
		return;
	errposition(0);
	internalerrposition(position);
	internalerrquery(static_cast<const char *>(text));
}

static const char *const example = "SELECT * FROM dbeng.estimate_index('CREATE INDEX ON a_table (a_column)');";

static IndexStmt *
parsed(const char *text)
{
	List *statements = pg_parse_query(text);
	if (list_length(statements) != 1)
		ereport(ERROR, errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("dbeng.estimate_index() takes a CREATE INDEX, not %s",
					   statements == NIL ? "an empty text" : "several statements"),
				errdetail("It is never executed."), errhint("%s", example));
	Node *statement = linitial_node(RawStmt, statements)->stmt;
	if (!IsA(statement, IndexStmt))
		ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("dbeng.estimate_index() takes a CREATE INDEX, not %s",
					   GetCommandTagName(CreateCommandTag(statement))),
				errdetail("It is never executed."), errhint("%s", example));
	return reinterpret_cast<IndexStmt *>(statement);
}

/* The share of the rows that a condition, as it was parsed, lets through: what the planner expects of a query. */
static double
share_of(RangeVar *table, Node *condition, const char *text)
{
	auto expected = [&](Node *where)
	{
		SelectStmt *select = makeNode(SelectStmt);
		select->fromClause = list_make1(copyObjectImpl(table));
		select->whereClause = static_cast<Node *>(copyObjectImpl(where));
		RawStmt *raw = makeNode(RawStmt);
		raw->stmt = reinterpret_cast<Node *>(select);
		::Query *query = parse_analyze_fixedparams(raw, text, nullptr, 0, nullptr);
		return standard_planner(query, text, 0, nullptr)->planTree->plan_rows;
	};
	double all = expected(nullptr);
	return all > 0 ? std::min(expected(condition) / all, 1.0) : 1;
}

static void
require_immutable(Node *expression, const char *what)
{
	if (contain_mutable_functions(expression))
		ereport(ERROR, errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				errmsg("functions in index %s must be marked IMMUTABLE", what),
				errdetail("CREATE INDEX would raise the same."),
				errhint("Use a function whose result depends on its arguments alone."));
}

static ImaginedKey
resolved(const RelationEntry &table, const IndexElem &element, const IndexStmt &statement, Oid method, bool included)
{
	ImaginedKey key = {};
	if (element.name != nullptr)
	{
		const ColumnEntry *column = table.column(element.name);
		if (column == nullptr)
			ereport(ERROR, errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("column \"%s\" does not exist", element.name),
					errdetail("Table %s has no such column.", quoted(table.schema->name, table.name)),
					errhint("Columns of the system cannot be indexed, either."));
		key.column = column->number;
		key.type = column->type;
		key.collation = column->collation;
	}
	else
	{
		if (included)
			ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					errmsg("expressions are not supported in included columns"));
		key.expression = reinterpret_cast<Node *>(expression_planner(reinterpret_cast<Expr *>(element.expr)));
		require_immutable(key.expression, "expression");
		key.type = exprType(key.expression);
		key.collation = exprCollation(key.expression);
	}
	if (included)
	{
		key.collation = InvalidOid;
		return key;
	}
	if (element.collation != NIL)
		key.collation = get_collation_oid(element.collation, false);
	set_operator_class(&key, ResolveOpClass(element.opclass, key.type, statement.accessMethod, method));
	if (element.ordering == SORTBY_DESC)
		key.option |= INDOPTION_DESC;
	if (element.nulls_ordering == SORTBY_NULLS_FIRST ||
		(element.nulls_ordering == SORTBY_NULLS_DEFAULT && element.ordering == SORTBY_DESC))
		key.option |= INDOPTION_NULLS_FIRST;
	return key;
}

static void
read_options(IndexOptions &options, List *definitions)
{
	ListCell *cell;
	foreach (cell, definitions)
	{
		DefElem *option = lfirst_node(DefElem, cell);
		if (strcmp(option->defname, "fillfactor") == 0)
			options.fillfactor = std::clamp(defGetInt32(option), 10, 100);
		else if (strcmp(option->defname, "deduplicate_items") == 0)
			options.deduplicate = defGetBoolean(option);
		else if (strcmp(option->defname, "pages_per_range") == 0)
			options.pages_per_range = std::max(defGetInt32(option), 1);
	}
}

ImaginedDefinition
imagined_definition(const Catalog &catalog, const char *text)
{
	ErrorContextCallback context = {error_context_stack, point_into_definition, const_cast<char *>(text)};
	error_context_stack = &context;

	IndexStmt *statement = parsed(text);
	Oid method = get_index_am_oid(statement->accessMethod, false);
	Oid relation = RangeVarGetRelid(statement->relation, NoLock, false);
	const RelationEntry *table = catalog.relation(relation);
	if (table == nullptr || !(table->is_table() || table->kind == RELKIND_MATVIEW))
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("cannot create index on relation \"%s\"", statement->relation->relname),
				errdetail("It is no table and no materialized view."), errhint("%s", example));
	if (table->standing == Standing::temporary || table->standing == Standing::system)
		ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("no estimate for relation \"%s\"", statement->relation->relname),
				errdetail("It is a temporary table or one of the system."), errhint("%s", example));
	if (!ConditionalLockRelationOid(relation, AccessShareLock))
		ereport(ERROR, errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				errmsg("could not obtain lock on relation \"%s\"", table->name),
				errdetail("Another session changes it."), errhint("Try again when it is free."));

	Node *condition = static_cast<Node *>(copyObjectImpl(statement->whereClause));
	statement = transformIndexStmt(relation, statement, text);

	ImaginedDefinition definition = {};
	definition.share = 1;
	definition.index.table = table;
	definition.index.method = method;
	definition.options.unique = statement->unique;
	definition.index.key_columns = static_cast<uint16>(list_length(statement->indexParams));
	auto count = static_cast<std::size_t>(list_length(statement->indexParams)) +
				 static_cast<std::size_t>(list_length(statement->indexIncludingParams));
	auto *keys = static_cast<ImaginedKey *>(palloc(count * sizeof(ImaginedKey)));
	const IndexAmRoutine *routine = GetIndexAmRoutineByAmId(method, false);
	auto refuse = [statement](const char *what)
	{
		ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("access method \"%s\" does not support %s", statement->accessMethod, what));
	};
	if (definition.index.key_columns > 1 && !routine->amcanmulticol)
		refuse("multicolumn indexes");
	if (statement->indexIncludingParams != NIL && !routine->amcaninclude)
		refuse("included columns");
	if (statement->unique && !routine->amcanunique)
		refuse("unique indexes");
	std::size_t at = 0;
	ListCell *cell;
	foreach (cell, statement->indexParams)
		keys[at++] = resolved(*table, *lfirst_node(IndexElem, cell), *statement, method, false);
	foreach (cell, statement->indexIncludingParams)
		keys[at++] = resolved(*table, *lfirst_node(IndexElem, cell), *statement, method, true);
	definition.index.keys = {keys, count};
	if (statement->whereClause != nullptr)
	{
		require_immutable(statement->whereClause, "predicate");
		Node *predicate = eval_const_expressions(nullptr, statement->whereClause);
		definition.index.predicate = make_ands_implicit(canonicalize_qual(reinterpret_cast<Expr *>(predicate), false));
		definition.share = share_of(statement->relation, condition, text);
	}
	read_options(definition.options, statement->options);
	error_context_stack = context.previous;
	return definition;
}

} // namespace dbeng
