/*
 * counter_cache.cpp: the triggers that keep a parent's count of its children.
 *
 * A statement's changes are added up by key and brought to the parents one by
 * one in the order of keys, so that two statements with the same parents wait
 * for each other and never both. The counts are changed by differences, as the
 * parent's owner, past his policies, as the server checks foreign keys.
 *
 * The trigger on the parents sees to it that nobody else writes a count: what
 * an application sends back, old or made up, is put right.
 */
#include "row/counter_cache.hpp"

#include "core/extension.hpp"
#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

bool keep_counters = false;

namespace {
/* A foreign key whose rows are counted, as one trigger needs it. */
struct Counter
{
	Oid trigger; /* the key of the table it is kept in */
	bool valid;
	Oid child;
	Oid parent;
	Oid owner;
	bool versioned; /* the parent's rows have versions */
	int columns;
	AttrNumber numbers[INDEX_MAX_KEYS]; /* in the child */
	AttrNumber live;					/* counted are rows where it is NULL; 0: all */
	SPIPlanPtr changes;
	SPIPlanPtr add;
};

/* The columns of a foreign key, and how they are compared. */
struct Key
{
	int columns = 0;
	Oid child = InvalidOid;
	Oid parent = InvalidOid;
	const char *own[INDEX_MAX_KEYS];
	const char *other[INDEX_MAX_KEYS];
	const char *equals[INDEX_MAX_KEYS]; /* parent's = child's */
	const char *same[INDEX_MAX_KEYS];	/* parent's = parent's */
	Oid types[INDEX_MAX_KEYS];			/* of the child's columns */
};
} // namespace

static HTAB *counters = nullptr;

/* The transaction, or the part of it, that is just changing counts; an error ends it, and with it this. */
static TransactionId counting = InvalidTransactionId;

[[noreturn]] static void
refuse_counter(Relation table, const Trigger &trigger, const char *why)
{
	ereport(
		ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
		errmsg("trigger %s of %s cannot count", quoted(trigger.tgname), qualified(RelationGetRelid(table))),
		errdetail("%s", why),
		errhint("Call dbeng.disable_counter_cache() and dbeng.enable_counter_cache() with the names as they are now."));
}

static bool
is_function(Oid function, const char *name)
{
	const char *found = get_func_name(function);
	return found != nullptr && strcmp(found, name) == 0 &&
		   get_func_namespace(function) == get_namespace_oid("dbeng", true);
}

static Identity
act_for_key(Oid role)
{
	Identity before;
	GetUserIdAndSecContext(&before.role, &before.context);
	SetUserIdAndSecContext(role, before.context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	return before;
}

/* The foreign key of a table, or of what it is a partition of. */
static Oid
find_key(Oid relation, const char *name)
{
	Oid found = get_relation_constraint_oid(relation, name, true);
	if (OidIsValid(found) || !get_rel_relispartition(relation))
		return found;
	ListCell *cell;
	foreach (cell, get_partition_ancestors(relation))
	{
		found = get_relation_constraint_oid(lfirst_oid(cell), name, true);
		if (OidIsValid(found))
			return found;
	}
	return InvalidOid;
}

static const char *
operator_text(Oid number)
{
	HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(number));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", number);
	auto *form = reinterpret_cast<Form_pg_operator>(GETSTRUCT(tuple));
	const char *text =
		format("OPERATOR(%s.%s)", quoted(get_namespace_name(form->oprnamespace)), NameStr(form->oprname));
	ReleaseSysCache(tuple);
	return text;
}

static bool
read_key(Oid constraint, Key &key)
{
	HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	if (!HeapTupleIsValid(tuple))
		return false;
	auto *form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
	if (form->contype != CONSTRAINT_FOREIGN)
	{
		ReleaseSysCache(tuple);
		return false;
	}
	key.child = form->conrelid;
	key.parent = form->confrelid;
	AttrNumber own[INDEX_MAX_KEYS];
	AttrNumber other[INDEX_MAX_KEYS];
	Oid equals[INDEX_MAX_KEYS];
	Oid same[INDEX_MAX_KEYS];
	DeconstructFkConstraintRow(tuple, &key.columns, own, other, equals, same, nullptr, nullptr, nullptr);
	ReleaseSysCache(tuple);
	for (int i = 0; i < key.columns; i++)
	{
		key.own[i] = get_attname(key.child, own[i], false);
		key.other[i] = get_attname(key.parent, other[i], false);
		key.types[i] = get_atttype(key.child, own[i]);
		key.equals[i] = operator_text(equals[i]);
		key.same[i] = operator_text(same[i]);
	}
	return true;
}

/* Has the parent's owner agreed that this column is a count? And do its rows have versions? */
static bool
keeps_counter(Oid parent, const char *counter, bool *versioned)
{
	Relation table = table_open(parent, AccessShareLock);
	bool agreed = false;
	*versioned = false;
	const TriggerDesc *triggers = table->trigdesc;
	for (int i = 0; triggers != nullptr && i < triggers->numtriggers; i++)
	{
		const Trigger &trigger = triggers->triggers[i];
		agreed |= trigger.tgnargs == 2 && strcmp(trigger.tgargs[0], counter) == 0 &&
				  is_function(trigger.tgfoid, "_keep_counter");
		*versioned |= is_function(trigger.tgfoid, "_version_row");
	}
	table_close(table, AccessShareLock);
	return agreed;
}

static const char *
table_to_write(Oid relation)
{
	return format("%s%s", get_rel_relkind(relation) == RELKIND_RELATION ? "ONLY " : "", qualified(relation));
}

/* "c.a AS k1, c.b AS k2" from a source, where all of it is there and the row is live. */
static const char *
keys_from(const Key &key, const char *live, const char *source, const char *count)
{
	StringInfoData sql;
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	for (int i = 0; i < key.columns; i++)
		appendStringInfo(&sql, "c.%s AS k%d, ", quoted(key.own[i]), i + 1);
	appendStringInfo(&sql, "%s AS n FROM %s c WHERE ", count, source);
	for (int i = 0; i < key.columns; i++)
		appendStringInfo(&sql, "%sc.%s IS NOT NULL", i == 0 ? "" : " AND ", quoted(key.own[i]));
	if (live[0] != '\0')
		appendStringInfo(&sql, " AND c.%s IS NULL", quoted(live));
	return sql.data;
}

/* How many more children each parent has, those for whom nothing changes left out, in the order of keys. */
static const char *
sum_of(const Key &key, const char *parts)
{
	StringInfoData keys;
	initStringInfo(&keys);
	for (int i = 0; i < key.columns; i++)
		appendStringInfo(&keys, "%sk%d", i == 0 ? "" : ", ", i + 1);
	return format(
		"SELECT %s, pg_catalog.sum(n)::bigint AS n FROM (%s) d GROUP BY %s HAVING pg_catalog.sum(n) <> 0 ORDER BY %s",
		keys.data, parts, keys.data, keys.data);
}

static const char *
addition_to(const Key &key, const char *counter, const char *const *equals)
{
	StringInfoData sql;
	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s p SET %s = p.%s + $%d WHERE ", table_to_write(key.parent), quoted(counter),
					 quoted(counter), key.columns + 1);
	for (int i = 0; i < key.columns; i++)
		appendStringInfo(&sql, "%sp.%s %s $%d", i == 0 ? "" : " AND ", quoted(key.other[i]), equals[i], i + 1);
	return sql.data;
}

static SPIPlanPtr
prepare(const char *sql, int arguments, Oid *types)
{
	int level = NewGUCNestLevel();
	pin_setting("search_path", "pg_catalog, pg_temp");
	SPIPlanPtr plan = SPI_prepare(sql, arguments, types);
	if (plan == nullptr)
		elog(ERROR, "a statement of dbeng failed: %s", SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	AtEOXact_GUC(true, level);
	return plan;
}

/* Sees what was committed by now, in whatever transaction: where that is too new for it, changing it is refused with 40001. */
static void
run(SPIPlanPtr plan, Datum *values, bool writes)
{
	bool old_snapshot = IsolationUsesXactSnapshot();
	if (old_snapshot)
		CommandCounterIncrement();
	int result =
		SPI_execute_snapshot(plan, values, nullptr, old_snapshot ? GetLatestSnapshot() : InvalidSnapshot,
							 old_snapshot && writes ? GetTransactionSnapshot() : InvalidSnapshot, false, true, 0);
	if (result < 0)
		elog(ERROR, "a statement of dbeng failed: %s", SPI_result_code_string(result));
}

static void
forget_counters(Datum, Oid relation)
{
	HASH_SEQ_STATUS scan;
	hash_seq_init(&scan, counters);
	while (auto *counter = static_cast<Counter *>(hash_seq_search(&scan)))
		if (!OidIsValid(relation) || relation == counter->child || relation == counter->parent)
			counter->valid = false;
}

static Counter *
counter_entry(Oid trigger)
{
	if (counters == nullptr)
	{
		HASHCTL control = {};
		control.keysize = sizeof(Oid);
		control.entrysize = sizeof(Counter);
		counters = hash_create("dbeng counters", 32, &control, HASH_ELEM | HASH_BLOBS);
		CacheRegisterRelcacheCallback(forget_counters, Datum{0});
	}
	bool found;
	auto *counter = static_cast<Counter *>(hash_search(counters, &trigger, HASH_ENTER, &found));
	if (!found)
	{
		*counter = {};
		counter->trigger = trigger;
	}
	return counter;
}

/* The parts of a partitioned table that nobody told of TRUNCATE: what they hold is counted here. */
static const char *
truncated_parts(const TriggerData &call, const Key &key, const char *live)
{
	StringInfoData parts;
	initStringInfo(&parts);
	Oid self = RelationGetRelid(call.tg_relation);
	ListCell *cell;
	foreach (cell, find_all_inheritors(self, NoLock, nullptr))
	{
		Oid part = lfirst_oid(cell);
		bool told = false;
		if (part != self)
		{
			Relation table = table_open(part, NoLock);
			const TriggerDesc *triggers = table->trigdesc;
			for (int i = 0; triggers != nullptr && i < triggers->numtriggers; i++)
			{
				const Trigger &other = triggers->triggers[i];
				told |= other.tgfoid == call.tg_trigger->tgfoid && TRIGGER_FOR_TRUNCATE(other.tgtype) &&
						other.tgnargs == call.tg_trigger->tgnargs &&
						strcmp(other.tgargs[0], call.tg_trigger->tgargs[0]) == 0 &&
						strcmp(other.tgargs[1], call.tg_trigger->tgargs[1]) == 0;
			}
			table_close(table, NoLock);
		}
		if (!told && get_rel_relkind(part) == RELKIND_RELATION)
			appendStringInfo(&parts, "%s%s", parts.len == 0 ? "" : " UNION ALL ",
							 keys_from(key, live, format("ONLY %s", qualified(part)), "-1"));
	}
	return parts.len == 0 ? nullptr : parts.data;
}

static const char *
changes_of(const TriggerData &call, const Key &key, const char *live)
{
	if (TRIGGER_FIRED_BY_INSERT(call.tg_event))
		return keys_from(key, live, "dbeng_new", "1");
	if (TRIGGER_FIRED_BY_DELETE(call.tg_event))
		return keys_from(key, live, "dbeng_old", "-1");
	if (TRIGGER_FIRED_BY_UPDATE(call.tg_event))
		return format("%s UNION ALL %s", keys_from(key, live, "dbeng_new", "1"),
					  keys_from(key, live, "dbeng_old", "-1"));
	return truncated_parts(call, key, live);
}

/* Plans of before, unless one of them is just running. */
static void
drop_plans(Counter &counter)
{
	bool running = TransactionIdIsValid(counting) && counting == GetCurrentTransactionIdIfAny();
	if (counter.changes != nullptr && !running)
		SPI_freeplan(counter.changes);
	if (counter.add != nullptr && !running)
		SPI_freeplan(counter.add);
	counter.changes = counter.add = nullptr;
}

static Oid
owner_of(Oid relation)
{
	Relation table = table_open(relation, AccessShareLock);
	Oid owner = table->rd_rel->relowner;
	table_close(table, AccessShareLock);
	return owner;
}

/* The statement by which a count is changed, prepared as who may change it. */
static void
prepare_addition(Counter &counter, const Key &key, const char *name, const Oid *key_types, const char *const *equals)
{
	Oid types[INDEX_MAX_KEYS + 1];
	for (int i = 0; i < key.columns; i++)
		types[i] = key_types[i];
	types[key.columns] = INT8OID;
	counter.owner = owner_of(key.parent);
	Identity before = act_for_key(counter.owner);
	counter.add = prepare(addition_to(key, name, equals), key.columns + 1, types);
	before.restore();
}

/* Within SPI, with the trigger's tables at hand. */
static void
build_counting(Counter &counter, const TriggerData &call)
{
	const Trigger &trigger = *call.tg_trigger;
	Relation table = call.tg_relation;
	if (trigger.tgnargs != 3)
		refuse_counter(table, trigger, "It does not name its foreign key.");
	const char *name = trigger.tgargs[1];
	const char *live = trigger.tgargs[2];
	Key key;
	drop_plans(counter);
	counter.child = RelationGetRelid(table);
	if (!read_key(find_key(counter.child, trigger.tgargs[0]), key))
		refuse_counter(table, trigger, format("There is no foreign key %s any more.", quoted(trigger.tgargs[0])));
	if (!keeps_counter(key.parent, name, &counter.versioned))
		refuse_counter(table, trigger,
					   format("%s does not keep its column %s for it.", qualified(key.parent), quoted(name)));
	counter.parent = key.parent;
	counter.columns = key.columns;
	counter.live = live[0] == '\0' ? AttrNumber{0} : get_attnum(counter.child, live);
	if (live[0] != '\0' && counter.live <= 0)
		refuse_counter(table, trigger, format("There is no column %s any more.", quoted(live)));
	/* As this table has it: a partition's columns may lie elsewhere. */
	for (int i = 0; i < key.columns; i++)
		counter.numbers[i] = get_attnum(counter.child, key.own[i]);
	const char *changes = changes_of(call, key, live);
	if (changes != nullptr)
		counter.changes = prepare(sum_of(key, changes), 0, nullptr);
	prepare_addition(counter, key, name, key.types, key.equals);
	/* Which parts of it nobody tells of TRUNCATE may be different the next time. */
	counter.valid = !TRIGGER_FIRED_BY_TRUNCATE(call.tg_event);
}

/* How many rows a transition table has; one that the trigger has not: none. */
static int64
rows_in(Tuplestorestate *rows)
{
	return rows == nullptr ? 0 : tuplestore_tuple_count(rows);
}

/* The only row of a transition table. */
static TupleTableSlot *
only_row(Relation table, Tuplestorestate *rows)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(table), &TTSOpsMinimalTuple);
	tuplestore_select_read_pointer(rows, tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND));
	tuplestore_rescan(rows);
	tuplestore_gettupleslot(rows, true, true, slot);
	return slot;
}

/* The values of a row's key; false when it counts nowhere. */
static bool
key_values(const Counter &counter, TupleTableSlot *row, Datum *values)
{
	bool null = false;
	for (int i = 0; i < counter.columns; i++)
	{
		values[i] = slot_getattr(row, counter.numbers[i], &null);
		if (null)
			return false;
	}
	if (counter.live == 0)
		return true;
	slot_getattr(row, counter.live, &null);
	return null;
}

/* In the order in which many keys are sorted. */
static int
compare_keys(const Counter &counter, Relation table, const Datum *one, const Datum *other)
{
	int order = 0;
	for (int i = 0; order == 0 && i < counter.columns; i++)
	{
		const FormData_pg_attribute &column = *TupleDescAttr(RelationGetDescr(table), counter.numbers[i] - 1);
		if (datum_image_eq(one[i], other[i], column.attbyval, column.attlen))
			continue;
		TypeCacheEntry *type = lookup_type_cache(column.atttypid, TYPECACHE_CMP_PROC_FINFO);
		if (!OidIsValid(type->cmp_proc))
			elog(ERROR, "values of type %s have no order", format_type_be(column.atttypid));
		order = DatumGetInt32(FunctionCall2Coll(&type->cmp_proc_finfo, column.attcollation, one[i], other[i]));
	}
	return order;
}

/* Brings so many more children to one parent. */
static void
add(const Counter &counter, Datum *values, int64 number)
{
	values[counter.columns] = Int64GetDatum(number);
	run(counter.add, values, true);
}

/* Changes counts as who may, by what work does. */
template <class Work>
static void
as_counting(const Counter &counter, Work work)
{
	TransactionId outer = counting;
	int level = 0;
	/* The count is not what a row says of itself: its version stays. */
	if (counter.versioned)
	{
		level = NewGUCNestLevel();
		pin_setting("dbeng.keep_versions", "on");
	}
	Identity before = act_for_key(counter.owner);
	counting = GetCurrentTransactionId();
	work();
	counting = outer;
	before.restore();
	if (counter.versioned)
		AtEOXact_GUC(true, level);
}

/* An update of other columns, behind which no trigger of the rows could have written these. */
static bool
keeps_keys(const Counter &counter, const TriggerData &call)
{
	Relation table = call.tg_relation;
	if (!TRIGGER_FIRED_BY_UPDATE(call.tg_event) || table->rd_rel->relkind != RELKIND_RELATION ||
		table->trigdesc->trig_update_before_row)
		return false;
	bool written =
		counter.live > 0 && bms_is_member(counter.live - FirstLowInvalidHeapAttributeNumber, call.tg_updatedcols);
	for (int i = 0; i < counter.columns; i++)
		written |= bms_is_member(counter.numbers[i] - FirstLowInvalidHeapAttributeNumber, call.tg_updatedcols);
	return !written;
}

/* One row was written, or none: there is nothing to add up. False when there were more. */
static bool
count_one(const Counter &counter, const TriggerData &call)
{
	if (TRIGGER_FIRED_BY_TRUNCATE(call.tg_event) || rows_in(call.tg_oldtable) > 1 || rows_in(call.tg_newtable) > 1)
		return false;
	Relation table = call.tg_relation;
	TupleTableSlot *then = rows_in(call.tg_oldtable) == 1 ? only_row(table, call.tg_oldtable) : nullptr;
	TupleTableSlot *now = rows_in(call.tg_newtable) == 1 ? only_row(table, call.tg_newtable) : nullptr;
	Datum left[INDEX_MAX_KEYS + 1];
	Datum joined[INDEX_MAX_KEYS + 1];
	bool leaves = then != nullptr && key_values(counter, then, left);
	bool joins = now != nullptr && key_values(counter, now, joined);
	int order = leaves && joins ? compare_keys(counter, table, left, joined) : 0;
	bool stays = leaves && joins && order == 0;
	if ((leaves || joins) && !stays)
		as_counting(counter,
					[&]
					{
						if (leaves && order <= 0)
							add(counter, left, -1);
						if (joins)
							add(counter, joined, 1);
						if (leaves && order > 0)
							add(counter, left, -1);
					});
	if (then != nullptr)
		ExecDropSingleTupleTableSlot(then);
	if (now != nullptr)
		ExecDropSingleTupleTableSlot(now);
	return true;
}

static void
count_many(const Counter &counter, const TriggerData &call)
{
	if (counter.changes == nullptr)
		return;
	if (TRIGGER_FIRED_BY_TRUNCATE(call.tg_event))
	{
		Identity before = act_for_key(call.tg_relation->rd_rel->relowner);
		run(counter.changes, nullptr, false);
		before.restore();
	}
	else if (SPI_execute_plan(counter.changes, nullptr, nullptr, true, 0) < 0)
		elog(ERROR, "a statement of dbeng failed: %s", SPI_result_code_string(SPI_result));
	SPITupleTable *sums = SPI_tuptable;
	uint64 parents = SPI_processed;
	if (parents == 0)
		return;
	as_counting(counter,
				[&counter, sums, parents]
				{
					for (uint64 i = 0; i < parents; i++)
					{
						CHECK_FOR_INTERRUPTS();
						Datum values[INDEX_MAX_KEYS + 1];
						bool null;
						for (int k = 0; k < counter.columns; k++)
							values[k] = SPI_getbinval(sums->vals[i], sums->tupdesc, k + 1, &null);
						add(counter, values,
							DatumGetInt64(SPI_getbinval(sums->vals[i], sums->tupdesc, counter.columns + 1, &null)));
					}
				});
}

/* The statement that counts a parent's children, as their table's owner may read it. */
static void
prepare_count(Counter &counter, const Key &key, const char *live, const Oid *types)
{
	StringInfoData sql;
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT count(*) FROM %s c WHERE ", qualified(key.child));
	for (int i = 0; i < key.columns; i++)
		appendStringInfo(&sql, "%s$%d %s c.%s", i == 0 ? "" : " AND ", i + 1, key.equals[i], quoted(key.own[i]));
	if (live != nullptr)
		appendStringInfo(&sql, " AND c.%s IS NULL", quoted(live));
	Oid copied[INDEX_MAX_KEYS];
	std::copy(types, types + key.columns, copied);
	Identity before = act_for_key(owner_of(key.child));
	counter.changes = prepare(sql.data, key.columns, copied);
	before.restore();
}

/* Within SPI. Without children that are counted there is nothing to keep, and no plan. */
static void
build_keeping(Counter &counter, const TriggerData &call)
{
	Relation table = call.tg_relation;
	const char *name = call.tg_trigger->tgargs[0];
	ListCell *cell;
	Oid top = RelationGetRelid(table);
	if (get_rel_relispartition(top))
		foreach (cell, get_partition_ancestors(top))
			top = lfirst_oid(cell);
	drop_plans(counter);
	const Argument arguments[] = {{OIDOID, ObjectIdGetDatum(top), false}, Argument::text(name)};
	Oid constraint = InvalidOid;
	const char *live = nullptr;
	each_row("SELECT constraint_oid, live_column::text FROM dbeng._counter_caches() WHERE parent = $1 AND counter = $2",
			 arguments,
			 [&constraint, &live](const Row &row)
			 {
				 constraint = static_cast<Oid>(row.integer(1));
				 live = row.null(2) ? nullptr : pstrdup(row.text(2));
			 });
	Key key;
	counter.parent = RelationGetRelid(table);
	counter.child = InvalidOid;
	counter.live = get_attnum(counter.parent, name);
	if (OidIsValid(constraint) && counter.live > 0 && read_key(constraint, key))
	{
		Oid types[INDEX_MAX_KEYS];
		counter.child = key.child;
		counter.columns = key.columns;
		for (int i = 0; i < key.columns; i++)
		{
			counter.numbers[i] = get_attnum(counter.parent, key.other[i]);
			types[i] = TupleDescAttr(RelationGetDescr(table), counter.numbers[i] - 1)->atttypid;
		}
		prepare_count(counter, key, live, types);
		keeps_counter(key.parent, name, &counter.versioned);
		prepare_addition(counter, key, name, types, key.same);
	}
	counter.valid = true;
}

static int64
count_in(Relation table, HeapTuple row, AttrNumber column)
{
	bool null;
	Datum value = heap_getattr(row, column, RelationGetDescr(table), &null);
	switch (TupleDescAttr(RelationGetDescr(table), column - 1)->atttypid)
	{
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		default:
			return DatumGetInt64(value);
	}
}

static bool
same_key(const Counter &counter, Relation table, HeapTuple one, HeapTuple other)
{
	TupleDesc shape = RelationGetDescr(table);
	for (int i = 0; i < counter.columns; i++)
	{
		const FormData_pg_attribute &column = *TupleDescAttr(shape, counter.numbers[i] - 1);
		bool null_one;
		bool null_other;
		Datum a = heap_getattr(one, column.attnum, shape, &null_one);
		Datum b = heap_getattr(other, column.attnum, shape, &null_other);
		if (null_one != null_other || (!null_one && !datum_image_eq(a, b, column.attbyval, column.attlen)))
			return false;
	}
	return true;
}

/* The children that a key has, as the statement found them: what it does to them itself is added when it ends. */
static int64
count_of_key(const Counter &counter, Datum *values)
{
	Identity before = act_for_key(owner_of(counter.child));
	if (SPI_execute_plan(counter.changes, values, nullptr, true, 0) < 0)
		elog(ERROR, "a statement of dbeng failed: %s", SPI_result_code_string(SPI_result));
	before.restore();
	bool null;
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
}

static void
keep_count(const Counter &counter, const TriggerData &call)
{
	Relation table = call.tg_relation;
	bool updated = TRIGGER_FIRED_BY_UPDATE(call.tg_event);
	HeapTuple row = updated ? call.tg_newtuple : call.tg_trigtuple;
	Datum values[INDEX_MAX_KEYS + 1];
	for (int i = 0; i < counter.columns; i++)
	{
		bool null;
		values[i] = heap_getattr(row, counter.numbers[i], RelationGetDescr(table), &null);
		/* A key that is not all there has no children. */
		if (null)
			return;
	}
	int64 right = updated && same_key(counter, table, call.tg_trigtuple, row)
					  ? count_in(table, call.tg_trigtuple, counter.live)
					  : count_of_key(counter, values);
	int64 given = count_in(table, row, counter.live);
	if (given != right)
		as_counting(counter, [&counter, &values, right, given] { add(counter, values, right - given); });
}

[[noreturn]] static void
refuse_call(const char *function)
{
	ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			errmsg("dbeng.%s() is a trigger function of counts", function), errdetail("It was called in another way."),
			errhint("SELECT dbeng.enable_counter_cache('a_child', 'a_foreign_key', 'a_parent', 'a_counter');"));
}

static void
connect()
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
}

} // namespace dbeng

SQL_FUNCTION(dbeng_count_children)
{
	using namespace dbeng;
	auto *call = reinterpret_cast<TriggerData *>(fcinfo->context);
	if (!CALLED_AS_TRIGGER(fcinfo) || TRIGGER_FIRED_FOR_ROW(call->tg_event) ||
		(TRIGGER_FIRED_BEFORE(call->tg_event) != 0) != (TRIGGER_FIRED_BY_TRUNCATE(call->tg_event) != 0))
		refuse_call("_count_children");
	Counter &counter = *counter_entry(call->tg_trigger->tgoid);
	if (counter.valid && keeps_keys(counter, *call))
		return PointerGetDatum(nullptr);
	connect();
	bool known = counter.valid;
	if (!known)
	{
		SPI_register_trigger_data(call);
		build_counting(counter, *call);
	}
	/* What runs meanwhile may find it out of date. */
	Counter present = counter;
	if (!count_one(present, *call))
	{
		if (known)
			SPI_register_trigger_data(call);
		count_many(present, *call);
	}
	SPI_finish();
	return PointerGetDatum(nullptr);
}

SQL_FUNCTION(dbeng_keep_counter)
{
	using namespace dbeng;
	auto *call = reinterpret_cast<TriggerData *>(fcinfo->context);
	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(call->tg_event) || !TRIGGER_FIRED_AFTER(call->tg_event) ||
		TRIGGER_FIRED_BY_DELETE(call->tg_event) || call->tg_trigger->tgnargs != 2)
		refuse_call("_keep_counter");
	if (keep_counters || (TransactionIdIsValid(counting) && counting == GetCurrentTransactionIdIfAny()))
		return PointerGetDatum(nullptr);
	connect();
	Counter &counter = *counter_entry(call->tg_trigger->tgoid);
	if (!counter.valid)
		build_keeping(counter, *call);
	Counter present = counter;
	if (OidIsValid(present.child))
		keep_count(present, *call);
	SPI_finish();
	return PointerGetDatum(nullptr);
}
