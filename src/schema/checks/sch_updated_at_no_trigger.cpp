#include "catalog/naming.hpp"
#include "catalog/workload.hpp"
#include "catalog/words.hpp"
#include "unit/check.hpp"

namespace dbeng {

static constexpr const char *update_columns[] = {"updated_at", "modified_at", "updatedAt", "last_modified_at"};

static const ColumnEntry *
update_column(const Catalog &catalog, const RelationEntry &table)
{
	for (const char *name : update_columns)
	{
		const ColumnEntry *column = table.column(name);
		if (column == nullptr || column->generated != '\0')
			continue;
		Oid type = catalog.base_type(column->type);
		if (type == TIMESTAMPTZOID || type == TIMESTAMPOID)
			return column;
	}
	return nullptr;
}

/* A trigger that may set it: any BEFORE UPDATE row trigger that fires. */
static const TriggerEntry *
maintainer(const RelationEntry &table)
{
	for (const TriggerEntry *trigger : table.triggers)
		if (!trigger->internal && trigger->enabled != TRIGGER_DISABLED && TRIGGER_FOR_ROW(trigger->type) &&
			TRIGGER_FOR_BEFORE(trigger->type) && TRIGGER_FOR_UPDATE(trigger->type))
			return trigger;
	return nullptr;
}

/* The trigger function that keeps this column in other tables; the house's way. */
static const FunctionEntry *
house_function(const Catalog &catalog, const ColumnEntry &column)
{
	for (const RelationEntry &table : catalog.tables())
	{
		const TriggerEntry *trigger = table.column(column.name) != nullptr ? maintainer(table) : nullptr;
		const FunctionEntry *function = trigger != nullptr ? catalog.function(trigger->function) : nullptr;
		if (function != nullptr && function->source != nullptr && function->standing == Standing::user &&
			strcasestr(function->source, column.name) != nullptr && strcasestr(function->source, "OLD.") == nullptr &&
			strlen(function->source) < 300)
			return function;
	}
	return nullptr;
}

namespace {
/* What the statements that update a table do about the column; by name, without the schema. */
struct Seen
{
	bool updates;
	bool sets;
};
} // namespace

static void
read_workload(const Catalog &catalog, FlatMap<std::string_view, Seen> &seen)
{
	for (const StatementEntry &statement : workload(catalog).statements)
	{
		if (statement.parsed == nullptr || !IsA(statement.parsed->stmt, UpdateStmt))
			continue;
		auto *update = castNode(UpdateStmt, statement.parsed->stmt);
		Seen &table = seen[update->relation->relname];
		table.updates = true;
		ListCell *cell;
		foreach (cell, update->targetList)
		{
			const char *name = lfirst_node(ResTarget, cell)->name;
			for (const char *column : update_columns)
				if (name != nullptr && strcmp(name, column) == 0)
					table.sets = true;
		}
	}
}

static void
describe(const Catalog &catalog, const RelationEntry &table, const ColumnEntry &column, bool by_trigger,
		 Finding &finding)
{
	int64 updates = catalog.counters(table).updated;

	if (by_trigger)
		finding.message("%s is set by no trigger, as it is in other tables: %s updates so far had to think of it",
						quoted(column.name), grouped(updates));
	else
		finding.message("%s is set by no trigger and by none of the UPDATE statements seen (%s updates so far)",
						quoted(column.name), grouped(updates));
	finding.evidence("column", column.name);
	finding.evidence("updates", updates);
	if (table.inherits || !table.children.empty())
		return;
	const FunctionEntry *function = house_function(catalog, column);
	const char *name = function != nullptr ? quoted(function->schema->name, function->name) : nullptr;
	if (function == nullptr)
	{
		const char *plain = format("set_%s", column.name);
		for (const FunctionEntry &other : catalog.functions)
			if (other.schema == table.schema && strcmp(other.name, plain) == 0)
				return;
		name = quoted(table.schema->name, plain);
		finding.fix("CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS "
					"$$BEGIN NEW.%s := now(); RETURN NEW; END$$",
					name, quoted(column.name));
	}
	finding.fix("CREATE TRIGGER %s BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s()",
				quoted(format("set_%s", column.name)), full_name(table), name);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	int with_trigger = 0;
	int all = 0;

	for (const RelationEntry &table : catalog.tables())
	{
		if (framework_table(table) || update_column(catalog, table) == nullptr)
			continue;
		all++;
		with_trigger += maintainer(table) != nullptr;
	}

	/*
	 * Where most tables have such a trigger, those without were forgotten.
	 * Otherwise the application may well do it, unless its statements are
	 * seen not to.
	 */
	bool by_trigger = with_trigger * 2 >= all && with_trigger > 0;
	Local<FlatMap<std::string_view, Seen>> seen;
	if (all > with_trigger && !by_trigger)
		read_workload(catalog, *seen);
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		const ColumnEntry *column = framework_table(table) ? nullptr : update_column(catalog, table);
		if (column == nullptr)
			continue;
		verdict.judged();
		if (maintainer(table) != nullptr)
			continue;
		auto statements = seen->find(table.name);
		if (!by_trigger && (statements == seen->end() || statements->second.sets))
			continue;
		verdict.failed(table,
					   [&catalog, &table, column, by_trigger](Finding &finding)
					   { describe(catalog, table, *column, by_trigger, finding); },
					   {.rank = static_cast<double>(catalog.counters(table).updated)});
	}
}

CHECK(sch_updated_at_no_trigger){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "updated_at that nothing maintains",
	.rationale =
		"A column that only its default ever sets tells when the row was made. Judged for tables with such a column: "
		"where most of them have a trigger for it, the others were forgotten; elsewhere the application may do it, "
		"unless the UPDATE statements that pg_stat_statements holds leave it out.",
	.reference = "https://www.postgresql.org/docs/current/plpgsql-trigger.html",
	.judge = judge,
};

} // namespace dbeng
