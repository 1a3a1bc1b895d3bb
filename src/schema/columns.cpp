#include "schema/columns.hpp"

#include "catalog/expression.hpp"

namespace dbeng {

bool
is_text(const Catalog &catalog, const ColumnEntry &column)
{
	Oid type = catalog.base_type(column.type);
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID;
}

bool
is_integer(const Catalog &catalog, const ColumnEntry &column)
{
	Oid type = catalog.base_type(column.type);
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

bool
has_type(const Catalog &catalog, const ColumnEntry &column, Oid type)
{
	return column.type == type || catalog.base_type(column.type) == type;
}

int
length_limit(const ColumnEntry &column)
{
	return column.typmod > VARHDRSZ ? column.typmod - VARHDRSZ : 0;
}

int
FailingColumns::count() const
{
	int count = 0;
	each([&count](const ColumnEntry &) { count++; });
	return count;
}

const char *
FailingColumns::names() const
{
	constexpr int shown = 10;
	int all = count();
	int i = 0;
	StringInfoData list;
	initStringInfo(&list);
	each(
		[&](const ColumnEntry &column)
		{
			/* "and 1 more" would be no shorter than the name. */
			if (i < shown || all == shown + 1)
				appendStringInfo(&list, "%s%s", i == 0 ? "" : (i == all - 1 ? " and " : ", "), quoted(column.name));
			i++;
		});
	if (all > shown + 1)
		appendStringInfo(&list, " and %d more", all - shown);
	return list.data;
}

void
FailingColumns::evidence(Finding &finding) const
{
	finding.evidence("columns", names());
	finding.evidence("column_count", count());
}

namespace {
struct TableVerdict
{
	const RelationEntry *table;
	bool failed;
};
} // namespace

/* The tables that have a column the rule is about. */
static void
try_tables(const Catalog &catalog, const ColumnRule &rule, Vector<TableVerdict> &tried)
{
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (framework_table(table))
			continue;
		bool concerned = false;
		bool failed = false;
		for (const ColumnEntry &column : table.columns)
		{
			if (!is_own(column) || !rule.concerns(catalog, table, column))
				continue;
			concerned = true;
			failed = failed || rule.fails(catalog, table, column);
		}
		if (concerned)
			tried.push_back({&table, failed});
	}
}

void
judge_by_table(const Catalog &catalog, Verdict &verdict, const ColumnRule &rule)
{
	Local<Vector<TableVerdict>> tried;
	try_tables(catalog, rule, *tried);

	Habits failing;
	if (rule.describe_schema != nullptr)
	{
		for (const TableVerdict &one : *tried)
			count_habit(failing, one.table->schema, one.failed);
		report_habits(verdict, failing, rule.describe_schema);
	}
	for (const TableVerdict &one : *tried)
	{
		bool reported = follows_habit(failing, one.table->schema);
		if (reported && one.failed)
			continue;
		verdict.judged();
		if (!one.failed)
			continue;
		FailureOptions options =
			rule.options == nullptr ? FailureOptions{} : rule.options(FailingColumns{catalog, *one.table, rule.fails});
		verdict.failed(
			*one.table,
			[&catalog, table = one.table, &rule](Finding &finding)
			{
				FailingColumns columns{catalog, *table, rule.fails};
				rule.describe(columns, finding);
				columns.evidence(finding);
			},
			options);
	}
}

static bool
contains(std::span<const AttrNumber> columns, AttrNumber number)
{
	return std::find(columns.begin(), columns.end(), number) != columns.end();
}

/* Of the table or of a partition that is divided again; an expression may read any column. */
static bool
in_partition_key(const RelationEntry &table, const char *column)
{
	if (table.partition_key != nullptr)
	{
		const ColumnEntry *here = table.column(column);
		if (here == nullptr || contains(table.partition_key->columns, here->number) ||
			contains(table.partition_key->columns, 0))
			return true;
	}
	for (const RelationEntry *child : table.children)
		if (in_partition_key(*child, column))
			return true;
	return false;
}

/* Expressions are not sure to mean the same, or anything, with another type. */
static bool
in_an_expression(const RelationEntry &table, AttrNumber column)
{
	for (const ColumnEntry &other : table.columns)
		if (other.generated != '\0' && other.default_value != nullptr &&
			contains(expression_columns(other.default_value->tree), column))
			return true;
	for (const ConstraintEntry *constraint : table.constraints)
		if (constraint->type == CONSTRAINT_CHECK && contains(constraint->columns, column))
			return true;
	for (const IndexEntry *index : table.indexes)
		if ((index->expressions != nullptr && contains(expression_columns(index->expressions), column)) ||
			(index->predicate != nullptr && contains(expression_columns(index->predicate), column)))
			return true;
	return false;
}

static bool
in_a_foreign_key(const RelationEntry &table, AttrNumber column)
{
	for (const ConstraintEntry *constraint : table.constraints)
		if (constraint->type == CONSTRAINT_FOREIGN && contains(constraint->columns, column))
			return true;
	for (const ConstraintEntry *constraint : table.referencing)
		if (contains(constraint->referenced_columns, column))
			return true;
	return false;
}

bool
type_can_change(const Catalog &catalog, const RelationEntry &table, const ColumnEntry &column)
{
	if (column.generated != '\0' || !table.policies.empty() || !table.rules.empty() || OidIsValid(table.of_type) ||
		in_an_expression(table, column.number) || in_a_foreign_key(table, column.number) ||
		in_partition_key(table, column.name))
		return false;
	for (const ViewDependency &dependency : catalog.view_dependencies)
		if (dependency.reads == &table && dependency.column == column.number)
			return false;
	return true;
}

bool
quick_to_rewrite(const Catalog &catalog, const RelationEntry &table)
{
	constexpr int64 most_bytes = 100 * 1024 * 1024;
	constexpr int64 most_rows = 100000;
	/* relpages and reltuples are of the last VACUUM or ANALYZE; the counters know of what came after. */
	return catalog.bytes(table) + catalog.index_bytes(table) <= most_bytes &&
		   (catalog.rows(table) >= 0 || catalog.counters(table).live <= most_rows);
}

void
fix_types(const FailingColumns &columns, Finding &finding, const char *(*action)(const ColumnEntry &column))
{
	StringInfoData actions;
	initStringInfo(&actions);
	bool possible = true;
	columns.each(
		[&](const ColumnEntry &column)
		{
			if (!type_can_change(columns.catalog, columns.table, column))
				possible = false;
			else
				appendStringInfo(&actions, "%sALTER COLUMN %s %s", actions.len == 0 ? "" : ", ", quoted(column.name),
								 action(column));
		});
	if (possible && actions.len > 0)
		finding.fix("ALTER TABLE %s %s", quoted(columns.table.schema->name, columns.table.name), actions.data);
}

const char *
rewrite_note(const Catalog &catalog, const RelationEntry &table)
{
	if (quick_to_rewrite(catalog, table))
		return "";
	return format("; changing it rewrites %s under an exclusive lock",
				  size(catalog.bytes(table) + catalog.index_bytes(table)));
}

} // namespace dbeng
