#include "schema/columns.hpp"

namespace dbeng {

static int64
toast_bytes(const RelationEntry &table)
{
	int64 bytes = static_cast<int64>(table.toast_pages) * BLCKSZ;
	if (table.kind == RELKIND_PARTITIONED_TABLE)
		for (const RelationEntry *partition : table.children)
			bytes += toast_bytes(*partition);
	return bytes;
}

/* Values stored out of line count as 18 bytes in the statistics, so a column of files looks narrow there. */
static const ColumnEntry *
column_of_files(const Catalog &catalog, const RelationEntry &table)
{
	constexpr int pointer_width = 18;
	for (const ColumnEntry &column : table.columns)
		if (has_type(catalog, column, BYTEAOID) && column.statistics != nullptr &&
			column.statistics->null_fraction < 0.9f && column.statistics->width >= pointer_width)
			return &column;
	return nullptr;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double least_row = verdict.threshold("kilobytes_per_row") * 1024;
	double least_table = verdict.threshold("megabytes") * 1024 * 1024;
	for (const RelationEntry &table : catalog.tables())
	{
		const ColumnEntry *column = column_of_files(catalog, table);
		double rows = catalog.rows(table);
		if (column == nullptr || rows < 1)
			continue;
		verdict.judged();
		auto bytes = static_cast<double>(toast_bytes(table));
		if (bytes < least_table || bytes / rows < least_row)
			continue;
		verdict.failed(Subject(table, *column),
					   [bytes, rows](Finding &finding)
					   {
						   finding.message(
							   "%s of large values, %s a row: all of it goes through shared buffers, the WAL and "
							   "every backup",
							   size(static_cast<int64>(bytes)), size(static_cast<int64>(bytes / rows)));
						   finding.evidence("toast_bytes", bytes);
						   finding.evidence("rows", rows);
					   },
					   {.rank = bytes});
	}
}

CHECK(typ_bytea_large){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Files kept in a bytea column",
	.rationale =
		"Large binary values make dumps, base backups, replication and VACUUM slow out of proportion to what they are "
		"asked for; object storage with the key and a checksum in the table does the same for less. Judged by the size of "
		"the table's TOAST.",
	.reference = "https://www.postgresql.org/docs/current/storage-toast.html",
	.thresholds = {{"kilobytes_per_row", 64}, {"megabytes", 1024}},
	.judge = judge,
};

} // namespace dbeng
