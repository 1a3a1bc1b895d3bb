#include "catalog/naming.hpp"
#include "core/query.hpp"
#include "query/unserved_condition.hpp"

namespace dbeng {

static bool
is_available(const char *extension)
{
	bool found = false;
	each_row(format("SELECT FROM pg_available_extensions WHERE name OPERATOR(pg_catalog.=) %s", literal(extension)),
			 [&found](const Row &) { found = true; });
	return found;
}

static void
propose(const Catalog &catalog, const RelationEntry &table, const ColumnEntry &column, Finding &finding)
{
	Oid type = catalog.base_type(column.type);
	if (table.kind != RELKIND_RELATION || (type != TEXTOID && type != VARCHAROID))
		return;
	const ExtensionEntry *extension = catalog.extension("pg_trgm");
	const SchemaEntry *schema = extension != nullptr ? extension->schema : table.schema;
	if (extension == nullptr)
	{
		if (!is_available("pg_trgm"))
			return;
		for (const SchemaEntry &other : catalog.schemas)
			if (strcmp(other.name, "public") == 0)
				schema = &other;
		finding.fix("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA %s", quoted(schema->name));
	}
	finding.fix("CREATE INDEX CONCURRENTLY %s ON %s USING gin (%s %s)",
				quoted(new_name(catalog, table, column.name, "trgm_idx")), full_name(table), quoted(column.name),
				quoted(schema->name, "gin_trgm_ops"));
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
		PatternSearch search = pattern_search(catalog, statement);
		if (search.column == nullptr)
			continue;
		/* pg_stat_statements hides the pattern; that no index could use it shows in the blocks read. */
		double pages = static_cast<double>(catalog.bytes(*search.table)) / BLCKSZ;
		double blocks = blocks_per_call(statement);
		if (pages < least_pages || 100 * blocks < read_pct * pages)
			continue;
		statement_failed(
			catalog, verdict, load, statement,
			[&catalog, blocks, pages, column = search.column, table = search.table](Finding &finding)
			{
				finding.evidence("table", full_name(*table));
				finding.evidence("column", column->name);
				finding.evidence("blocks_per_call", blocks);
				finding.evidence("table_pages", pages);
				propose(catalog, *table, *column, finding);
				return format(
					"searches %s by a pattern that no index of %s serves: reads %s blocks a call, the table has %s",
					quoted(column->name), full_name(*table), grouped(std::llround(blocks)),
					grouped(std::llround(pages)));
			},
			{.rank = share_pct(load, statement)});
	}
}

CHECK(qry_leading_wildcard){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "Pattern search that reads the whole table",
	.rationale =
		"A btree index knows how values begin: LIKE '%word%' and ILIKE cannot use it and read every row. A trigram "
		"index finds them wherever they are. Judged by what the statement really reads, on tables of many pages "
		"without a GIN or GiST index on the column.",
	.reference = "https://www.postgresql.org/docs/current/pgtrgm.html",
	.thresholds = {{"pages", 500}, {"read_pct", 80}},
	.judge = judge,
};

} // namespace dbeng
