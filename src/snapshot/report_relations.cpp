/*
 * report_relations.cpp: tables and indexes.
 */
#include "snapshot/report.hpp"

namespace dbeng {
namespace report {

namespace {
constexpr int most_rows = 10;

/* The rankings, by the numbers that the queries give them. */
enum TableRanking
{
	by_growth,
	by_writes,
	by_reads,
	by_dead
};
enum IndexRanking
{
	by_unused,
	by_scans
};

struct TableRow
{
	int ranking;
	const char *name;
	bool dropped;
	double bytes, growth, inserts, updates, deletes, hot, seq_scans, seq_rows, idx_scans, idx_rows, read, hit, live,
		dead, vacuums;
	bool there_before;
	double growth_before, writes_before, reads_before;

	double writes() const { return inserts + updates + deletes; }
	double reads() const { return seq_rows + idx_rows; }
};

struct IndexRow
{
	int ranking;
	const char *name;
	const char *table;
	bool dropped, there_before;
	double scans, rows_read, read, hit, bytes, growth, scans_before;
};
} // namespace

static double
value_or_zero(const Row &row, int column)
{
	double number = row.number(column);
	return std::isnan(number) ? 0 : number;
}

static double
per(double value, double of)
{
	return of > 0 ? value / of : unknown;
}

static void
name_cell(Table &table, const char *name, bool dropped)
{
	table.cell(dropped ? format("%s (dropped)", name) : name);
}

/* The rows of one ranking that are worth showing. */
template <class R, class Wanted>
static void
top(const Vector<R *> &rows, int ranking, Wanted wanted, Vector<R *> &chosen)
{
	for (R *row : rows)
		if (row->ranking == ranking && wanted(*row))
			chosen.push_back(row);
}

/* One of the rankings: its number, and the place in it of each of the first rows of n. */
static const char *
first_rows(int ranking, const char *condition, const char *order)
{
	return format("SELECT %d AS ranking, row_number() OVER () AS place, s.* FROM (SELECT * FROM n WHERE %s"
				  " ORDER BY %s DESC NULLS LAST, name COLLATE \"C\" LIMIT %d) s",
				  ranking, condition, order, most_rows);
}

static void
read_tables(const Report &report, Vector<TableRow *> &rows)
{
	each_row(
		format("WITH n AS MATERIALIZED (SELECT name, coalesce(dropped, false) AS dropped, bytes, growth_bytes, inserts,"
			   " updates, deletes, hot_updates, seq_scans, rows_read, idx_scans, rows_fetched, blocks_read, blocks_hit,"
			   " live_rows, dead_rows, vacuums FROM dbeng.table_activity(%s)),"
			   " c AS MATERIALIZED ((%s) UNION ALL (%s) UNION ALL (%s) UNION ALL (%s)),"
			   " b AS MATERIALIZED (SELECT name, sum(growth_bytes)::float8 AS growth,"
			   " sum(inserts + updates + deletes)::float8 AS writes, sum(rows_read + coalesce(rows_fetched, 0))::float8"
			   " AS reads FROM dbeng.table_activity(%s) WHERE name IN (SELECT name FROM c) GROUP BY name%s)"
			   " SELECT ranking, place, c.name, dropped, bytes, growth_bytes, inserts, updates, deletes, hot_updates,"
			   " seq_scans, rows_read, idx_scans, rows_fetched, blocks_read, blocks_hit, live_rows, dead_rows, vacuums,"
			   " b.name IS NOT NULL, growth, writes, reads FROM c LEFT JOIN b ON b.name = c.name"
			   " ORDER BY ranking, place",
			   arguments(report.now), first_rows(by_growth, "true", "abs(growth_bytes)"),
			   first_rows(by_writes, "true", "inserts + updates + deletes"),
			   first_rows(by_reads, "true", "rows_read + coalesce(rows_fetched, 0)"),
			   first_rows(by_dead, "NOT dropped", "dead_rows"), arguments(report.before),
			   report.compared ? "" : " LIMIT 0"),
		[&](const Row &row)
		{
			auto *table = make<TableRow>();
			table->ranking = static_cast<int>(row.integer(1));
			table->name = harmless(row.text(3));
			if (table->name == nullptr)
				table->name = "(its name is not known)";
			table->dropped = row.flag(4);
			double *values[] = {&table->bytes, &table->growth,	  &table->inserts,	&table->updates,   &table->deletes,
								&table->hot,   &table->seq_scans, &table->seq_rows, &table->idx_scans, &table->idx_rows,
								&table->read,  &table->hit,		  &table->live,		&table->dead,	   &table->vacuums};
			int column = 5;
			for (double *value : values)
				*value = value_or_zero(row, column++);
			table->there_before = row.flag(20);
			table->growth_before = value_or_zero(row, 21);
			table->writes_before = value_or_zero(row, 22);
			table->reads_before = value_or_zero(row, 23);
			rows.push_back(table);
		});
}

static const char *
signed_bytes(double bytes)
{
	return bytes > 0 ? format("+%s", bytes_text(bytes)) : bytes_text(bytes);
}

static void
add_growth(Report &report, Section &section, const Vector<TableRow *> &rows)
{
	Table &table =
		section.table("tables-growth", "By growth", "With their indexes and TOAST.", "No table grew or shrank.");
	table.flexible_column("table").column("size").column("growth");
	if (report.compared)
		table.column("growth before");
	table.column("of its size").column("inserted").column("deleted").column("rows");
	Local<Vector<TableRow *>> chosen;
	top(
		rows, by_growth, [](const TableRow &row) { return row.growth != 0; }, *chosen);
	for (const TableRow *row : *chosen)
	{
		if (report.found.grown_most == nullptr && row->growth > 0)
		{
			report.found.grown_most = row->name;
			report.found.grown_by = row->growth;
		}
		name_cell(table, row->name, row->dropped);
		table.cell(bytes_text(row->bytes)).cell(signed_bytes(row->growth));
		if (report.compared)
			table.cell(row->there_before ? signed_bytes(row->growth_before * report.scale) : "new",
					   row->there_before ? Tone::muted : Tone::strong);
		table.cell(percent_text(100 * per(row->growth, row->bytes - row->growth)));
		table.cell(count_text(row->inserts)).cell(count_text(row->deletes)).cell(count_text(row->live));
	}
}

static void
add_writes(Report &report, Section &section, const Vector<TableRow *> &rows)
{
	Table &table = section.table("tables-writes", "By rows written", "HOT: updates that needed no new index entries.",
								 "No row was written.");
	table.flexible_column("table");
	measure_columns(table, report, "rows written");
	table.column("inserted").column("updated").column("HOT").column("deleted").column("vacuums");
	Local<Vector<TableRow *>> chosen;
	top(
		rows, by_writes, [](const TableRow &row) { return row.writes() > 0; }, *chosen);
	for (const TableRow *row : *chosen)
	{
		name_cell(table, row->name, row->dropped);
		measure_cells(table, report, row->writes(), row->writes_before, row->there_before, Unit::count);
		table.cell(count_text(row->inserts)).cell(count_text(row->updates));
		table.cell(percent_text(100 * per(row->hot, row->updates)));
		table.cell(count_text(row->deletes)).cell(count_text(row->vacuums));
	}
}

static void
add_reads(Report &report, Section &section, const Vector<TableRow *> &rows)
{
	Table &table = section.table("tables-reads", "By rows read",
								 "Many rows read by few sequential scans of a large table: an index may be missing.",
								 "No row was read.");
	table.flexible_column("table");
	measure_columns(table, report, "rows read");
	table.column("by seq. scans").column("seq. scans").column("index scans").column("hit ratio").column("read");
	Local<Vector<TableRow *>> chosen;
	top(
		rows, by_reads, [](const TableRow &row) { return row.reads() > 0; }, *chosen);
	for (const TableRow *row : *chosen)
	{
		name_cell(table, row->name, row->dropped);
		measure_cells(table, report, row->reads(), row->reads_before, row->there_before, Unit::count);
		double share = per(row->seq_rows, row->reads());
		table.bar(percent_text(100 * share), share);
		table.cell(count_text(row->seq_scans)).cell(count_text(row->idx_scans));
		table.cell(percent_text(100 * per(row->hit, row->hit + row->read)));
		table.cell(bytes_text(row->read * report.block_size));
	}
}

static void
add_dead(Section &section, const Vector<TableRow *> &rows)
{
	Table &table =
		section.table("tables-dead", "By dead rows, at the end",
					  "Dead rows wait for VACUUM: many of them, and none done, is a sign that it is held up.",
					  "There were no dead rows.");
	table.flexible_column("table")
		.column("dead rows")
		.column("share")
		.column("live rows")
		.column("vacuums")
		.column("size");
	Local<Vector<TableRow *>> chosen;
	top(
		rows, by_dead, [](const TableRow &row) { return row.dead > 0 && !row.dropped; }, *chosen);
	for (const TableRow *row : *chosen)
	{
		double share = per(row->dead, row->dead + row->live);
		table.cell(row->name).cell(count_text(row->dead));
		table.bar(percent_text(100 * share), share);
		if (share > 0.2 && row->dead > 10000)
			table.cells.back().tone = Tone::bad;
		table.cell(count_text(row->live)).cell(count_text(row->vacuums)).cell(bytes_text(row->bytes));
	}
}

void
collect_tables(Report &report)
{
	Section &section = report.section("tables", "Tables", "Growth, work and dead rows of the tables of this database.");
	Local<Vector<TableRow *>> rows;
	section.missing = attempt([&] { read_tables(report, *rows); });
	if (section.missing != nullptr)
		return;
	add_growth(report, section, *rows);
	add_writes(report, section, *rows);
	add_reads(report, section, *rows);
	add_dead(section, *rows);
}

static void
read_indexes(Report &report, Vector<IndexRow *> &rows)
{
	constexpr const char *unused = "scans = 0 AND NOT dropped AND NOT is_unique";
	each_row(
		format("WITH n AS MATERIALIZED (SELECT name, table_name, coalesce(dropped, false) AS dropped,"
			   " coalesce(i.indisunique, false) AS is_unique, scans, rows_read, blocks_read, blocks_hit, bytes,"
			   " growth_bytes FROM dbeng.index_activity(%s) a LEFT JOIN pg_index i ON i.indexrelid = a.index::oid),"
			   " c AS MATERIALIZED ((%s) UNION ALL (%s)),"
			   " b AS MATERIALIZED (SELECT name, sum(scans)::float8 AS scans FROM dbeng.index_activity(%s)"
			   " WHERE name IN (SELECT name FROM c) GROUP BY name%s),"
			   " u AS (SELECT count(*) AS unused, sum(bytes)::float8 AS unused_bytes FROM n WHERE %s)"
			   " SELECT ranking, place, c.name, table_name, dropped, b.name IS NOT NULL, c.scans, rows_read,"
			   " blocks_read, blocks_hit, bytes, growth_bytes, b.scans, unused, unused_bytes"
			   " FROM c LEFT JOIN b ON b.name = c.name, u ORDER BY ranking, place",
			   arguments(report.now), first_rows(by_unused, unused, "bytes"), first_rows(by_scans, "true", "scans"),
			   arguments(report.before), report.compared ? "" : " LIMIT 0", unused),
		[&](const Row &row)
		{
			auto *index = make<IndexRow>();
			index->ranking = static_cast<int>(row.integer(1));
			index->name = harmless(row.text(3));
			index->table = harmless(row.text(4));
			if (index->name == nullptr)
				index->name = "(its name is not known)";
			index->dropped = row.flag(5);
			index->there_before = row.flag(6);
			double *values[] = {&index->scans, &index->rows_read, &index->read,		   &index->hit,
								&index->bytes, &index->growth,	  &index->scans_before};
			int column = 7;
			for (double *value : values)
				*value = value_or_zero(row, column++);
			report.found.unused_indexes = row.integer(14);
			report.found.unused_bytes = value_or_zero(row, 15);
			rows.push_back(index);
		});
}

void
collect_indexes(Report &report)
{
	Section &section = report.section("indexes", "Indexes", "Which indexes work, and which only cost.");
	Local<Vector<IndexRow *>> rows;
	section.missing = attempt([&] { read_indexes(report, *rows); });
	if (section.missing != nullptr)
		return;

	Table &unused = section.table(
		"indexes-unused", "Not scanned in this interval",
		report.found.unused_indexes > most_rows
			? format("The largest of %s, together %s; unique ones are left out. One interval proves little: the check "
					 "idx-unused looks further back.",
					 grouped(report.found.unused_indexes), bytes_text(report.found.unused_bytes))
			: "Unique ones are left out. One interval proves little: the check idx-unused looks further back.",
		"Every index that is not unique was scanned.");
	unused.flexible_column("index").flexible_column("table").column("size").column("growth");
	Local<Vector<IndexRow *>> chosen;
	top(
		*rows, by_unused, [](const IndexRow &) { return true; }, *chosen);
	for (const IndexRow *row : *chosen)
		unused.cell(row->name).cell(row->table).cell(bytes_text(row->bytes)).cell(signed_bytes(row->growth));

	Table &used = section.table("indexes-scans", "By scans", nullptr, "No index was scanned.");
	used.flexible_column("index").flexible_column("table");
	measure_columns(used, report, "scans");
	used.column("entries/scan").column("hit ratio").column("size");
	chosen->clear();
	top(
		*rows, by_scans, [](const IndexRow &row) { return row.scans > 0; }, *chosen);
	for (const IndexRow *row : *chosen)
	{
		name_cell(used, row->name, row->dropped);
		used.cell(row->table);
		measure_cells(used, report, row->scans, row->scans_before, row->there_before, Unit::count);
		used.cell(count_text(per(row->rows_read, row->scans)));
		used.cell(percent_text(100 * per(row->hit, row->hit + row->read))).cell(bytes_text(row->bytes));
	}
}

} // namespace report
} // namespace dbeng
