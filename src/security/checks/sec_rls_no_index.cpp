#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/policy.hpp"

namespace dbeng {

static bool
leads_an_index(const RelationEntry &table, AttrNumber column)
{
	for (const IndexEntry *index : table.indexes)
		if (index->usable() && index->predicate == nullptr && index->keys[0].column == column)
			return true;
	/* A partition key leaves only some partitions to scan. */
	return table.partition_key != nullptr &&
		   std::find(table.partition_key->columns.begin(), table.partition_key->columns.end(), column) !=
			   table.partition_key->columns.end();
}

/* A column of few values finds too many rows for an index to help. */
static bool
selective(const ColumnEntry &column)
{
	return column.statistics == nullptr || column.statistics->distinct <= 0 || column.statistics->distinct >= 10;
}

/* The column of the policy that an index is missing for; NULL when one helps, or none could. */
static const ColumnEntry *
unindexed(const PolicyEntry &policy)
{
	std::span<const AttrNumber> columns = pinned_columns(policy.using_expression);
	for (AttrNumber column : columns)
		if (leads_an_index(*policy.table, column))
			return nullptr;
	for (AttrNumber number : columns)
		if (const ColumnEntry *column = policy.table->column(number); column != nullptr && selective(*column))
			return column;
	return nullptr;
}

static const char *
index_name(const RelationEntry &table, const ColumnEntry &column)
{
	return makeObjectName(table.name, column.name, "idx");
}

static bool
name_taken(const Catalog &catalog, const SchemaEntry &schema, const char *name)
{
	for (const IndexEntry &index : catalog.indexes)
		if (index.table->schema == &schema && strcmp(index.name, name) == 0)
			return true;
	for (const RelationEntry &relation : catalog.relations)
		if (relation.schema == &schema && strcmp(relation.name, name) == 0)
			return true;
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
	{
		double rows = table.row_security ? catalog.rows(table) : 0;
		if (rows < verdict.threshold("rows"))
			continue;
		/* Joined by OR, several permissive policies would each need an index; one is judged. */
		const PolicyEntry *reading = nullptr;
		int permissive = 0;
		for (const PolicyEntry *policy : table.policies)
			if (policy->permissive && policy_covers(*policy, 'r'))
			{
				reading = policy;
				permissive++;
			}
		if (permissive != 1 || pinned_columns(reading->using_expression).empty())
			continue;
		verdict.judged();
		const ColumnEntry *column = unindexed(*reading);
		if (column == nullptr)
			continue;
		verdict.failed(*reading,
					   [&catalog, &table, column, rows](Finding &finding)
					   {
						   finding.message("no index begins with %s: each statement tests about %s rows",
										   quoted(column->name), grouped(static_cast<int64>(rows)));
						   finding.evidence("rows", rows);
						   finding.evidence("column", column->name);
						   const char *name = index_name(table, *column);
						   if (table.kind == RELKIND_RELATION && table.children.empty() &&
							   !name_taken(catalog, *table.schema, name))
							   finding.fix("CREATE INDEX CONCURRENTLY %s ON %s (%s)", quoted(name),
										   quoted(table.schema->name, table.name), quoted(column->name));
					   },
					   {.rank = rows});
	}
}

CHECK(sec_rls_no_index){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Policy on a column without an index",
	.rationale =
		"A policy such as tenant_id = … is part of every query of the table; without an index on the column each of them reads "
		"all tenants' rows. Judged for tables from ten thousand rows on with one policy for reading that compares a column "
		"with a value; not where the column is known to have less than ten values.",
	.reference = "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
	.thresholds = {{"rows", 10000}},
	.judge = judge,
};

} // namespace dbeng
