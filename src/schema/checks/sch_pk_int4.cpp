#include "catalog/naming.hpp"
#include "catalog/sequence_value.hpp"
#include "schema/retype.hpp"
#include "schema/sequence_use.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
struct Key
{
	const RelationEntry *table;
	const ColumnEntry *column;
	int64 value; /* the highest number given out, or the number of rows where no sequence tells */
	double used_pct;
	double years;				   /* until the range is used up at the present pace; infinite when that is not known */
	const SequenceEntry *sequence; /* that value is of; NULL without */
};
} // namespace

/* Rows inserted in a year, from the statistics' window; 0 where that is too short to tell. */
static double
inserts_a_year(const Catalog &catalog, const RelationEntry &table)
{
	constexpr double year = 365.25 * USECS_PER_DAY;

	if (catalog.database.stats_reset == 0)
		return 0;
	double window = static_cast<double>(catalog.now - catalog.database.stats_reset);
	if (window < 7.0 * USECS_PER_DAY)
		return 0;
	return static_cast<double>(catalog.counters(table).inserted) * year / window;
}

static void
describe(const Catalog &catalog, const Key &key, Finding &finding)
{
	int64 limit = catalog.base_type(key.column->type) == INT2OID ? PG_INT16_MAX : PG_INT32_MAX;
	const char *type = limit == PG_INT16_MAX ? "smallint" : "integer";

	if (key.years < 100)
		finding.message("%s key %s is at %s of %s (%s %%) and full in about %s years at the present pace", type,
						quoted(key.column->name), grouped(key.value), grouped(limit), number(key.used_pct),
						number(key.years));
	else if (key.sequence != nullptr)
		finding.message("%s key %s is at %s of %s (%s %%)", type, quoted(key.column->name), grouped(key.value),
						grouped(limit), number(key.used_pct));
	else
		finding.message("%s key %s has %s rows of the %s it can number (%s %%)", type, quoted(key.column->name),
						grouped(key.value), grouped(limit), number(key.used_pct));
	finding.evidence("column", key.column->name);
	finding.evidence("value", key.value);
	finding.evidence("limit", limit);
	finding.evidence("used_pct", key.used_pct);
	if (!key.table->referencing.empty() || !retypes_quickly(catalog, *key.table, *key.column))
		return;
	finding.fix("ALTER TABLE %s ALTER COLUMN %s TYPE bigint", full_name(*key.table), quoted(key.column->name));
	if (key.sequence != nullptr && !key.sequence->identity && key.sequence->type != INT8OID)
		finding.fix("ALTER SEQUENCE %s AS bigint", full_name(*key.sequence->relation));
}

static void
weigh(const Catalog &catalog, Verdict &verdict, Key key)
{
	double pace = key.used_pct >= 10 ? inserts_a_year(catalog, *key.table) : 0;
	double limit = catalog.base_type(key.column->type) == INT2OID ? PG_INT16_MAX : PG_INT32_MAX;

	key.years = pace > 0 ? (limit - static_cast<double>(key.value)) / pace : std::numeric_limits<double>::infinity();
	verdict.judged();
	Severity severity = Severity::notice;
	if (key.used_pct >= verdict.threshold("critical_pct"))
		severity = Severity::critical;
	else if (key.used_pct >= verdict.threshold("warning_pct") || key.years < 1)
		severity = Severity::warning;
	else if (key.used_pct < verdict.threshold("notice_pct") && key.years >= verdict.threshold("years"))
		return;
	verdict.failed(*key.table, [&catalog, key](Finding &finding) { describe(catalog, key, finding); },
				   {.rank = key.used_pct, .severity = severity, .escalate = true});
}

static bool
is_small_integer(Oid type)
{
	return type == INT4OID || type == INT2OID;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<Vector<SequenceUse>> uses;
	Local<FlatSet<Oid>> numbered;

	sequence_uses(catalog, *uses);
	for (const SequenceUse &use : *uses)
	{
		CHECK_FOR_INTERRUPTS();
		int64 value;
		if (!use.feeds_key() || !is_small_integer(use.column_type) || !use.limited_by_column() ||
			use.table->standing != Standing::user || numbered->contains(use.table->oid) ||
			!sequence_last_value(*use.sequence, &value))
			continue;
		numbered->insert(use.table->oid);
		weigh(catalog, verdict, {use.table, use.column, value, 100 * use.share(value), 0, use.sequence});
	}

	/* Keys that the application numbers: there are at least as many numbers as rows. */
	for (const RelationEntry &table : catalog.tables())
	{
		const IndexEntry *key = table.primary_key();
		if (key == nullptr || key->key_columns != 1 || numbered->contains(table.oid))
			continue;
		const ColumnEntry *column = table.column(key->keys[0].column);
		if (column == nullptr || !is_small_integer(catalog.base_type(column->type)))
			continue;
		double rows = std::max(catalog.rows(table), 0.0);
		double limit = catalog.base_type(column->type) == INT2OID ? PG_INT16_MAX : PG_INT32_MAX;
		weigh(catalog, verdict, {&table, column, static_cast<int64>(rows), 100 * rows / limit, 0, nullptr});
	}
}

CHECK(sch_pk_int4){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Integer primary key that will run out of numbers",
	.rationale =
		"An integer key ends at 2,147,483,647, a smallint at 32,767; the next insert fails, and changing the type "
		"of a big table then takes hours. Judged by how far the sequence has come (the number of rows where there "
		"is none) and by the present pace of inserts, not by the type alone: a small table's integer key is fine.",
	.reference = "https://www.postgresql.org/docs/current/datatype-numeric.html",
	.thresholds = {{"notice_pct", 50}, {"warning_pct", 75}, {"critical_pct", 90}, {"years", 5}},
	.judge = judge,
};

} // namespace dbeng
