#include "schema/columns.hpp"

namespace dbeng {

static int
alignment(const ColumnEntry &column)
{
	/* Values up to 126 bytes have a header of one byte, which may stand anywhere. */
	if (column.length == -1 && column.statistics != nullptr && column.statistics->width <= 127)
		return 1;
	switch (column.align)
	{
		case TYPALIGN_DOUBLE:
			return ALIGNOF_DOUBLE;
		case TYPALIGN_INT:
			return ALIGNOF_INT;
		case TYPALIGN_SHORT:
			return ALIGNOF_SHORT;
		default:
			return 1;
	}
}

/*
 * Bytes of an average row lost to alignment. After a value of varying length
 * the next one starts anywhere, so padding is (alignment - 1) / 2 on average.
 */
static double
padding(std::span<const ColumnEntry *const> columns)
{
	double lost = 0;
	int offset = 0;
	bool known = true;
	int aligned_to = MAXIMUM_ALIGNOF; /* what the offset is a multiple of, once it is not known */
	for (const ColumnEntry *column : columns)
	{
		int align = alignment(*column);
		if (known)
		{
			int start = TYPEALIGN(align, offset);
			lost += start - offset;
			offset = start;
		}
		else if (align > aligned_to)
		{
			lost += (align - aligned_to) / 2.0;
			aligned_to = align;
		}
		if (column->length > 0)
		{
			offset += column->length;
			while (column->length % aligned_to != 0)
				aligned_to /= 2;
		}
		else
		{
			known = false;
			aligned_to = 1;
		}
	}
	return known ? lost + (MAXALIGN(offset) - offset) : lost + (MAXIMUM_ALIGNOF - 1) / 2.0;
}

static bool
wider_alignment_first(const ColumnEntry *a, const ColumnEntry *b)
{
	if ((a->length > 0) != (b->length > 0))
		return a->length > 0;
	if (alignment(*a) != alignment(*b))
		return alignment(*a) > alignment(*b);
	return a->number < b->number;
}

/* What the best order of columns would save of a row; 0 when nothing is known of the columns. */
static double
saved_bytes(const RelationEntry &table)
{
	Local<Vector<const ColumnEntry *>> columns;
	for (const ColumnEntry &column : table.columns)
	{
		if (column.statistics == nullptr)
			return 0;
		/* A NULL takes no room; a virtual column none either. */
		if (column.statistics->null_fraction < 0.5f && column.generated != 'v')
			columns->push_back(&column);
	}
	double now = padding({columns->data(), columns->size()});
	std::sort(columns->begin(), columns->end(), wider_alignment_first);
	return now - padding({columns->data(), columns->size()});
}

static int64
heap_bytes(const RelationEntry &table)
{
	int64 bytes = static_cast<int64>(table.pages) * BLCKSZ;
	if (table.kind == RELKIND_PARTITIONED_TABLE)
		for (const RelationEntry *partition : table.children)
			bytes += heap_bytes(*partition);
	return bytes;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double least_bytes = verdict.threshold("megabytes") * 1024 * 1024;
	double least_percent = verdict.threshold("percent");
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		double rows = catalog.rows(table);
		auto bytes = static_cast<double>(heap_bytes(table));
		if (bytes < least_bytes || rows < 1 || framework_table(table))
			continue;
		verdict.judged(bytes);
		double saved = saved_bytes(table);
		double percent = 100 * saved * rows / bytes;
		if (percent < least_percent)
			continue;
		verdict.failed(
			table,
			[saved, percent, rows](Finding &finding)
			{
				finding.message(
					"about %s bytes of each row are gaps between columns, %s%% of the table (%s); they close "
					"when a copy has its columns in the order of their alignment",
					number(saved), number(percent, 0), size(static_cast<int64>(saved * rows)));
				finding.evidence("bytes_per_row", saved);
				finding.evidence("bytes", saved * rows);
				finding.evidence("percent", percent);
			},
			{.weight = bytes, .rank = saved * rows});
	}
}

CHECK(sch_column_order_padding){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Space lost between columns",
	.rationale =
		"A bigint or timestamp begins at a multiple of eight bytes, so a boolean before it costs eight. Wide fixed columns "
		"first, then narrow ones, then text, leaves no gaps; the order can only be changed by writing the table anew, which "
		"is worth it when that is done for another reason. Judged for large tables that ANALYZE has seen.",
	.reference = "https://www.postgresql.org/docs/current/storage-page-layout.html",
	.thresholds = {{"megabytes", 1024}, {"percent", 10}},
	.judge = judge,
};

} // namespace dbeng
