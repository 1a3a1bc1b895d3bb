#include "catalog/naming.hpp"
#include "core/query.hpp"
#include "query/unserved_condition.hpp"

namespace dbeng {

/* The call as an index can hold it: an immutable function of the column alone. NULL where that is not certain. */
static const char *
indexable(const Catalog &catalog, const HiddenColumn &hidden)
{
	if (hidden.call == nullptr || list_length(hidden.call->args) != 1 || hidden.call->func_variadic ||
		hidden.table->kind != RELKIND_RELATION)
		return nullptr;
	const char *name = last_name(hidden.call->funcname);
	Oid type_oid = catalog.base_type(hidden.column->type);
	const TypeEntry *type = catalog.type(type_oid == VARCHAROID ? TEXTOID : type_oid);
	if (type == nullptr || type->schema == nullptr)
		return nullptr;
	const char *column = quoted(hidden.column->name);

	const FunctionEntry *own = nullptr;
	for (const FunctionEntry &function : catalog.functions)
		if (strcmp(function.name, name) == 0)
		{
			/* Which of several is meant depends on the search_path. */
			if (own != nullptr)
				return nullptr;
			own = &function;
		}
	if (own != nullptr)
		return own->volatility == PROVOLATILE_IMMUTABLE && own->kind == PROKIND_FUNCTION &&
					   own->argument_types.size() == 1 && own->argument_types[0] == type->oid
				   ? format("%s(%s)", quoted(own->schema->name, own->name), column)
				   : nullptr;

	const char *expression = nullptr;
	const char *signature = format("pg_catalog.%s(%s)", quoted(name), quoted(type->schema->name, type->name));
	each_row(format("SELECT FROM pg_proc WHERE oid OPERATOR(pg_catalog.=) to_regprocedure(%s)"
					" AND provolatile OPERATOR(pg_catalog.=) 'i' AND prokind OPERATOR(pg_catalog.=) 'f'",
					literal(signature)),
			 [&expression](const Row &) { expression = ""; });
	return expression == nullptr ? nullptr : format("%s(%s)", quoted(name), column);
}

static const char *
tell(const Catalog &catalog, const HiddenColumn &hidden, Finding &finding)
{
	const char *table = full_name(*hidden.table);
	const char *column = quoted(hidden.column->name);
	const char *shown;
	if (hidden.cast != nullptr)
		shown = format("%s::%s", column, hidden.cast);
	else
		shown = format("%s(%s%s)", last_name(hidden.call->funcname), list_length(hidden.call->args) > 1 ? "…, " : "",
					   column);

	finding.evidence("table", table);
	finding.evidence("column", hidden.column->name);
	if (const char *expression = indexable(catalog, hidden))
	{
		const char *index = new_name(catalog, *hidden.table,
									 format("%s_%s", last_name(hidden.call->funcname), hidden.column->name), "idx");
		finding.fix("CREATE INDEX CONCURRENTLY %s ON %s (%s)", quoted(index), table, expression);
		return format("compares %s, and no index of %s has it", shown, table);
	}
	Oid type = catalog.base_type(hidden.column->type);
	bool time = type == TIMESTAMPOID || type == TIMESTAMPTZOID;
	return format("compares %s, and no index of %s has it: %s", shown, table,
				  time ? format("a range of %s itself can use an index on it", column)
					   : format("compare %s itself, or index the expression", column));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;
	double least_pages = verdict.threshold("pages");
	double read_pct = verdict.threshold("read_pct");

	for (const StatementEntry &statement : load.statements)
	{
		if (where_of(statement) == nullptr)
			continue;
		verdict.judged(statement.total_ms);
		if (!matters(load, statement))
			continue;
		HiddenColumn found = hidden_column(catalog, statement);
		if (found.column == nullptr)
			continue;
		double pages = static_cast<double>(catalog.bytes(*found.table)) / BLCKSZ;
		if (pages < least_pages || 100 * blocks_per_call(statement) < read_pct * pages)
			continue;
		statement_failed(catalog, verdict, load, statement,
						 [&catalog, found](Finding &finding) { return tell(catalog, found, finding); },
						 {.rank = share_pct(load, statement)});
	}
}

CHECK(qry_function_on_column){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "Function that hides a column from its indexes",
	.rationale =
		"An index on a column does not help a condition on lower(column) or column::date: the table is read as a "
		"whole. An index on the expression or a range of the column itself does. Judged on statements that really "
		"read a good part of a table of many pages.",
	.reference = "https://www.postgresql.org/docs/current/indexes-expressional.html",
	.thresholds = {{"pages", 1000}, {"read_pct", 20}},
	.judge = judge,
};

} // namespace dbeng
