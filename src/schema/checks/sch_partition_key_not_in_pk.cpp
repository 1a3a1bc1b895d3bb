#include "catalog/naming.hpp"
#include "schema/columns.hpp"
#include "schema/keys.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
propose(const Catalog &catalog, const RelationEntry &table, Finding &finding)
{
	const ColumnEntry *id = table.column("id");
	Local<SmallVector<AttrNumber, 8>> columns;

	for (const ColumnEntry &column : table.columns)
		if (id == nullptr && column.identity != '\0')
			id = &column;
	/* The indexes are built under an exclusive lock, and a partition's own key would be in the way. */
	if (id == nullptr || table.partition || !quick_to_rewrite(catalog, table))
		return;
	for (const RelationEntry *partition : table.children)
		if (partition->primary_key() != nullptr || partition->kind != RELKIND_RELATION)
			return;
	columns->push_back(id->number);
	for (AttrNumber number : table.partition_key->columns)
	{
		if (number == 0)
			return;
		if (number != id->number)
			columns->push_back(number);
	}
	finding.fix("ALTER TABLE %s ADD PRIMARY KEY (%s)", full_name(table),
				column_list(table, {columns->data(), columns->size()}));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
	{
		if (table.kind != RELKIND_PARTITIONED_TABLE)
			continue;
		verdict.judged();
		if (stand_in_key(table) != nullptr || !lacks_partition_key(table))
			continue;
		verdict.failed(table,
					   [&catalog, &table](Finding &finding)
					   {
						   const char *key = column_list(table, table.partition_key->columns);
						   finding.message(
							   "no primary key over all its partitions: it would have to contain the partition "
							   "key (%s)",
							   *key != '\0' ? key : "an expression, which none can");
						   finding.evidence("partition_key", key);
						   propose(catalog, table, finding);
					   });
	}
}

CHECK(sch_partition_key_not_in_pk){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Partitioned table without a primary key",
	.rationale =
		"A primary key of a partitioned table must contain the partition key, so the number alone cannot be one, and a "
		"key in each partition does not keep two partitions from using the same number. Judged for partitioned "
		"tables that have such a number or such keys.",
	.reference = "https://www.postgresql.org/docs/current/ddl-partitioning.html",
	.judge = judge,
};

} // namespace dbeng
