#include "audit/triggers.hpp"

#include "core/text.hpp"

namespace dbeng {

static constexpr const char *row_trigger = "!dbeng_audit";
static constexpr const char *update_trigger = "!dbeng_audit_update";
static constexpr const char *truncate_trigger = "!dbeng_audit_truncate";
static constexpr const char *replica_trigger = "!dbeng_audit_replica";

static constexpr int16 row_writes = TRIGGER_TYPE_INSERT | TRIGGER_TYPE_DELETE | TRIGGER_TYPE_UPDATE;

namespace {
struct Wanted
{
	const char *name;
	const char *function;
	int16 type;
	char enabled;
	const char *when = nullptr;
};

/* What is there of a trigger. */
struct Present
{
	const char *name;
	Oid function;
	int16 type;
	char enabled;
	bool cloned; /* from the parent's */
	bool plain;	 /* no constraint trigger, no columns, no transition tables */
	bool conditional;
	const char *argument; /* NULL unless it has one, and one only */
	Oid oid;
};
} // namespace

static Oid
own_function(const char *name)
{
	Oid schema = get_namespace_oid("dbeng", true);
	oidvector *none = buildoidvector(nullptr, 0);
	return OidIsValid(schema) ? GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
												PointerGetDatum(none), ObjectIdGetDatum(schema))
							  : InvalidOid;
}

/* The triggers of a relation but the server's own, by name. */
template <class Visit>
static void
each_trigger(Oid relation, Visit visit)
{
	Relation catalog = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData key;
	ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	SysScanDesc scan = systable_beginscan(catalog, TriggerRelidNameIndexId, true, nullptr, 1, &key);
	while (HeapTuple tuple = systable_getnext(scan))
	{
		auto &form = *reinterpret_cast<Form_pg_trigger>(GETSTRUCT(tuple));
		if (form.tgisinternal)
			continue;
		bool null;
		auto is_null = [tuple, catalog, &null](AttrNumber column)
		{
			heap_getattr(tuple, column, RelationGetDescr(catalog), &null);
			return null;
		};
		Present trigger = {};
		trigger.oid = form.oid;
		trigger.name = pstrdup(NameStr(form.tgname));
		trigger.function = form.tgfoid;
		trigger.type = form.tgtype;
		trigger.enabled = form.tgenabled;
		trigger.cloned = OidIsValid(form.tgparentid);
		trigger.plain = !OidIsValid(form.tgconstraint) && form.tgattr.dim1 == 0 &&
						is_null(Anum_pg_trigger_tgoldtable) && is_null(Anum_pg_trigger_tgnewtable);
		trigger.conditional = !is_null(Anum_pg_trigger_tgqual);
		if (form.tgnargs == 1)
		{
			Datum arguments = heap_getattr(tuple, Anum_pg_trigger_tgargs, RelationGetDescr(catalog), &null);
			trigger.argument = pstrdup(VARDATA_ANY(DatumGetByteaPP(arguments)));
		}
		visit(trigger);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
}

static void
present_triggers(Oid relation, Vector<Present> &triggers)
{
	each_trigger(relation, [&triggers](const Present &trigger) { triggers.push_back(trigger); });
}

static bool
has_condition(const Present &trigger, const char *when)
{
	if (when == nullptr || !trigger.conditional)
		return trigger.conditional == (when != nullptr);
	Datum definition = DirectFunctionCall2(pg_get_triggerdef_ext, ObjectIdGetDatum(trigger.oid), BoolGetDatum(false));
	return strstr(TextDatumGetCString(definition), format(" WHEN (%s) EXECUTE ", when)) != nullptr;
}

static bool
is_as_wanted(const Present &trigger, const Wanted &wanted, const char *argument)
{
	return trigger.plain && trigger.type == wanted.type && OidIsValid(trigger.function) &&
		   trigger.function == own_function(wanted.function) && trigger.argument != nullptr &&
		   strcmp(trigger.argument, argument) == 0 && has_condition(trigger, wanted.when);
}

static const char *
enabling(Oid relation, const char *trigger, char enabled)
{
	const char *how = enabled == TRIGGER_FIRES_ALWAYS		? "ALWAYS "
					  : enabled == TRIGGER_FIRES_ON_REPLICA ? "REPLICA "
															: "";
	return format("ALTER TABLE %s ENABLE %sTRIGGER %s", qualified(relation), how, quoted(trigger));
}

static const char *
creation(Oid relation, const Wanted &wanted, const char *argument)
{
	StringInfoData events;
	initStringInfo(&events);
	for (auto [bit, event] : {std::pair<int, const char *>{TRIGGER_TYPE_INSERT, "INSERT"},
							  {TRIGGER_TYPE_UPDATE, "UPDATE"},
							  {TRIGGER_TYPE_DELETE, "DELETE"},
							  {TRIGGER_TYPE_TRUNCATE, "TRUNCATE"}})
		if ((wanted.type & bit) != 0)
			appendStringInfo(&events, "%s%s", events.len == 0 ? "" : " OR ", event);
	const char *sql = format(
		"CREATE OR REPLACE TRIGGER %s AFTER %s ON %s FOR EACH %s %sEXECUTE FUNCTION dbeng.%s(%s)", quoted(wanted.name),
		events.data, qualified(relation), TRIGGER_FOR_ROW(wanted.type) ? "ROW" : "STATEMENT",
		wanted.when == nullptr ? "" : format("WHEN (%s) ", wanted.when), wanted.function, literal(argument));
	if (wanted.enabled == TRIGGER_FIRES_ON_ORIGIN)
		return sql;
	return format("%s; %s", sql, enabling(relation, wanted.name, wanted.enabled));
}

namespace {
class Plan
{
  public:
	Plan(const AuditedTable &table, Vector<TriggerStep> &steps)
		: table_(table), steps_(steps), argument_(format("%d", table.table_id))
	{}

	void root();
	void partition(Oid relation);

  private:
	void compare(Oid relation, std::span<const Wanted> wanted, bool is_root);
	void step(Oid relation, const char *trigger, TriggerFault fault, const char *sql)
	{
		bool logs_rows = strcmp(trigger, row_trigger) == 0 || strcmp(trigger, update_trigger) == 0;
		bool works = fault == TriggerFault::superfluous || fault == TriggerFault::late;
		steps_.push_back(TriggerStep{relation, trigger, fault, sql, logs_rows && !works});
	}
	/* Those of the whole table, and those that a partition has to have for itself. */
	void row_triggers(Vector<Wanted> &wanted) const;
	void statement_triggers(Vector<Wanted> &wanted) const;

	const AuditedTable &table_;
	Vector<TriggerStep> &steps_;
	const char *argument_;
};
} // namespace

void
Plan::row_triggers(Vector<Wanted> &wanted) const
{
	char enabled = table_.on_replica ? TRIGGER_FIRES_ALWAYS : TRIGGER_FIRES_ON_ORIGIN;
	int16 all = TRIGGER_TYPE_ROW | row_writes;
	/* Logical replication fires no statement's triggers. */
	if (!table_.on_replica)
		wanted.push_back(Wanted{replica_trigger, "_audit_replica", all, TRIGGER_FIRES_ON_REPLICA});
	if (table_.exclude.empty())
	{
		wanted.push_back(Wanted{row_trigger, "_audit_row", all, enabled});
		return;
	}
	/* An update that changed nothing but excluded columns is not even queued. */
	wanted.push_back(Wanted{row_trigger, "_audit_row", static_cast<int16>(all & ~TRIGGER_TYPE_UPDATE), enabled});
	wanted.push_back(Wanted{update_trigger, "_audit_row", TRIGGER_TYPE_ROW | TRIGGER_TYPE_UPDATE, enabled,
							format("dbeng._audit_differs(%s, old.tableoid, old.ctid, new.ctid)", argument_)});
}

void
Plan::statement_triggers(Vector<Wanted> &wanted) const
{
	wanted.push_back(Wanted{truncate_trigger, "_audit_truncate", TRIGGER_TYPE_TRUNCATE, TRIGGER_FIRES_ALWAYS});
}

static const Wanted *
find(std::span<const Wanted> wanted, const char *name)
{
	for (const Wanted &trigger : wanted)
		if (strcmp(trigger.name, name) == 0)
			return &trigger;
	return nullptr;
}

void
Plan::compare(Oid relation, std::span<const Wanted> wanted, bool is_root)
{
	Local<Vector<Present>> present;
	present_triggers(relation, *present);
	bool own[] = {false, false, false, false};
	Assert(wanted.size() <= lengthof(own));
	for (const Present &trigger : *present)
	{
		const Wanted *same = find(wanted, trigger.name);
		/* Of any name: what it logs would be logged twice. */
		bool ours = strncmp(trigger.name, row_trigger, strlen(row_trigger)) == 0 ||
					(OidIsValid(trigger.function) && trigger.function == own_function("_audit_row"));
		if (same != nullptr)
		{
			own[same - wanted.data()] = true;
			/* A clone is as its parent's trigger is, but for whether it fires. */
			if (!trigger.cloned && !is_as_wanted(trigger, *same, argument_))
				step(relation, trigger.name, TriggerFault::altered, creation(relation, *same, argument_));
			else if (trigger.enabled != same->enabled)
				step(relation, trigger.name, TriggerFault::disabled, enabling(relation, trigger.name, same->enabled));
		}
		else if (ours)
		{
			if (!trigger.cloned)
				step(relation, trigger.name, TriggerFault::superfluous,
					 format("DROP TRIGGER %s ON %s", quoted(trigger.name), qualified(relation)));
		}
		else if (table_.enabled() && !trigger.cloned && strcmp(trigger.name, row_trigger) < 0 &&
				 TRIGGER_FOR_ROW(trigger.type) && TRIGGER_FOR_AFTER(trigger.type))
			step(relation, trigger.name, TriggerFault::late, nullptr);
	}
	for (std::size_t i = 0; i < wanted.size(); i++)
		/* The parent's row triggers are cloned by the server. */
		if (!own[i] && (is_root || !TRIGGER_FOR_ROW(wanted[i].type)))
			step(relation, wanted[i].name, TriggerFault::missing, creation(relation, wanted[i], argument_));
}

void
Plan::root()
{
	Local<Vector<Wanted>> wanted;
	if (table_.enabled())
	{
		row_triggers(*wanted);
		statement_triggers(*wanted);
	}
	compare(table_.relation, {wanted->data(), wanted->size()}, true);
}

void
Plan::partition(Oid relation)
{
	Local<Vector<Wanted>> wanted;
	if (table_.enabled())
	{
		row_triggers(*wanted);
		if (get_rel_relkind(relation) != RELKIND_FOREIGN_TABLE)
			statement_triggers(*wanted);
	}
	compare(relation, {wanted->data(), wanted->size()}, false);
}

void
trigger_steps(const AuditedTable &table, Vector<TriggerStep> &steps)
{
	Plan plan(table, steps);
	plan.root();
	if (get_rel_relkind(table.relation) != RELKIND_PARTITIONED_TABLE)
		return;
	ListCell *cell;
	foreach (cell, find_all_inheritors(table.relation, NoLock, nullptr))
	{
		CHECK_FOR_INTERRUPTS();
		/* Without a lock it may be gone by now. */
		if (lfirst_oid(cell) != table.relation && SearchSysCacheExists1(RELOID, ObjectIdGetDatum(lfirst_oid(cell))))
			plan.partition(lfirst_oid(cell));
	}
}

int32
auditing_of(Oid relation)
{
	Oid function = own_function("_audit_row");
	int32 table_id = 0;
	each_trigger(relation,
				 [function, &table_id](const Present &trigger)
				 {
					 if (trigger.function == function && OidIsValid(function) && trigger.argument != nullptr &&
						 table_id == 0)
						 table_id = static_cast<int32>(strtol(trigger.argument, nullptr, 10));
				 });
	return table_id;
}

} // namespace dbeng
