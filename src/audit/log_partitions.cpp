#include "audit/log_partitions.hpp"

#include "audit/audited_table.hpp"
#include "audit/log.hpp"
#include "audit/log_tables.hpp"
#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

int audit_retention = 0;

/* Months made beforehand, the present one besides. */
static constexpr int months_ahead = 3;

static constexpr const char *rest_name = "log_rest";

/* Rows come and never change: they are frozen soon after, and a whole month then costs vacuum nothing. */
static constexpr const char *partition_options =
	"toast_tuple_target = 8160, autovacuum_vacuum_insert_threshold = 10000, autovacuum_vacuum_insert_scale_factor = 0.1,"
	" autovacuum_freeze_min_age = 0";

namespace {
struct Month
{
	int year;
	int month; /* 1 to 12 */

	Month after(int months) const
	{
		int count = year * 12 + month - 1 + months;
		return {count / 12, count % 12 + 1};
	}
	TimestampTz begin() const
	{
		return static_cast<TimestampTz>(date2j(year, month, 1) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY;
	}
	TimestampTz end() const { return after(1).begin(); }
};
} // namespace

/* UTC. */
static Month
month_of(TimestampTz at)
{
	struct pg_tm tm;
	fsec_t fraction;
	if (timestamp2tm(at, nullptr, &tm, &fraction, nullptr, nullptr) != 0)
		ereport(ERROR, errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range"),
				errdetail("The server's clock says %s.", timestamptz_to_str(at)), errhint("Set the server's clock."));
	return {tm.tm_year, tm.tm_mon};
}

TimestampTz
month_begin(TimestampTz at)
{
	struct pg_tm tm;
	fsec_t fraction;
	if (TIMESTAMP_NOT_FINITE(at) || timestamp2tm(at, nullptr, &tm, &fraction, nullptr, nullptr) != 0)
		return at;
	return Month{tm.tm_year, tm.tm_mon}.begin();
}

TimestampTz
next_month(TimestampTz month)
{
	return TIMESTAMP_NOT_FINITE(month) ? month : month_of(month).end();
}

static const char *
utc(Month month)
{
	return format("%04d-%02d-01 00:00:00+00", month.year, month.month);
}

void
log_partitions(Vector<LogPartition> &partitions)
{
	Oid oid = log_table("log");
	if (!OidIsValid(oid))
		return;
	Relation log = table_open(oid, AccessShareLock);
	PartitionDesc description = RelationGetPartitionDesc(log, true);
	PartitionBoundInfo bounds = description->boundinfo;
	auto bound = [bounds](int i)
	{
		switch (bounds->kind[i][0])
		{
			case PARTITION_RANGE_DATUM_MINVALUE:
				return static_cast<TimestampTz>(DT_NOBEGIN);
			case PARTITION_RANGE_DATUM_MAXVALUE:
				return static_cast<TimestampTz>(DT_NOEND);
			default:
				return DatumGetTimestampTz(bounds->datums[i][0]);
		}
	};
	if (description->nparts > 0)
	{
		for (int i = 1; i < bounds->ndatums; i++)
			if (bounds->indexes[i] >= 0)
				partitions.push_back({description->oids[bounds->indexes[i]], bound(i - 1), bound(i), false});
		if (bounds->default_index >= 0)
			partitions.push_back({description->oids[bounds->default_index], DT_NOBEGIN, DT_NOEND, true});
	}
	table_close(log, AccessShareLock);
}

static void
make_partition(const char *name, const char *bounds)
{
	const char *table = quoted(audit_schema, name);
	execute(format("CREATE TABLE %s (LIKE %s.log INCLUDING ALL) WITH (%s)", table, audit_schema, partition_options));
	execute(format("COMMENT ON TABLE %s IS 'a part of the audit log of dbeng'", table));
	protect_log_table(name);
	execute(format("ALTER TABLE %s.log ATTACH PARTITION %s %s", audit_schema, table, bounds));
}

void
make_default_partition()
{
	make_partition(rest_name, "DEFAULT");
}

/* Rows of the month in the default partition: it cannot be made before they are out of there. */
static bool
is_in_rest(Month month)
{
	if (!OidIsValid(log_table(rest_name)))
		return false;
	Argument arguments[] = {Argument::time(month.begin()), Argument::time(month.end())};
	bool found = false;
	each_row("SELECT FROM dbeng_audit.log_rest WHERE changed_at >= $1 AND changed_at < $2 LIMIT 1", arguments,
			 [&found](const Row &) { found = true; });
	return found;
}

int
make_months(TimestampTz now)
{
	Local<Vector<LogPartition>> partitions;
	log_partitions(*partitions);
	int made = 0;
	for (int ahead = 0; ahead <= months_ahead; ahead++)
	{
		Month month = month_of(now).after(ahead);
		bool taken = std::any_of(partitions->begin(), partitions->end(),
								 [month](const LogPartition &partition) {
									 return !partition.is_default && partition.from < month.end() &&
											partition.to > month.begin();
								 });
		const char *name = format("log_%04d_%02d", month.year, month.month);
		if (taken || OidIsValid(get_relname_relid(name, get_namespace_oid(audit_schema, false))) || is_in_rest(month))
			continue;
		make_partition(name, format("FOR VALUES FROM ('%s') TO ('%s')", utc(month), utc(month.after(1))));
		made++;
	}
	return made;
}

} // namespace dbeng
