/*
 * metrics.cpp: one figure over time: metric_history(); and where it leads:
 * disk_forecast().
 */
#include "core/access.hpp"
#include "core/rows.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"
#include "snapshot/forecast.hpp"
#include "snapshot/names.hpp"

namespace dbeng {

namespace {
enum class Shape : uint8
{
	gauge,		/* what it stood at */
	rate,		/* what was added a second */
	added,		/* what was added between two points */
	hit_ratio,	/* percent of fields 0 in fields 0 and 1 together */
	per_sample, /* samples a look */
	of_limit,	/* percent of max_connections */
};

enum class Scope : uint8
{
	single,	   /* the family's only series */
	database,  /* this database's */
	all,	   /* all series added up */
	top_level, /* statements that no other ran */
	highest,   /* of all series */
};

struct Metric
{
	const char *name;
	const char *unit;
	Family family;
	Scope scope;
	Shape shape;
	int field;
	double scale = 1;
	int second = -1; /* another field added to it, or the rest of a ratio */
};
} // namespace

static constexpr double micro = 1e-6;
static constexpr Metric metrics[] = {
	{"connections", "sessions", Family::activity, Scope::single, Shape::gauge, activity_field::connections},
	{"connections_active", "sessions", Family::activity, Scope::single, Shape::gauge, activity_field::active},
	{"connections_used", "percent", Family::activity, Scope::single, Shape::of_limit, activity_field::connections},
	{"idle_in_transaction", "sessions", Family::activity, Scope::single, Shape::gauge,
	 activity_field::idle_in_transaction},
	{"lock_waits", "sessions", Family::activity, Scope::single, Shape::gauge, activity_field::waiting_for_lock},
	{"oldest_transaction_age", "seconds", Family::activity, Scope::single, Shape::gauge,
	 activity_field::oldest_transaction_us, micro},
	{"longest_query", "seconds", Family::activity, Scope::single, Shape::gauge, activity_field::longest_query_us,
	 micro},
	{"longest_lock_wait", "seconds", Family::activity, Scope::single, Shape::gauge,
	 activity_field::longest_lock_wait_us, micro},
	{"xid_age", "transactions", Family::activity, Scope::single, Shape::gauge, activity_field::xid_age},
	{"multixact_age", "multixacts", Family::activity, Scope::single, Shape::gauge, activity_field::multixact_age},
	{"prepared_transactions", "transactions", Family::activity, Scope::single, Shape::gauge,
	 activity_field::prepared_transactions},
	{"active_sessions", "sessions", Family::wait, Scope::all, Shape::per_sample, wait_field::samples},
	{"commits", "per second", Family::database, Scope::database, Shape::rate, database_field::commits},
	{"rollbacks", "per second", Family::database, Scope::database, Shape::rate, database_field::rollbacks},
	{"cache_hit_ratio", "percent", Family::database, Scope::database, Shape::hit_ratio, database_field::blocks_hit, 100,
	 database_field::blocks_read},
	{"blocks_read", "per second", Family::database, Scope::database, Shape::rate, database_field::blocks_read},
	{"blocks_hit", "per second", Family::database, Scope::database, Shape::rate, database_field::blocks_hit},
	{"rows_returned", "per second", Family::database, Scope::database, Shape::rate, database_field::rows_returned},
	{"rows_fetched", "per second", Family::database, Scope::database, Shape::rate, database_field::rows_fetched},
	{"rows_inserted", "per second", Family::database, Scope::database, Shape::rate, database_field::inserted},
	{"rows_updated", "per second", Family::database, Scope::database, Shape::rate, database_field::updated},
	{"rows_deleted", "per second", Family::database, Scope::database, Shape::rate, database_field::deleted},
	{"temp_bytes", "bytes per second", Family::database, Scope::database, Shape::rate, database_field::temp_bytes},
	{"deadlocks", "per second", Family::database, Scope::database, Shape::rate, database_field::deadlocks},
	{"wal_bytes", "bytes per second", Family::server, Scope::single, Shape::rate, server_field::wal_bytes},
	{"checkpoints_timed", "count", Family::server, Scope::single, Shape::added, server_field::checkpoints_timed},
	{"checkpoints_requested", "count", Family::server, Scope::single, Shape::added,
	 server_field::checkpoints_requested},
	{"archive_failures", "count", Family::server, Scope::single, Shape::added, server_field::archive_failures},
	{"database_bytes", "bytes", Family::size, Scope::all, Shape::gauge, size_field::bytes},
	{"statement_ms", "ms per second", Family::statement, Scope::top_level, Shape::rate, statement_field::exec_us, 1e-3},
	{"statement_calls", "per second", Family::statement, Scope::top_level, Shape::rate, statement_field::calls},
	{"replication_lag", "seconds", Family::standby, Scope::highest, Shape::gauge, standby_field::replay_lag_us, micro},
	{"replication_slot_retained_wal", "bytes", Family::slot, Scope::highest, Shape::gauge, slot_field::retained_bytes},
	{"disk_free", "bytes", Family::disk, Scope::single, Shape::gauge, disk_field::free_bytes},
};

/* What somebody who typed this may have meant comes first; a few are enough for a hint. */
static const char *
metric_names()
{
	StringInfoData list;
	initStringInfo(&list);
	for (const Metric &metric : metrics)
		appendStringInfo(&list, "%s%s", list.len == 0 ? "" : ", ", metric.name);
	return list.data;
}

static const Metric &
metric_argument(FunctionCallInfo fcinfo, int number)
{
	const char *name = text_argument(fcinfo, number);
	if (name != nullptr)
		for (const Metric &metric : metrics)
			if (pg_strcasecmp(metric.name, name) == 0)
				return metric;
	if (name == nullptr)
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("metric must not be NULL"),
				errdetail("The history of one metric is asked for."), errhint("Metrics are %s.", metric_names()));
	ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no metric \"%s\"", name),
			errdetail("%d metrics have a history.", static_cast<int>(std::size(metrics))),
			errhint("Metrics are %s.", metric_names()));
	pg_unreachable();
}

namespace {
/* A metric's points. */
struct Series
{
	std::span<const HistoryPoint> points;
	double *values; /* NaN: nothing can be said */
};

/* Sums of one family, point by point. */
struct PointSums
{
	explicit PointSums(std::span<const HistoryPoint> known)
		: points(known), first(static_cast<int64 *>(palloc0(known.size() * sizeof(int64) + 1))),
		  second(static_cast<int64 *>(palloc0(known.size() * sizeof(int64) + 1)))
	{}

	int64 *at(int64 *values, TimestampTz time) const
	{
		auto found = std::lower_bound(points.begin(), points.end(), time,
									  [](const HistoryPoint &point, TimestampTz wanted) { return point.at < wanted; });
		return found == points.end() ? nullptr : values + (found - points.begin());
	}

	std::span<const HistoryPoint> points;
	int64 *first;
	int64 *second;
};
} // namespace

static bool
never(int32, const Values &)
{
	return false;
}

/* Which of a family's series a metric is of: -1: all of them, 0: one that there is not. */
static int32
own_series(const History &history, const Metric &metric)
{
	if (metric.scope == Scope::single)
		return 1;
	if (metric.scope != Scope::database)
		return -1;
	/* In a copy still the database that it is of. */
	Oid database = read_progress().database;
	for (const NamedSeries &series : named_series(history, metric.family))
		if (series.object_now == database)
			return series.series;
	return 0;
}

static Series
metric_series(const History &history, const Metric &metric)
{
	Local<Vector<HistoryPoint>> all;
	history.points(*all);
	std::span<const HistoryPoint> points = {all->data(), all->size()};
	Series result = {points, static_cast<double *>(palloc0(points.size() * sizeof(double) + 1))};
	PointSums sums(points);
	int32 only = own_series(history, metric);

	if (metric.scope == Scope::highest)
	{
		/* Each series by itself, from its end backwards. */
		GaugeValues ends(history.to(), metric.family);
		for (const NamedSeries &series : named_series(history, metric.family))
		{
			PointSums own(points);
			history.visit(
				metric.family, block_of(series.series),
				[&](int32 number, TimestampTz at, const Values &values)
				{
					if (int64 *place = own.at(own.first, at); number == series.series && place != nullptr)
						*place = plus(*place, values[metric.field]);
				},
				never);
			int64 value = ends.of(series.series, metric.field);
			for (std::size_t i = points.size(); i-- > 0;)
			{
				result.values[i] = std::max(result.values[i], static_cast<double>(value) * metric.scale);
				value = minus(value, own.first[i]);
			}
		}
		return result;
	}

	Local<FlatSet<int32>> top_level;
	if (metric.scope == Scope::top_level)
	{
		Local<Vector<int32>> numbers;
		for (const NamedSeries &series : named_series(history, metric.family))
			if (series.kind == 't')
				numbers->push_back(series.series);
		top_level->insert(boost::container::ordered_unique_range, numbers->begin(), numbers->end());
	}
	history.visit(
		metric.family, only >= 0 ? block_of(only) : -1,
		[&](int32 series, TimestampTz at, const Values &values)
		{
			if (only >= 0 && series != only)
				return;
			if (metric.scope == Scope::top_level && !top_level->contains(series))
				return;
			if (int64 *place = sums.at(sums.first, at))
				*place = plus(*place, values[metric.field]);
			if (metric.second >= 0)
				if (int64 *place = sums.at(sums.second, at))
					*place = plus(*place, values[metric.second]);
		},
		never);
	if (metric.shape == Shape::per_sample)
		history.visit(
			Family::activity, 0,
			[&](int32, TimestampTz at, const Values &values)
			{
				if (int64 *place = sums.at(sums.second, at))
					*place = plus(*place, values[activity_field::sample_rounds]);
			},
			never);

	constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
	if (metric.shape == Shape::gauge || metric.shape == Shape::of_limit)
	{
		GaugeValues ends(history.to(), metric.family, only);
		int64 value = only >= 0 ? ends.of(only, metric.field) : ends.sum(metric.field);
		double scale = metric.shape == Shape::of_limit ? 100 / setting_number("max_connections") : metric.scale;
		for (std::size_t i = points.size(); i-- > 0;)
		{
			result.values[i] = static_cast<double>(value) * scale;
			value = minus(value, sums.first[i]);
		}
		return result;
	}
	for (std::size_t i = 0; i < points.size(); i++)
	{
		auto first = static_cast<double>(sums.first[i]);
		auto second = static_cast<double>(sums.second[i]);
		auto elapsed = static_cast<double>(points[i].elapsed) * micro;
		switch (metric.shape)
		{
			case Shape::rate:
				result.values[i] = elapsed > 0 ? first * metric.scale / elapsed : nothing;
				break;
			case Shape::hit_ratio:
				result.values[i] = first + second > 0 ? metric.scale * first / (first + second) : nothing;
				break;
			case Shape::per_sample:
				result.values[i] = second > 0 ? first / second : nothing;
				break;
			default:
				result.values[i] = first * metric.scale;
		}
	}
	return result;
}

static void
show_metric_history(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.metric_history()");
	const Metric &metric = metric_argument(fcinfo, 0);
	History history = history_arguments(fcinfo, 1, 2);
	Rows rows(fcinfo);
	Series series = metric_series(history, metric);
	for (std::size_t i = 0; i < series.points.size(); i++)
		rows.time(series.points[i].at).float8(series.values[i]).end();
}

/* The straight line through the points with the least squares. */
static Trend
trend_of(std::span<const HistoryPoint> points, const double *values)
{
	Trend trend = {std::numeric_limits<double>::quiet_NaN(), 0};
	if (points.size() < 2)
		return trend;
	trend.observed = points.back().at - points.front().at;
	if (trend.observed < USECS_PER_HOUR)
		return trend;
	double count = 0, x_sum = 0, y_sum = 0, xx = 0, xy = 0;
	for (std::size_t i = 0; i < points.size(); i++)
	{
		double x = static_cast<double>(points[i].at - points.front().at) / static_cast<double>(USECS_PER_DAY);
		double y = values[i] - values[0];
		count++;
		x_sum += x;
		y_sum += y;
		xx += x * x;
		xy += x * y;
	}
	double spread = count * xx - x_sum * x_sum;
	if (spread > 0)
		trend.per_day = (count * xy - x_sum * y_sum) / spread;
	return trend;
}

static const char *
observed_text(const Trend &trend)
{
	return std::isnan(trend.per_day) ? "snapshots of at least an hour are needed"
									 : format("from snapshots of %s", duration(trend.observed));
}

TimestampTz
full_at(double free, double per_day, TimestampTz now)
{
	if (std::isnan(per_day) || per_day <= 0)
		return 0;
	double days = std::max(free, 0.0) / per_day;
	return days > 36500 ? 0 : now + static_cast<int64>(days * static_cast<double>(USECS_PER_DAY));
}

static void
show_forecast_row(Rows &rows, const char *object, double bytes, const Trend &trend, double free, TimestampTz full,
				  const char *detail)
{
	rows.text(object).bigint(static_cast<int64>(bytes));
	if (std::isnan(trend.per_day))
		rows.null();
	else
		rows.bigint(static_cast<int64>(trend.per_day));
	rows.time(full);
	if (std::isnan(free))
		rows.null();
	else
		rows.bigint(static_cast<int64>(free));
	rows.text(detail).end();
}

/* The share of eight equal parts of the time at whose end a value is higher than at their beginning. */
static double
growing_share(std::span<const HistoryPoint> points, const double *values)
{
	constexpr int parts = 8;
	int growing = 0;
	std::size_t begin = 0;
	for (int part = 1; part <= parts && !points.empty(); part++)
	{
		TimestampTz end = points.front().at + (points.back().at - points.front().at) / parts * part;
		std::size_t last = begin;
		while (last + 1 < points.size() && points[last + 1].at <= end)
			last++;
		growing += values[last] > values[begin] ? 1 : 0;
		begin = last;
	}
	return static_cast<double>(growing) / parts;
}

void
disk_trends(const History &history, std::span<const HistoryPoint> points, Vector<DiskTrend> &trends)
{
	GaugeValues disks(history.to(), Family::disk);
	for (const NamedSeries &series : named_series(history, Family::disk))
	{
		PointSums free(points);
		history.visit(
			Family::disk, block_of(series.series),
			[&](int32 number, TimestampTz at, const Values &values)
			{
				if (int64 *place = free.at(free.first, at); number == series.series && place != nullptr)
					*place = plus(*place, minus(values[disk_field::total_bytes], values[disk_field::free_bytes]));
			},
			never);
		int64 total = disks.of(series.series, disk_field::total_bytes);
		int64 free_now = disks.of(series.series, disk_field::free_bytes);
		if (total <= 0)
			continue;
		auto *used = static_cast<double *>(palloc(points.size() * sizeof(double) + 1));
		int64 value = total - free_now;
		for (std::size_t i = points.size(); i-- > 0;)
		{
			used[i] = static_cast<double>(value);
			value = minus(value, free.first[i]);
		}
		trends.push_back(DiskTrend{series.name, total, free_now, trend_of(points, used), growing_share(points, used)});
		pfree(used);
	}
}

static void
show_disk_forecast(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.disk_forecast()");
	double capacity = std::numeric_limits<double>::quiet_NaN();
	if (!PG_ARGISNULL(0))
	{
		capacity = static_cast<double>(PG_GETARG_INT64(0));
		if (capacity <= 0)
			ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("capacity_bytes must be positive, not %lld", static_cast<long long>(PG_GETARG_INT64(0))),
					errdetail("It is how large this database may become."),
					errhint("Leave it out to take what is free on the disk."));
	}
	constexpr double none = std::numeric_limits<double>::quiet_NaN();
	TimestampTz now = GetCurrentTimestamp();
	/* A week back sees the weekly rhythm once. */
	History history(now - 7 * USECS_PER_DAY, now);
	Rows rows(fcinfo);
	double data_free = none;

	Local<Vector<HistoryPoint>> all;
	history.points(*all);
	Local<Vector<DiskTrend>> disks;
	disk_trends(history, {all->data(), all->size()}, *disks);
	for (const DiskTrend &disk : *disks)
	{
		auto free = static_cast<double>(disk.free);
		if (strcmp(disk.name, "data directory") == 0)
			data_free = free;
		show_forecast_row(rows, format("disk of %s", disk.name), static_cast<double>(disk.total - disk.free), disk.used,
						  free, full_at(free, disk.used.per_day, now),
						  format("%s of %s free, %s", size(disk.free), size(disk.total), observed_text(disk.used)));
	}

	const Metric *bytes = nullptr;
	for (const Metric &metric : metrics)
		if (metric.family == Family::size)
			bytes = &metric;
	Series database = metric_series(history, *bytes);
	Trend trend = trend_of(database.points, database.values);
	double current = database.points.empty() ? 0 : database.values[database.points.size() - 1];
	double room = std::isnan(capacity) ? data_free : capacity - current;
	show_forecast_row(rows, format("database %s", quoted(get_database_name(MyDatabaseId))), current, trend, room,
					  std::isnan(room) ? 0 : full_at(room, trend.per_day, now),
					  std::isnan(capacity) ? format("all its relations, %s", observed_text(trend))
										   : format("all its relations, of %s, %s", size(static_cast<int64>(capacity)),
													observed_text(trend)));

	/* What it grows by: the tables that grew most, with all that belongs to them. */
	struct Grown
	{
		Oid table;
		int64 growth;
		int64 bytes;
		const NamedSeries *name;
	};
	Local<SeriesSums> growth;
	sum_up(history, Family::size, *growth);
	GaugeValues sizes(history.to(), Family::size);
	std::span<const NamedSeries> names = named_series(history, Family::relation);
	Local<Vector<Grown>> grown;
	for (const NamedSeries &series : names)
		if (!series.dropped && !is_system_schema(series.schema))
			grown->push_back(Grown{series.table, growth->of(series.series)[size_field::bytes],
								   sizes.of(series.series, size_field::bytes), &series});
	std::sort(grown->begin(), grown->end(),
			  [](const Grown &a, const Grown &b) {
				  return a.table != b.table ? a.table < b.table
											: (a.name->object == a.table) > (b.name->object == b.table);
			  });
	Local<Vector<Grown>> tables;
	for (const Grown &entry : *grown)
		if (!tables->empty() && tables->back().table == entry.table)
		{
			tables->back().growth += entry.growth;
			tables->back().bytes += entry.bytes;
		}
		else
			tables->push_back(entry);
	std::sort(tables->begin(), tables->end(), [](const Grown &a, const Grown &b) { return a.growth > b.growth; });
	double days = static_cast<double>(trend.observed) / static_cast<double>(USECS_PER_DAY);
	for (std::size_t i = 0; i < tables->size() && i < 5 && (*tables)[i].growth > 0 && days > 0; i++)
	{
		const Grown &table = (*tables)[i];
		Trend own = {std::isnan(trend.per_day) ? none : static_cast<double>(table.growth) / days, trend.observed};
		show_forecast_row(rows, format("table %s", quoted(table.name->schema, table.name->name)),
						  static_cast<double>(table.bytes), own, none, 0,
						  format("%s more, %s", size(table.growth), observed_text(own)));
	}
}

static void
show_setting_changes(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.setting_changes()");
	History history = history_arguments(fcinfo, 0, 1);
	Rows rows(fcinfo);
	Argument arguments[] = {{TIMESTAMPTZOID, TimestampTzGetDatum(history.from()), false},
							{TIMESTAMPTZOID, TimestampTzGetDatum(history.to()), false}};
	each_row(
		"SELECT v.valid_from, v.setting, p.value, v.value, v.source FROM dbeng.setting_value v"
		"  LEFT JOIN dbeng.setting_value p ON p.setting = v.setting AND p.valid_to = v.valid_from"
		" WHERE NOT v.initial AND v.valid_from > $1 AND v.valid_from <= $2"
		" UNION ALL"
		" SELECT v.valid_to, v.setting, v.value, NULL, v.source FROM dbeng.setting_value v"
		" WHERE v.valid_to > $1 AND v.valid_to <= $2"
		"   AND NOT EXISTS (SELECT FROM dbeng.setting_value n WHERE n.setting = v.setting AND n.valid_from = v.valid_to)"
		" ORDER BY 1, 2",
		arguments,
		[&rows](const Row &row)
		{ rows.time(row.time(1)).text(row.text(2)).text(row.text(3)).text(row.text(4)).text(row.text(5)).end(); });
}

} // namespace dbeng

SQL_FUNCTION(dbeng_metric_history)
{
	dbeng::show_metric_history(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_disk_forecast)
{
	dbeng::show_disk_forecast(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_setting_changes)
{
	dbeng::show_setting_changes(fcinfo);
	return Datum{0};
}
