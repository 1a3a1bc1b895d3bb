#include "core/settings.hpp"
#include "schema/columns.hpp"

namespace dbeng {

static bool
is_moment(const Catalog &catalog, const RelationEntry &, const ColumnEntry &column)
{
	Oid type = catalog.base_type(column.type);
	return type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

static bool
fails(const Catalog &catalog, const RelationEntry &, const ColumnEntry &column)
{
	/* A time on the wall somewhere is what the type is for. */
	return has_type(catalog, column, TIMESTAMPOID) && !Words(column.name).has("local");
}

/* What the values mean is only known where every session writes UTC. */
static bool
server_runs_on_utc()
{
	static constexpr const char *names[] = {"UTC", "Etc/UTC", "GMT", "Etc/GMT", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu"};
	const char *zone = setting("timezone");
	return zone != nullptr && one_of(zone, names);
}

static bool
is_indexed(const RelationEntry &table, AttrNumber column)
{
	for (const IndexEntry *index : table.indexes)
		for (const IndexKey &key : index->keys)
			if (key.column == column || key.column == 0)
				return true;
	return false;
}

static void
describe(const FailingColumns &columns, Finding &finding)
{
	int count = columns.count();
	finding.message("%s %s timestamp without time zone: the same value is another moment in each session's time zone",
					columns.names(), count == 1 ? "is" : "are");
	finding.evidence("server_timezone", setting("timezone"));
	if (!server_runs_on_utc())
		return;

	/* In a session that runs on UTC the stored values stay as they are; only indexes are built again. */
	bool plain = true;
	columns.each(
		[&](const ColumnEntry &column) {
			plain =
				plain && column.type == TIMESTAMPOID && column.typmod < 0 && !is_indexed(columns.table, column.number);
		});
	if (!plain && !quick_to_rewrite(columns.catalog, columns.table))
		return;
	bool domain = false;
	bool possible = true;
	columns.each(
		[&](const ColumnEntry &column)
		{
			domain = domain || column.type != TIMESTAMPOID;
			possible = possible && type_can_change(columns.catalog, columns.table, column);
		});
	if (domain || !possible)
		return;
	finding.fix("SET timezone = 'UTC'");
	fix_types(columns, finding,
			  [](const ColumnEntry &column)
			  { return column.typmod < 0 ? "TYPE timestamptz" : format("TYPE timestamptz(%d)", column.typmod); });
	finding.fix("RESET timezone");
}

static void
describe_schema(const Habit &failing, Finding &finding)
{
	finding.message(
		"timestamp without time zone in %lld of %lld tables with moments: probably the default of a tool, to be "
		"changed there first",
		static_cast<long long>(failing.followed), static_cast<long long>(failing.all));
	finding.evidence("tables", failing.followed);
	finding.evidence("tables_with_moments", failing.all);
	finding.evidence("server_timezone", setting("timezone"));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	static constexpr ColumnRule rule = {is_moment, fails, describe, nullptr, describe_schema};
	judge_by_table(catalog, verdict, rule);
}

CHECK(typ_timestamp_without_tz){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Timestamps without a time zone",
	.rationale =
		"timestamp keeps what a clock on the wall showed, not when it was: comparing it with now() or showing it to "
		"a client depends on the session's time zone. timestamptz takes the same eight bytes and has neither problem. "
		"The fix is given where the server runs on UTC, and takes the values as UTC. A schema made that way throughout gets one "
		"finding.",
	.reference = "https://www.postgresql.org/docs/current/datatype-datetime.html",
	.judge = judge,
};

} // namespace dbeng
