/*
 * upkeep.cpp: what the worker does for the log: months made beforehand, the
 * default partition emptied, months past retention dropped, partitions of
 * audited tables given the triggers that the server does not clone.
 *
 * Whoever writes an audited table writes the log, and must not wait for any of
 * this: each step is a transaction of its own under dbeng.lock_timeout, tried
 * a few times, and left for the next run if the log is busy.
 */
#include "audit/audited_table.hpp"
#include "audit/log.hpp"
#include "audit/log_partitions.hpp"
#include "audit/log_tables.hpp"
#include "audit/reading.hpp"
#include "audit/seals.hpp"
#include "audit/triggers.hpp"
#include "core/extension.hpp"
#include "core/options.hpp"
#include "core/process.hpp"
#include "core/query.hpp"
#include "core/text.hpp"
#include "unit/job.hpp"

namespace dbeng {

/* What a step has to say; the first trouble of a run is what is reported. */
static void
report_trouble(JobReport &report, MemoryContext context, const char *trouble)
{
	if (report.message == nullptr)
		report.message = MemoryContextStrdup(context, trouble);
}

/* One transaction as the extension's owner, waiting for no lock longer than maintenance may. NULL, or why it came to nothing. */
static const char *
try_once(void (*work)(void *), void *argument)
{
	begin_transaction();
	Identity identity = act_as_owner();
	int level = NewGUCNestLevel();
	pin_setting("lock_timeout", format("%dms", lock_timeout));
	pin_setting("default_tablespace", "");
	pin_setting("default_table_access_method", "heap");
	const char *trouble = guarded(work, argument);
	AtEOXact_GUC(true, level);
	identity.restore();
	if (trouble != nullptr)
		trouble = MemoryContextStrdup(TopMemoryContext, trouble);
	commit_transaction();
	return trouble;
}

/* The same up to six times, with longer and longer rests. */
template <class Work>
static bool
step(JobReport &report, Work work)
{
	MemoryContext context = CurrentMemoryContext;
	constexpr int attempts = 6;
	for (int attempt = 1;; attempt++)
	{
		const char *trouble = try_once([](void *closure) { (*static_cast<Work *>(closure))(); }, &work);
		MemoryContextSwitchTo(context);
		if (trouble == nullptr)
			return true;
		bool last = attempt == attempts || database_is_wanted();
		if (last)
			report_trouble(report, context, trouble);
		pfree(const_cast<char *>(trouble));
		if (last)
			return false;
		WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, 50L << attempt, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

/* Only looking: in a transaction that takes no lock anybody minds. */
template <class Work>
static void
looking(Work work)
{
	MemoryContext context = CurrentMemoryContext;
	begin_transaction();
	Identity identity = act_as_owner();
	work();
	identity.restore();
	commit_transaction();
	MemoryContextSwitchTo(context);
}

namespace {
/* What the default partition holds, as whole months. */
struct Rest
{
	bool filled = false;
	bool apart = false; /* no other partition's months, and none to come */
	const char *from = nullptr;
	const char *to = nullptr;
	const char *name = nullptr; /* that a partition of these months gets */
};
} // namespace

static Rest
look_at_rest()
{
	Rest rest;
	Local<Vector<LogPartition>> partitions;
	log_partitions(*partitions);
	if (!OidIsValid(log_table("log_rest")))
		return rest;
	int level = NewGUCNestLevel();
	pin_setting("TimeZone", "UTC");
	pin_setting("DateStyle", "ISO, YMD");
	MemoryContext context = CurrentMemoryContext;
	each_row("SELECT f::text, t::text, to_char(f, '\"log_\"YYYY_MM') || CASE WHEN t > f + interval '1 month'"
			 "   THEN to_char(t - interval '1 month', '\"_to_\"YYYY_MM') ELSE '' END,"
			 "   t <= date_trunc('month', now()) + interval '1 month', f, t"
			 " FROM (SELECT date_trunc('month', min(changed_at)) AS f,"
			 "   date_trunc('month', max(changed_at)) + interval '1 month' AS t FROM dbeng_audit.log_rest) r"
			 " WHERE f IS NOT NULL",
			 [&rest, &partitions](const Row &row)
			 {
				 rest.filled = true;
				 rest.from = pstrdup(row.text(1));
				 rest.to = pstrdup(row.text(2));
				 rest.name = pstrdup(row.text(3));
				 TimestampTz from = row.time(5);
				 TimestampTz to = row.time(6);
				 rest.apart = row.flag(4) && std::none_of(partitions->begin(), partitions->end(),
														  [from, to](const LogPartition &partition) {
															  return !partition.is_default && partition.from < to &&
																	 partition.to > from;
														  });
			 });
	AtEOXact_GUC(true, level);
	MemoryContextSwitchTo(context);
	return rest;
}

static const char *
rest_range(const Rest &rest)
{
	return format("changed_at >= %s AND changed_at < %s", literal(rest.from), literal(rest.to));
}

/* Makes the default partition one of its months, and an empty one the default. */
static void
exchange_rest(const Rest &rest)
{
	bool strays = false;
	execute("ALTER TABLE dbeng_audit.log DETACH PARTITION dbeng_audit.log_rest");
	see_own_changes();
	/* Writers do not ask constraints. Its index, brought up to date beforehand, knows without reading all of it. */
	pin_setting("enable_seqscan", "off");
	for (const char *outside :
		 {format("changed_at < %s", literal(rest.from)), format("changed_at >= %s", literal(rest.to))})
		each_row(format("SELECT FROM dbeng_audit.log_rest WHERE %s LIMIT 1", outside),
				 [&strays](const Row &) { strays = true; });
	if (strays)
		ereport(ERROR, errcode(ERRCODE_OBJECT_IN_USE), errmsg("rows of other months came into the default partition"));
	const char *name = rest.name;
	Oid schema = get_namespace_oid(audit_schema, false);
	for (int i = 2; OidIsValid(get_relname_relid(name, schema)); i++)
		name = format("%s_%d", rest.name, i);
	const char *table = quoted(audit_schema, name);
	execute(format("ALTER TABLE dbeng_audit.log_rest RENAME TO %s", quoted(name)));
	execute(format("ALTER TABLE dbeng_audit.log ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)", table,
				   literal(rest.from), literal(rest.to)));
	execute(format("ALTER TABLE %s DROP CONSTRAINT dbeng_audit_range", table));
	make_default_partition();
}

/* What fell into the default partition gets one of its own; returns how many. */
static int
settle_rest(JobReport &report)
{
	Rest rest;
	MemoryContext context = CurrentMemoryContext;
	looking(
		[&rest, context]
		{
			MemoryContextSwitchTo(context);
			rest = look_at_rest();
		});
	if (!rest.filled)
		return 0;
	if (!rest.apart)
	{
		report_trouble(report, context,
					   format("the default partition holds %s to %s, which are other partitions' months, or to come",
							  rest.from, rest.to));
		return 0;
	}
	/* The long look at all rows is VALIDATE's, beside which everybody reads and writes. */
	bool done = step(report,
					 [&rest]
					 {
						 execute("ALTER TABLE dbeng_audit.log_rest DROP CONSTRAINT IF EXISTS dbeng_audit_range");
						 execute(format("ALTER TABLE dbeng_audit.log_rest ADD CONSTRAINT dbeng_audit_range CHECK (%s)"
										" NOT VALID",
										rest_range(rest)));
					 }) &&
				step(report,
					 []
					 {
						 execute("ALTER TABLE dbeng_audit.log_rest VALIDATE CONSTRAINT dbeng_audit_range");
						 execute("SELECT brin_summarize_new_values(i.indexrelid) FROM pg_index i"
								 " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam"
								 " WHERE i.indrelid = 'dbeng_audit.log_rest'::regclass AND a.amname = 'brin'");
					 }) &&
				step(report,
					 [&rest]
					 {
						 lock_audit();
						 exchange_rest(rest);
					 });
	return done ? 1 : 0;
}

namespace {
/* DDL on a table somebody owns. */
struct OwnersStep
{
	Oid relation;
	const char *sql;
};
} // namespace

/*
 * The server clones row triggers to partitions and takes them away when one is
 * detached, statement triggers it does neither. A trigger that somebody has
 * switched off or changed stays so: that is told of, not hidden.
 */
static void
partition_steps(Vector<OwnersStep> &steps)
{
	for (const AuditedTable &table : audited_tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (!table.enabled() || !OidIsValid(table.relation) ||
			get_rel_relkind(table.relation) != RELKIND_PARTITIONED_TABLE)
			continue;
		Local<Vector<TriggerStep>> found;
		trigger_steps(table, *found);
		for (const TriggerStep &step : *found)
			if (step.relation != table.relation && step.fault == TriggerFault::missing)
				steps.push_back(OwnersStep{step.relation, step.sql});
	}
	each_row("SELECT t.tgrelid, format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass),"
			 "   convert_from(substring(t.tgargs FROM 1 FOR length(t.tgargs) - 1), 'SQL_ASCII')"
			 " FROM pg_trigger t WHERE t.tgnargs = 1"
			 " AND t.tgfoid = to_regprocedure('dbeng._audit_truncate()')",
			 [&steps](const Row &row)
			 {
				 Oid relation = static_cast<Oid>(row.integer(1));
				 if (!belongs_to(relation, static_cast<int32>(strtol(row.text(3), nullptr, 10))))
					 steps.push_back(OwnersStep{relation, pstrdup(row.text(2))});
			 });
}

static int
settle_partitions(JobReport &report)
{
	MemoryContext context = CurrentMemoryContext;
	Local<Vector<OwnersStep>> steps;
	looking(
		[&steps, context]
		{
			MemoryContextSwitchTo(context);
			partition_steps(*steps);
		});
	int done = 0;
	for (const OwnersStep &wanted : *steps)
		done += step(report,
					 [&wanted]
					 {
						 Oid owner = owner_of(wanted.relation);
						 if (!OidIsValid(owner))
							 return;
						 Identity identity = act_as(owner);
						 execute(wanted.sql);
						 identity.restore();
					 });
	return done;
}

/* Tables and columns that were renamed, or numbered anew by a restore. */
static int
follow_names(JobReport &report)
{
	bool stale = false;
	looking(
		[&stale]
		{
			for (const AuditedTable &table : audited_tables())
				stale = stale || table.stale;
		});
	return stale && step(report,
						 []
						 {
							 lock_audit();
							 for (AuditedTable table : audited_tables())
							 {
								 if (!table.stale)
									 continue;
								 table.table_name = get_rel_name(table.relation);
								 table.schema_name = get_namespace_name(get_rel_namespace(table.relation));
								 register_table(table);
							 }
						 });
}

static bool
has_log()
{
	bool has = false;
	looking([&has] { has = OidIsValid(log_table("log")) && OidIsValid(log_table("tables")); });
	return has;
}

static void
keep_up(JobReport &report)
{
	report.rows = 0;
	if (!has_log())
		return;
	int64 done = settle_rest(report);
	int made = 0;
	if (step(report,
			 [&made]
			 {
				 lock_audit();
				 made = make_months(GetCurrentTransactionStartTimestamp());
			 }))
		done += made;
	done += settle_partitions(report);
	done += follow_names(report);
	/* A restore has made the view as the extension makes it, before there was a log. */
	step(report, [] { bind_audit_view(); });
	report.rows = done;
}

/* Months all of which are past retention, the oldest first. */
static void
drop_old(JobReport &report)
{
	report.rows = 0;
	if (!has_log())
		return;
	MemoryContext context = CurrentMemoryContext;
	Local<Vector<LogPartition>> expired;
	looking(
		[&expired]
		{
			TimestampTz before = GetCurrentTransactionStartTimestamp() - int64{audit_retention} * USECS_PER_MINUTE;
			Local<Vector<LogPartition>> partitions;
			log_partitions(*partitions);
			for (const LogPartition &partition : *partitions)
				if (!partition.is_default && partition.to <= before)
					expired->push_back(partition);
		});
	for (const LogPartition &partition : *expired)
	{
		MemoryContextSwitchTo(context);
		if (!step(report,
				  [&partition]
				  {
					  lock_audit();
					  const char *name = get_rel_name(partition.relation);
					  if (name == nullptr)
						  return;
					  seal_dropped_months(partition.from, partition.to);
					  execute(format("DROP TABLE %s", quoted(audit_schema, name)));
				  }))
			return;
		report.rows++;
	}
}

static int64
upkeep_every()
{
	return 5 * SECS_PER_MINUTE * INT64CONST(1000);
}

static int64
retention_every()
{
	return audit_retention > 0 ? SECS_PER_HOUR * INT64CONST(1000) : 0;
}

JOB(audit_partitions){
	.title = "Partitions of the audit log, and audit triggers of new partitions",
	.every = upkeep_every,
	.run = keep_up,
	.unlogged = true,
	.transaction = false,
};

JOB(audit_retention){
	.title = "Dropping what the audit log holds longer than dbeng.audit_retention",
	.every = retention_every,
	.run = drop_old,
	.transaction = false,
};

} // namespace dbeng
