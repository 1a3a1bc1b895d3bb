/*
 * manage.cpp: sets that maintenance is to look after: what is refused, what is
 * remembered, and what is made at once.
 *
 * All of it happens in the caller's transaction: partitions that a migration
 * asks for are there, or not, with the rest of it.
 */
#include "core/access.hpp"
#include "core/extension.hpp"
#include "core/rows.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"
#include "core/worker_slots.hpp"
#include "partition/maintain.hpp"
#include "partition/new_partition.hpp"
#include "partition/plan_text.hpp"
#include "partition/setting_arguments.hpp"
#include "partition/steps.hpp"

namespace dbeng {

/* Partitions that are named one by one in a reason. */
static constexpr int most_named = 5;

static bool
owns(Oid role, Oid relation)
{
	return pg::owns_relation(relation, role);
}

/* The table that is meant, which the caller must own: who does not is not let in its way. */
static Oid
own_table(FunctionCallInfo fcinfo, const char *what)
{
	PreventCommandDuringRecovery(format("dbeng.%s()", what));
	PreventCommandIfReadOnly(format("dbeng.%s()", what));
	if (PG_ARGISNULL(0))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("parent must not be NULL"),
				errdetail("dbeng.%s() takes a partitioned table.", what),
				errhint("SELECT dbeng.%s('a_schema.a_table'%s);", what,
						strcmp(what, "manage_partitions") == 0 ? ", '1 day'" : ""));
	Oid relation = PG_GETARG_OID(0);
	if (get_rel_name(relation) == nullptr)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", relation),
				errdetail("It was dropped, or never was."), errhint("Name a table that \\d shows."));
	if (!owns(GetUserId(), relation))
		ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("must be owner of table %s", qualified(relation)),
				errdetail("Role \"%s\" is not; dbeng.%s() is for who owns the table.",
						  GetUserNameFromId(GetUserId(), false), what),
				errhint("Let its owner, or a member of that role, do this."));
	return relation;
}

namespace {
/* What kinds of partitions there are that cannot be looked after. */
struct OddPartitions
{
	Local<Vector<const char *>> divided;
	Local<Vector<const char *>> foreign;

	void look(Oid partition)
	{
		char kind = get_rel_relkind(partition);
		if (kind == RELKIND_PARTITIONED_TABLE)
			divided->push_back(qualified(partition));
		else if (kind == RELKIND_FOREIGN_TABLE)
			foreign->push_back(qualified(partition));
	}
};
} // namespace

static const char *
listed(const Vector<const char *> &names)
{
	StringInfoData list;
	initStringInfo(&list);
	for (std::size_t i = 0; i < names.size() && i < most_named; i++)
		appendStringInfo(&list, "%s%s", i == 0 ? "" : ", ", names[i]);
	if (names.size() > most_named)
		appendStringInfo(&list, " and %zu more", names.size() - most_named);
	return list.data;
}

static void
check_partitions(const PartitionSet &set, Reasons &reasons)
{
	OddPartitions odd;
	for (const SetPartition &partition : *set.partitions)
		odd.look(partition.relation);
	if (OidIsValid(set.default_partition))
		odd.look(set.default_partition);
	if (!odd.divided->empty())
		reasons.add(
			format("Partitions that are partitioned themselves: %s. New ones would not be.", listed(*odd.divided)));
	if (!odd.foreign->empty())
		reasons.add(format("Partitions that are foreign tables: %s. What happens there is not this server's.",
						   listed(*odd.foreign)));
}

static void
check_table(Relation parent, Reasons &reasons)
{
	const FormData_pg_class &form = *RelationGetForm(parent);
	if (form.relpersistence == RELPERSISTENCE_TEMP)
		reasons.add("It is a temporary table: no other session sees it, the worker's neither.");
	if (RelationGetRelid(parent) < FirstNormalObjectId)
		reasons.add("It is a system catalog.");
	const char *schema = get_namespace_name(form.relnamespace);
	if (strcmp(schema, "dbeng") == 0 || strcmp(schema, "dbeng_audit") == 0)
		reasons.add("It is dbeng's own.");
	if (!pg::may_create_in(form.relnamespace, form.relowner))
		reasons.add(format("Its owner, %s, may not create tables in schema %s.",
						   quoted(GetUserNameFromId(form.relowner, false)), quoted(schema)),
					format("GRANT CREATE ON SCHEMA %s TO %s;", quoted(schema),
						   quoted(GetUserNameFromId(form.relowner, false))));
}

static void
check_archive(Relation parent, const SetSettings &settings, Reasons &reasons)
{
	const FormData_pg_class &form = *RelationGetForm(parent);
	if (!OidIsValid(settings.archive_schema))
		return;
	const char *schema = quoted(get_namespace_name(settings.archive_schema));
	const char *owner = quoted(GetUserNameFromId(form.relowner, false));
	if (settings.archive_schema == form.relnamespace)
		reasons.add_argument(format("archive_schema is %s, where the partitions are already.", schema),
							 "on_expiry => 'detach'");
	else if (!pg::may_create_in(settings.archive_schema, form.relowner))
		reasons.add(format("The table's owner, %s, may not create tables in schema %s.", owner, schema),
					format("GRANT CREATE ON SCHEMA %s TO %s;", schema, owner));
}

/* The ends of what is there, as positions. */
static void
edges_of(const PartitionSet &set, Vector<int64> &edges)
{
	for (const SetPartition &partition : *set.partitions)
		for (const KeyBound *bound : {&partition.lower, &partition.upper})
		{
			int64 position;
			if (bound->kind == KeyBound::Kind::value && set.calendar.position(bound->value, &position))
				edges.push_back(position);
		}
}

/* The first of these where no cell of the calendar begins; -1: there is none. */
static int
first_off(const Calendar &calendar, std::span<const int64> edges)
{
	for (std::size_t i = 0; i < edges.size(); i++)
	{
		Cell cell;
		if (!calendar.cell(edges[i], &cell) || cell.lower != edges[i])
			return static_cast<int>(i);
	}
	return -1;
}

namespace {
struct ZoneSearch
{
	CalendarRule rule;
	Oid type;
	std::span<const int64> edges;
	const char *found;

	bool fits(const char *zone)
	{
		Calendar calendar;
		rule.zone = zone;
		if (calendar.make(rule, type, -1, InvalidOid) != nullptr || first_off(calendar, edges) >= 0)
			return false;
		found = pstrdup(zone);
		return true;
	}
};
} // namespace

/* A zone whose clock makes sense of the partitions that are there: the session's, the server's, any other. NULL: none does. */
static const char *
zone_of(const PartitionSet &set, std::span<const int64> edges)
{
	ZoneSearch search = {set.settings.rule, set.calendar.type(), edges, nullptr};
	const char *server = setting("TimeZone");
	for (const char *zone : {pg_get_timezone_name(session_timezone), server})
	{
		const char *known = zone == nullptr ? nullptr : known_zone(zone);
		if (known != nullptr && search.fits(known))
			return search.found;
	}
	each_zone([](const char *name, void *context) { return static_cast<ZoneSearch *>(context)->fits(name); }, &search);
	return search.found;
}

/* Do the partitions that are there begin where the calendar has it? */
static void
check_calendar(const PartitionSet &set, Reasons &reasons)
{
	Local<Vector<int64>> edges;
	edges_of(set, *edges);
	std::span<const int64> all = {edges->data(), edges->size()};
	const CalendarRule &rule = set.settings.rule;
	int off = first_off(set.calendar, all);
	if (off < 0 || rule.anchored)
		return;
	bool by_zone = set.calendar.timed() && rule.step.time == 0 && rule.encoding != Encoding::date &&
				   rule.encoding != Encoding::timestamp;
	const char *edge = set.calendar.text(all[static_cast<std::size_t>(off)]);
	if (const char *zone = by_zone ? zone_of(set, all) : nullptr)
	{
		reasons.add(
			format("Its partitions begin and end by the clock of %s, not of %s: one at %s.", zone, rule.zone, edge),
			format(
				"time_zone => %s, or another whose clock shows the same; or anchor says where those to come are to begin.",
				literal(zone)));
		return;
	}
	Calendar shifted;
	CalendarRule other = rule;
	other.anchor = all.back();
	other.anchored = true;
	bool fits = shifted.make(other, set.calendar.type(), set.calendar.typmod(), set.calendar.collation()) == nullptr &&
				first_off(shifted, all) < 0;
	const char *anchor = set.calendar.timed() ? set.calendar.wall_text(all.back()) : set.calendar.text(all.back());
	ereport(NOTICE, errmsg("partitions of %s do not begin where a step begins", qualified(set.settings.parent)),
			errdetail("One begins or ends at %s. The first new partition is as short as it has to be to fit.", edge),
			fits ? errhint("To go on as they are: anchor => %s", literal(anchor)) : 0);
}

/* Makes what is due at once; the rest is the worker's. */
static int
make_due(const PartitionSet &set)
{
	Local<Vector<PlannedAction>> actions;
	int made = 0;
	bool drain = false;
	plan(set, GetCurrentTransactionStartTimestamp(), *actions);
	for (const PlannedAction &action : *actions)
	{
		CHECK_FOR_INTERRUPTS();
		if (action.action == PartitionAction::create)
		{
			attach(set, make_beside(set, partition_name(set, action.lower)), action.lower, action.upper);
			made++;
		}
		else if (action.action == PartitionAction::create_default)
		{
			attach_default(set, make_beside(set, default_name(set)));
			made++;
		}
		else if (action.action == PartitionAction::none && OidIsValid(action.partition))
			ereport(NOTICE, errmsg("partitions of %s cannot all be made now", qualified(set.settings.parent)),
					errdetail("Partition %s: %s.", qualified(action.partition), action.reason));
		drain = drain || action.action == PartitionAction::drain;
	}
	if (drain)
		ereport(NOTICE,
				errmsg("rows of the default partition of %s belong to partitions that are not there yet",
					   qualified(set.settings.parent)),
				errdetail("The worker moves them, and makes those partitions."),
				errhint("CALL dbeng.drain_default(%s);", literal(qualified(set.settings.parent))));
	return made;
}

static int
manage_partitions(FunctionCallInfo fcinfo)
{
	Oid relation = own_table(fcinfo, "manage_partitions");
	/* What attaching takes anyway; and nobody attaches or detaches while we look. */
	LockRelationOid(relation, ShareUpdateExclusiveLock);
	own_table(fcinfo, "manage_partitions");
	const char *what = format("partitions of %s cannot be looked after", qualified(relation));

	PartitionSet set;
	Reasons reasons;
	SetSettings before;
	Relation parent = relation_open(relation, NoLock);
	check_table(parent, reasons);
	if (const char *trouble = key_trouble(parent))
	{
		char kind = RelationGetForm(parent)->relkind;
		reasons.add(format("%c%s.", pg_toupper(static_cast<unsigned char>(trouble[0])), trouble + 1),
					kind == RELKIND_RELATION
						? format("CALL dbeng.partition_table(%s, 'a_column', 'a step') makes it so.",
								 literal(qualified(relation)))
						: nullptr);
		reasons.raise(what);
	}
	::PartitionKey divided_by = RelationGetPartitionKey(parent);
	set.settings.parent = relation;
	read_setting_arguments(fcinfo, 1,
						   {divided_by->parttypid[0], divided_by->parttypmod[0], divided_by->partcollation[0]},
						   &set.settings, reasons);
	check_archive(parent, set.settings, reasons);
	bool good = set.look() == nullptr;
	check_partitions(set, reasons);
	if (good && reasons.empty())
		check_calendar(set, reasons);
	relation_close(parent, NoLock);
	reasons.raise(what);

	set.settings.draining = read_settings(relation, &before) && before.draining;
	store_settings(set.settings);
	CommandCounterIncrement();
	int made = 0;
	as_owner(set.owner, [&] { made = make_due(set); });
	tell_worker_at_commit();
	if (partition_interval == 0)
		ereport(NOTICE, errmsg("partitions of %s are not looked after by themselves", qualified(relation)),
				errdetail("dbeng.partition_interval is 0."),
				errhint("ALTER SYSTEM SET dbeng.partition_interval = '1min'; SELECT pg_reload_conf();"));
	else
		warn_without_worker(format("maintenance of %s", qualified(relation)));
	return made;
}

static void
unmanage_partitions(FunctionCallInfo fcinfo)
{
	Oid relation = own_table(fcinfo, "unmanage_partitions");
	Argument arguments[] = {Argument::oid(relation)};
	Identity caller = act_as_owner();
	bool managed = execute("DELETE FROM dbeng.partition_set s WHERE s.parent = $1", arguments) > 0;
	execute("DELETE FROM dbeng.partition_state s WHERE s.parent = $1", arguments);
	execute("DELETE FROM dbeng.partition_leaving l WHERE l.parent = $1", arguments);
	caller.restore();
	if (!managed)
		ereport(
			ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("partitions of %s are not looked after", qualified(relation)),
			errdetail("dbeng.manage_partitions() was not called for it, or dbeng.unmanage_partitions() was already."),
			errhint("SELECT parent FROM dbeng.partition_sets;"));
}

static void
show_plan(Rows &rows, Oid parent)
{
	PartitionSet set;
	Local<Vector<PlannedAction>> actions;
	const char *trouble = set.read(parent);
	if (trouble != nullptr)
		actions->push_back({PartitionAction::none, InvalidOid, {}, {}, trouble});
	else
		plan(set, GetCurrentTimestamp(), *actions);
	for (const PlannedAction &action : *actions)
		in_row(rows,
			   [&]
			   {
				   bool ranged = trouble == nullptr && set.calendar.compare(action.lower, action.upper) < 0;
				   rows.text(planned_name(action.action));
				   rows.text(trouble == nullptr ? action_subject(set, action) : nullptr);
				   rows.text(ranged ? set.calendar.bound_text(action.lower) : nullptr);
				   rows.text(ranged ? set.calendar.bound_text(action.upper) : nullptr);
				   rows.text(action.reason);
				   rows.text(trouble == nullptr ? action_sql(set, action) : nullptr);
				   rows.oid(parent);
			   });
}

static void
partition_plan(FunctionCallInfo fcinfo)
{
	Rows rows(fcinfo);
	Local<Vector<Oid>> parents;
	if (PG_ARGISNULL(0))
		managed_sets(*parents);
	else
	{
		SetSettings settings;
		Oid relation = PG_GETARG_OID(0);
		if (get_rel_name(relation) == nullptr)
			ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", relation),
					errdetail("It was dropped, or never was."), errhint("SELECT parent FROM dbeng.partition_sets;"));
		if (!may_look_into(relation, GetUserId()))
			ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					errmsg("permission denied for table %s", qualified(relation)),
					errdetail("Role \"%s\" neither owns it nor may read it, and is no member of pg_monitor.",
							  GetUserNameFromId(GetUserId(), false)),
					errhint("GRANT SELECT ON %s TO %s;", qualified(relation),
							quoted(GetUserNameFromId(GetUserId(), false))));
		if (!read_settings(relation, &settings))
			ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("partitions of %s are not looked after", qualified(relation)),
					errdetail("dbeng.manage_partitions() was not called for it."),
					errhint("SELECT dbeng.manage_partitions(%s, '1 day');", literal(qualified(relation))));
		parents->push_back(relation);
	}
	for (Oid parent : *parents)
	{
		CHECK_FOR_INTERRUPTS();
		if (may_look_into(parent, GetUserId()))
			show_plan(rows, parent);
	}
}

} // namespace dbeng

SQL_FUNCTION(dbeng_manage_partitions)
{
	PG_RETURN_INT32(dbeng::manage_partitions(fcinfo));
}

SQL_FUNCTION(dbeng_unmanage_partitions)
{
	dbeng::unmanage_partitions(fcinfo);
	PG_RETURN_VOID();
}

SQL_FUNCTION(dbeng_partition_plan)
{
	dbeng::partition_plan(fcinfo);
	return Datum{0};
}
