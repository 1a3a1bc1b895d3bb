/*
 * activity.cpp: what happened in a range of time, to tables, indexes,
 * statements, databases, the server.
 */
#include "core/access.hpp"
#include "core/rows.hpp"
#include "core/text.hpp"
#include "snapshot/names.hpp"

namespace dbeng {

/* Dropped and made anew under the same name is one table to its users; the one that is there comes last. */
static bool
same_name(const NamedSeries &a, const NamedSeries &b)
{
	return strcmp(a.schema, b.schema) == 0 && strcmp(a.name, b.name) == 0;
}

static bool
by_name(const NamedSeries *a, const NamedSeries *b)
{
	int order = strcmp(a->schema, b->schema);
	if (order == 0)
		order = strcmp(a->name, b->name);
	if (order != 0)
		return order < 0;
	return a->dropped != b->dropped ? a->dropped : a->series < b->series;
}

static void
add(Values &to, const Values &values)
{
	for (int i = 0; i < most_fields; i++)
		to[i] = plus(to[i], values[i]);
}

namespace {
/* Relations of the user's own in a range, with all that is known of them. */
class RelationHistory
{
  public:
	explicit RelationHistory(const History &history)
		: all_(named_series(history, Family::relation)), gauges_(history.to(), Family::relation),
		  sizes_(history.to(), Family::size)
	{
		sum_up(history, Family::relation, *sums_);
		sum_up(history, Family::size, *growth_);
	}

	std::span<const NamedSeries> all() const { return all_; }
	Values sums(const NamedSeries &series) const { return sums_->of(series.series); }
	int64 growth(const NamedSeries &series) const { return growth_->of(series.series)[size_field::bytes]; }
	int64 bytes(const NamedSeries &series) const { return sizes_.of(series.series, size_field::bytes); }
	int64 gauge(const NamedSeries &series, int field) const { return gauges_.of(series.series, field); }

  private:
	std::span<const NamedSeries> all_;
	GaugeValues gauges_;
	GaugeValues sizes_;
	Local<SeriesSums> sums_;
	Local<SeriesSums> growth_;
};

/* What belongs to a table: its indexes and its TOAST table. */
struct Belongings
{
	const NamedSeries *series;
	int64 scans;
	int64 rows_fetched;
	int64 bytes;
	int64 growth;
};
} // namespace

static void
show_table_activity(FunctionCallInfo fcinfo)
{
	namespace f = relation_field;
	require_monitor("dbeng.table_activity()");
	History history = history_arguments(fcinfo, 0, 1);
	Rows rows(fcinfo);
	RelationHistory relations(history);

	Local<Vector<Belongings>> belongings;
	for (const NamedSeries &series : relations.all())
	{
		if (series.kind == RELKIND_RELATION || series.kind == RELKIND_MATVIEW)
			continue;
		Values sums = relations.sums(series);
		bool index = series.kind == RELKIND_INDEX;
		belongings->push_back(Belongings{&series, index ? sums[f::scans] : 0, index ? sums[f::rows_fetched] : 0,
										 relations.bytes(series), relations.growth(series)});
	}
	std::sort(belongings->begin(), belongings->end(),
			  [](const Belongings &a, const Belongings &b) { return a.series->table < b.series->table; });

	Local<Vector<const NamedSeries *>> tables;
	for (const NamedSeries &series : relations.all())
		if ((series.kind == RELKIND_RELATION || series.kind == RELKIND_MATVIEW) && !is_system_schema(series.schema))
			tables->push_back(&series);
	std::sort(tables->begin(), tables->end(), by_name);
	for (std::size_t i = 0; i < tables->size();)
	{
		CHECK_FOR_INTERRUPTS();
		Values sums = {};
		Belongings belongs = {};
		int64 bytes = 0;
		int64 growth = 0;
		std::size_t last = i;
		for (; i < tables->size() && same_name(*(*tables)[i], *(*tables)[last]); i++)
		{
			const NamedSeries &series = *(*tables)[i];
			add(sums, relations.sums(series));
			bytes += relations.bytes(series);
			growth += relations.growth(series);
			auto at = std::lower_bound(belongings->begin(), belongings->end(), series.object,
									   [](const Belongings &entry, Oid table) { return entry.series->table < table; });
			for (; at != belongings->end() && at->series->table == series.object; ++at)
			{
				if (!side_by_side(*at->series, series))
					continue;
				belongs.scans += at->scans;
				belongs.rows_fetched += at->rows_fetched;
				belongs.bytes += at->bytes;
				belongs.growth += at->growth;
			}
		}
		const NamedSeries &table = *(*tables)[i - 1];
		rows.oid(table.object_now);
		for (int field : {f::scans, f::rows_read, f::inserted, f::updated, f::deleted, f::hot_updated})
			rows.bigint(sums[field]);
		rows.bigint(belongs.scans).bigint(sums[f::rows_fetched] + belongs.rows_fetched);
		rows.bigint(sums[f::blocks_read]).bigint(sums[f::blocks_hit]);
		rows.bigint(relations.gauge(table, f::live)).bigint(relations.gauge(table, f::dead));
		rows.bigint(sums[f::vacuums] + sums[f::autovacuums]).bigint(sums[f::analyzes] + sums[f::autoanalyzes]);
		rows.bigint(bytes + belongs.bytes).bigint(growth + belongs.growth);
		rows.text(quoted(table.schema, table.name)).boolean(table.dropped).end();
	}
}

static void
show_index_activity(FunctionCallInfo fcinfo)
{
	namespace f = relation_field;
	require_monitor("dbeng.index_activity()");
	History history = history_arguments(fcinfo, 0, 1);
	Rows rows(fcinfo);
	RelationHistory relations(history);
	Local<Vector<const NamedSeries *>> tables;
	Local<Vector<const NamedSeries *>> indexes;
	for (const NamedSeries &series : relations.all())
	{
		if (is_system_schema(series.schema))
			continue;
		if (series.kind == RELKIND_INDEX)
			indexes->push_back(&series);
		else if (series.kind == RELKIND_RELATION || series.kind == RELKIND_MATVIEW)
			tables->push_back(&series);
	}
	std::sort(indexes->begin(), indexes->end(), by_name);
	std::sort(tables->begin(), tables->end(),
			  [](const NamedSeries *a, const NamedSeries *b) { return a->object < b->object; });
	for (std::size_t i = 0; i < indexes->size();)
	{
		CHECK_FOR_INTERRUPTS();
		Values sums = {};
		int64 bytes = 0;
		int64 growth = 0;
		std::size_t first = i;
		for (; i < indexes->size() && same_name(*(*indexes)[i], *(*indexes)[first]); i++)
		{
			add(sums, relations.sums(*(*indexes)[i]));
			bytes += relations.bytes(*(*indexes)[i]);
			growth += relations.growth(*(*indexes)[i]);
		}
		const NamedSeries &index = *(*indexes)[i - 1];
		auto table = std::lower_bound(tables->begin(), tables->end(), index.table,
									  [](const NamedSeries *entry, Oid oid) { return entry->object < oid; });
		while (table != tables->end() && (*table)->object == index.table && !side_by_side(**table, index))
			++table;
		bool known = table != tables->end() && (*table)->object == index.table;
		rows.oid(known ? (*table)->object_now : InvalidOid).oid(index.object_now);
		for (int field : {f::scans, f::rows_read, f::rows_fetched, f::blocks_read, f::blocks_hit})
			rows.bigint(sums[field]);
		rows.bigint(bytes).bigint(growth).text(quoted(index.schema, index.name));
		rows.text(known ? quoted((*table)->schema, (*table)->name) : nullptr).boolean(index.dropped).end();
	}
}

static double
milliseconds(int64 microseconds)
{
	return static_cast<double>(microseconds) / 1000;
}

static void
show_query_activity(FunctionCallInfo fcinfo)
{
	namespace f = statement_field;
	require_monitor("dbeng.query_activity()");
	History history = history_arguments(fcinfo, 0, 1);
	Rows rows(fcinfo);
	Local<SeriesSums> sums;
	sum_up(history, Family::statement, *sums);
	struct Statement
	{
		const NamedSeries *series;
		Values values;
	};
	Local<Vector<Statement>> statements;
	int64 top_level = 0;
	int64 all = 0;
	for (const NamedSeries &series : named_series(history, Family::statement))
	{
		Values values = sums->of(series.series);
		if (values[f::calls] == 0 && values[f::exec_us] == 0 && values[f::plans] == 0)
			continue;
		all += values[f::exec_us];
		top_level += series.kind == 't' ? values[f::exec_us] : 0;
		statements->push_back(Statement{&series, values});
	}
	/* What a function runs is in its caller's time already. */
	int64 total = top_level > 0 ? top_level : all;
	std::sort(statements->begin(), statements->end(),
			  [](const Statement &a, const Statement &b) { return a.values[f::exec_us] > b.values[f::exec_us]; });
	struct Text
	{
		int64 key;
		const char *text;
	};
	Local<Vector<Text>> texts;
	Arena arena(CurrentMemoryContext);
	Argument none[] = {Argument::integer(0)};
	if (!statements->empty())
		each_row_batched("SELECT queryid, query FROM dbeng.statement_text WHERE $1 = 0 ORDER BY queryid", none,
						 [&](const Row &row) {
							 texts->push_back(Text{row.integer(1), arena.copy(row.text(2))});
						 });
	for (const Statement &statement : *statements)
	{
		CHECK_FOR_INTERRUPTS();
		const Values &v = statement.values;
		auto text = std::lower_bound(texts->begin(), texts->end(), statement.series->key,
									 [](const Text &entry, int64 key) { return entry.key < key; });
		rows.bigint(statement.series->key).bigint(v[f::calls]).float8(milliseconds(v[f::exec_us]));
		rows.float8(v[f::calls] > 0 ? milliseconds(v[f::exec_us]) / static_cast<double>(v[f::calls])
									: std::numeric_limits<double>::quiet_NaN());
		rows.numeric(total > 0 ? 100.0 * static_cast<double>(v[f::exec_us]) / static_cast<double>(total)
							   : std::numeric_limits<double>::quiet_NaN(),
					 1);
		rows.bigint(v[f::rows])
			.bigint(v[f::blocks_hit])
			.bigint(v[f::blocks_read])
			.bigint(v[f::temp_read] + v[f::temp_written]);
		rows.bigint(v[f::wal_bytes])
			.float8(milliseconds(v[f::plan_us]))
			.float8(milliseconds(v[f::read_us] + v[f::write_us]));
		rows.oid(statement.series->object).boolean(statement.series->kind == 't');
		rows.text(text != texts->end() && text->key == statement.series->key ? text->text : nullptr).end();
	}
}

static void
show_database_activity(FunctionCallInfo fcinfo)
{
	namespace f = database_field;
	require_monitor("dbeng.database_activity()");
	History history = history_arguments(fcinfo, 0, 1);
	Rows rows(fcinfo);
	Local<SeriesSums> sums;
	sum_up(history, Family::database, *sums);
	/* One that was dropped and made anew under its name is one, as with tables. */
	struct Database
	{
		const char *name;
		Values values;
	};
	Local<Vector<Database>> databases;
	for (const NamedSeries &series : named_series(history, Family::database))
		databases->push_back(Database{series.name, sums->of(series.series)});
	std::sort(databases->begin(), databases->end(),
			  [](const Database &a, const Database &b) { return strcmp(a.name, b.name) < 0; });
	for (std::size_t i = 0; i < databases->size();)
	{
		const char *name = (*databases)[i].name;
		Values v = {};
		for (; i < databases->size() && strcmp((*databases)[i].name, name) == 0; i++)
			add(v, (*databases)[i].values);
		double blocks = static_cast<double>(v[f::blocks_hit] + v[f::blocks_read]);
		rows.text(name)
			.bigint(v[f::commits])
			.bigint(v[f::rollbacks])
			.bigint(v[f::blocks_read])
			.bigint(v[f::blocks_hit]);
		rows.numeric(blocks > 0 ? 100 * static_cast<double>(v[f::blocks_hit]) / blocks
								: std::numeric_limits<double>::quiet_NaN(),
					 1);
		for (int field : {f::rows_returned, f::rows_fetched, f::inserted, f::updated, f::deleted, f::temp_files,
						  f::temp_bytes, f::deadlocks, f::conflicts})
			rows.bigint(v[field]);
		rows.float8(milliseconds(v[f::active_us]))
			.float8(milliseconds(v[f::idle_in_transaction_us]))
			.bigint(v[f::sessions])
			.end();
	}
}

static void
show_wait_activity(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.wait_activity()");
	History history = history_arguments(fcinfo, 0, 1);
	Rows rows(fcinfo);
	Local<SeriesSums> sums;
	Local<SeriesSums> looks;
	sum_up(history, Family::wait, *sums);
	sum_up(history, Family::activity, *looks);
	auto rounds = static_cast<double>(looks->of(1)[activity_field::sample_rounds]);
	struct Wait
	{
		const char *name;
		int64 samples;
	};
	Local<Vector<Wait>> waits;
	double total = 0;
	for (const NamedSeries &series : named_series(history, Family::wait))
	{
		int64 samples = sums->of(series.series)[wait_field::samples];
		if (samples == 0)
			continue;
		total += static_cast<double>(samples);
		waits->push_back(Wait{series.name, samples});
	}
	std::sort(waits->begin(), waits->end(), [](const Wait &a, const Wait &b) { return a.samples > b.samples; });
	for (const Wait &wait : *waits)
	{
		const char *slash = strchr(wait.name, '/');
		auto samples = static_cast<double>(wait.samples);
		rows.text(slash == nullptr ? wait.name : pnstrdup(wait.name, static_cast<Size>(slash - wait.name)));
		rows.text(slash == nullptr ? wait.name : slash + 1).bigint(wait.samples).numeric(100 * samples / total, 1);
		rows.float8(rounds > 0 ? samples / rounds : std::numeric_limits<double>::quiet_NaN()).end();
	}
}

static const char *
unit_of(const char *field)
{
	std::string_view name = field;
	auto ends = [name](std::string_view with)
	{ return name.size() >= with.size() && slice(name, name.size() - with.size()) == with; };
	if (ends("bytes"))
		return "bytes";
	if (ends("_ms"))
		return "ms";
	if (ends("_us"))
		return "us";
	return "count";
}

static void
show_server_activity(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.server_activity()");
	History history = history_arguments(fcinfo, 0, 1);
	Rows rows(fcinfo);
	auto show = [&rows](Family family, const char *prefix, const Values &values)
	{
		std::span<const Field> fields = fields_of(family);
		for (std::size_t i = 0; i < fields.size(); i++)
			if (fields[i].kind == Kind::counter && (values.field[i] != 0 || prefix == nullptr))
				rows.text(prefix == nullptr ? fields[i].name : format("%s/%s", prefix, fields[i].name))
					.bigint(values.field[i])
					.text(unit_of(fields[i].name))
					.end();
	};
	Local<SeriesSums> sums;
	sum_up(history, Family::server, *sums);
	show(Family::server, nullptr, sums->of(1));
	for (auto [family, what] : {std::pair(Family::io, "io"), {Family::slru, "slru"}, {Family::slot, "slot"}})
	{
		Local<SeriesSums> each;
		sum_up(history, family, *each);
		for (const NamedSeries &series : named_series(history, family))
			show(family, format("%s/%s", what, series.name), each->of(series.series));
	}
}

/* One relation, point by point: only its own block of eight is read. */
static void
show_table_history(FunctionCallInfo fcinfo)
{
	namespace f = relation_field;
	require_monitor("dbeng.relation_history()");
	if (PG_ARGISNULL(0))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("relation must not be NULL"),
				errdetail("The history of one table or index is asked for."),
				errhint("dbeng.table_activity() and dbeng.index_activity() tell of all of them."));
	Oid oid = PG_GETARG_OID(0);
	History history = history_arguments(fcinfo, 1, 2);
	int32 number = 0;
	Argument arguments[] = {{OIDOID, ObjectIdGetDatum(oid), false}};
	each_row("SELECT series_id FROM dbeng.series WHERE family = 1 AND object = $1 ORDER BY valid_from DESC LIMIT 1",
			 arguments, [&number](const Row &row) { number = static_cast<int32>(row.integer(1)); });
	if (number == 0)
	{
		const char *name = get_rel_name(oid);
		char kind = get_rel_relkind(oid);
		bool partitioned = kind == RELKIND_PARTITIONED_TABLE || kind == RELKIND_PARTITIONED_INDEX;
		bool stored =
			kind == RELKIND_RELATION || kind == RELKIND_INDEX || kind == RELKIND_MATVIEW || kind == RELKIND_TOASTVALUE;
		ereport(
			ERROR, errcode(ERRCODE_UNDEFINED_OBJECT),
			name == nullptr ? errmsg("there is no relation with OID %u", oid)
							: errmsg("no snapshot has seen relation \"%s\"", name),
			errdetail(
				"Tables, indexes, materialized views and TOAST tables of this database are recorded, temporary ones are not."),
			name == nullptr ? errhint("dbeng.table_activity() tells of tables that were dropped, by name.")
			: partitioned	? errhint("It has no storage of its own: ask for one of its partitions.")
			: stored		? errhint("SELECT dbeng.snapshot(); records what is there now.")
							: errhint("Ask for a table, an index or a materialized view."));
	}
	Rows rows(fcinfo);
	Local<Vector<HistoryPoint>> points;
	history.points(*points);
	auto *changes = static_cast<Values *>(palloc0(points->size() * sizeof(Values) + 1));
	auto *sizes = static_cast<int64 *>(palloc0(points->size() * sizeof(int64) + 1));
	auto place = [&points](TimestampTz at)
	{
		auto found = std::lower_bound(points->begin(), points->end(), at,
									  [](const HistoryPoint &point, TimestampTz wanted) { return point.at < wanted; });
		return found == points->end() ? points->size() : static_cast<std::size_t>(found - points->begin());
	};
	history.visit(
		Family::relation, block_of(number),
		[&](int32 series, TimestampTz at, const Values &values)
		{
			if (std::size_t i = place(at); series == number && i < points->size())
				add(changes[i], values);
		},
		[](int32, const Values &) { return false; });
	history.visit(
		Family::size, block_of(number),
		[&](int32 series, TimestampTz at, const Values &values)
		{
			if (std::size_t i = place(at); series == number && i < points->size())
				sizes[i] = plus(sizes[i], values[size_field::bytes]);
		},
		[](int32, const Values &) { return false; });
	/* Gauges: from what they stand at at the end, backwards. */
	GaugeValues relation_end(history.to(), Family::relation, number);
	Values gauges = {};
	for (int field : {f::live, f::dead, f::modified_since_analyze, f::inserted_since_vacuum})
		gauges[field] = relation_end.of(number, field);
	int64 bytes = GaugeValues(history.to(), Family::size, number).of(number, size_field::bytes);
	for (std::size_t i = points->size(); i-- > 0;)
	{
		Values change = changes[i];
		for (int field : {f::live, f::dead, f::modified_since_analyze, f::inserted_since_vacuum})
		{
			changes[i][field] = gauges[field];
			gauges[field] = minus(gauges[field], change[field]);
		}
		int64 grown = sizes[i];
		sizes[i] = bytes;
		bytes = minus(bytes, grown);
	}
	for (std::size_t i = 0; i < points->size(); i++)
	{
		const Values &v = changes[i];
		rows.time((*points)[i].at);
		for (int field : {f::scans, f::rows_read, f::rows_fetched, f::inserted, f::updated, f::hot_updated, f::deleted,
						  f::blocks_read, f::blocks_hit, f::live, f::dead})
			rows.bigint(v[field]);
		rows.bigint(v[f::vacuums] + v[f::autovacuums])
			.bigint(v[f::analyzes] + v[f::autoanalyzes])
			.bigint(sizes[i])
			.end();
	}
}

} // namespace dbeng

SQL_FUNCTION(dbeng_table_activity)
{
	dbeng::show_table_activity(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_index_activity)
{
	dbeng::show_index_activity(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_query_activity)
{
	dbeng::show_query_activity(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_database_activity)
{
	dbeng::show_database_activity(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_wait_activity)
{
	dbeng::show_wait_activity(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_server_activity)
{
	dbeng::show_server_activity(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_relation_history)
{
	dbeng::show_table_history(fcinfo);
	return Datum{0};
}
