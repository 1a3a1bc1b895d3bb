/*
 * soft_delete_trigger.cpp: what the triggers of tables that keep their rows
 * do, and what follows a deletion along the foreign keys.
 *
 * The trigger before a row is marked gives it the number of its statement's
 * deletion, and locks it as a real DELETE would: an UPDATE of other columns
 * than the key would let a child be inserted meanwhile. The trigger after it
 * gathers the keys. At the statement's end, as triggers of the server's own
 * would, the children are looked after in sets, table by table, until there is
 * nothing new: what they do queues row triggers, which gather more.
 *
 * A statement is known by the memory its execution has, from the hook at its
 * end as from a trigger within: nothing is left over where it ends in an error.
 */
#include "core/extension.hpp"
#include "core/text.hpp"
#include "core/query.hpp"
#include "row/soft_delete.hpp"

namespace dbeng {

namespace {
/* The values of one foreign key's columns in deleted rows. */
struct GatheredKey
{
	KeyReference key;
	Vector<Datum> values[INDEX_MAX_KEYS];
	GatheredKey *next;

	int64 count() const { return static_cast<int64>(values[0].size()); }
};

/* Rows of a table, or partition, that are deleted under one number and not looked after yet. */
struct Batch
{
	Oid relation;
	int64 deletion;
	GatheredKey *keys;
	Batch *next;
};

/* What a deletion has taken from one table. */
struct Part
{
	Oid relation; /* never a partition */
	int64 deletion;
	bool root; /* by the statement itself */
	int64 rows;
	const char *key; /* JSON, of the first one */
	TimestampTz deleted_at;
	Part *next;
};

/* A statement that deletes, as long as it runs. */
struct Statement
{
	MemoryContext memory;
	int64 deletion;
	bool following;	 /* what is deleted now depends on what the statement has deleted */
	int64 cascading; /* under which number children are being deleted; 0: none are */
	Batch *batches;
	Part *parts;
	Statement *next;
	MemoryContextCallback forget;
};

enum class Action : int
{
	refuse,
	cascade,
	look,
	unlink,
	guard,
	record
};

struct PlanKey
{
	Oid constraint;
	Action action;
};

struct KeptPlan
{
	PlanKey key;
	SPIPlanPtr plan;
};
} // namespace

static Statement *statements = nullptr;
static HTAB *plans = nullptr;

static void
forget_statement(void *of)
{
	auto *statement = static_cast<Statement *>(of);
	for (Statement **at = &statements; *at != nullptr; at = &(*at)->next)
		if (*at == statement)
		{
			*at = statement->next;
			return;
		}
}

static Statement *
find_statement(MemoryContext memory)
{
	for (Statement *statement = statements; statement != nullptr; statement = statement->next)
		if (statement->memory == memory)
			return statement;
	return nullptr;
}

/* Are children being deleted under that number? */
static bool
is_cascading(int64 deletion)
{
	for (const Statement *statement = statements; statement != nullptr; statement = statement->next)
		if (statement->cascading == deletion)
			return true;
	return false;
}

/* Of the trigger that runs: its memory for one row is a child of the statement's. */
static Statement &
current_statement()
{
	MemoryContext memory = MemoryContextGetParent(CurrentMemoryContext);
	if (Statement *known = find_statement(memory))
		return *known;
	auto *statement = static_cast<Statement *>(MemoryContextAllocZero(memory, sizeof(Statement)));
	statement->memory = memory;
	statement->forget.func = forget_statement;
	statement->forget.arg = statement;
	MemoryContextRegisterResetCallback(memory, &statement->forget);
	statement->next = statements;
	statements = statement;
	return *statement;
}

static int64
deletion_number(Statement &statement)
{
	if (statement.deletion == 0)
	{
		Oid sequence = get_relname_relid("deletion_id_seq", get_namespace_oid("dbeng", false));
		if (!OidIsValid(sequence))
			ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE), errmsg("sequence dbeng.deletion_id_seq does not exist"),
					errdetail("Deletions get their numbers from it."), errhint("ALTER EXTENSION dbeng UPDATE;"));
		statement.deletion = nextval_internal(sequence, false);
	}
	return statement.deletion;
}

/* when: TRIGGER_EVENT_BEFORE or 0; events: TRIGGER_TYPE_…, of rows unless it says TRUNCATE. */
static const TriggerData &
trigger_data(FunctionCallInfo fcinfo, const char *function, TriggerEvent when, int16 events)
{
	bool right = false;
	if (CALLED_AS_TRIGGER(fcinfo))
	{
		auto &trigger = *reinterpret_cast<const TriggerData *>(fcinfo->context);
		TriggerEvent event = trigger.tg_event;
		int16 type = TRIGGER_FIRED_BY_INSERT(event)	  ? TRIGGER_TYPE_INSERT
					 : TRIGGER_FIRED_BY_DELETE(event) ? TRIGGER_TYPE_DELETE
					 : TRIGGER_FIRED_BY_UPDATE(event) ? TRIGGER_TYPE_UPDATE
													  : TRIGGER_TYPE_TRUNCATE;
		bool of_rows = type != TRIGGER_TYPE_TRUNCATE;
		right = (events & type) != 0 && (event & TRIGGER_EVENT_TIMINGMASK) == when &&
				(TRIGGER_FIRED_FOR_ROW(event) != 0) == of_rows;
	}
	if (!right)
		ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("dbeng.%s() is no function for this", function),
				errdetail("It is for triggers that dbeng.enable_soft_delete() makes."),
				errhint("Drop the trigger that calls it."));
	return *reinterpret_cast<const TriggerData *>(fcinfo->context);
}

static SoftTable
columns_of(const TriggerData &trigger)
{
	SoftTable table = trigger_columns(trigger.tg_relation, *trigger.tg_trigger);
	if (!table.keeps())
		ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("trigger \"%s\" has columns that are none of a deletion", trigger.tg_trigger->tgname),
				errdetail("It is to be of a timestamptz and a bigint."),
				errhint("dbeng.enable_soft_delete() makes such triggers."));
	return table;
}

/* Does a foreign key refer to the table? */
static bool
is_referenced(const TriggerDesc &triggers)
{
	for (const Trigger &trigger : std::span(triggers.triggers, static_cast<std::size_t>(triggers.numtriggers)))
		if (RI_FKey_trigger_type(trigger.tgfoid) == RI_TRIGGER_PK)
			return true;
	return false;
}

/* No child comes under a row from here on, and none is being put under it. */
static void
lock_as_deleted(Relation relation, HeapTuple row)
{
	TupleTableSlot *slot = table_slot_create(relation, nullptr);
	TM_FailureData failure;
	ItemPointerData place = row->t_self;
	TM_Result result = table_tuple_lock(relation, &place, GetActiveSnapshot(), slot, GetCurrentCommandId(false),
										LockTupleExclusive, LockWaitBlock, 0, &failure);
	ExecDropSingleTupleTableSlot(slot);
	/* The row was locked before, only less: nobody can have changed it. */
	if (result != TM_Ok)
		ereport(ERROR, errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				errmsg("could not serialize access due to concurrent update"),
				errdetail("A row of \"%s\" changed while it was deleted.", RelationGetRelationName(relation)),
				errhint("Run the transaction again."));
}

[[noreturn]] static void
refuse_by_hand(Relation relation, const char *why, const char *hint)
{
	ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("cannot change by hand how a row of \"%s\" is deleted", RelationGetRelationName(relation)),
			errdetail("%s", why), errhint("%s", hint));
}

namespace {
/* The two columns of a row. */
struct Mark
{
	bool deleted;
	TimestampTz at;
	bool numbered;
	int64 number;

	bool operator==(const Mark &other) const
	{
		return deleted == other.deleted && at == other.at && numbered == other.numbered && number == other.number;
	}
};
} // namespace

static Mark
mark_of(HeapTuple row, TupleDesc columns, const SoftTable &table)
{
	bool null;
	Mark mark = {};
	Datum at = heap_getattr(row, table.deleted_at, columns, &null);
	mark.deleted = !null;
	mark.at = null ? 0 : DatumGetTimestampTz(at);
	Datum number = heap_getattr(row, table.deletion_id, columns, &null);
	mark.numbered = !null;
	mark.number = null ? 0 : DatumGetInt64(number);
	return mark;
}

static HeapTuple
with_mark(HeapTuple row, TupleDesc columns, const SoftTable &table, const Mark &mark)
{
	int numbers[] = {table.deleted_at, table.deletion_id};
	Datum values[] = {TimestampTzGetDatum(mark.at), Int64GetDatum(mark.number)};
	bool nulls[] = {!mark.deleted, !mark.numbered};
	return heap_modify_tuple_by_cols(row, columns, 2, numbers, values, nulls);
}

/* NULL: nothing is done to the row. */
static HeapTuple
before_update(const TriggerData &trigger)
{
	Relation relation = trigger.tg_relation;
	TupleDesc columns = RelationGetDescr(relation);
	SoftTable table = columns_of(trigger);
	Mark old = mark_of(trigger.tg_trigtuple, columns, table);
	Mark fresh = mark_of(trigger.tg_newtuple, columns, table);
	if (old == fresh)
		return trigger.tg_newtuple;
	bool is_delete = fresh.numbered && fresh.number == to_be_numbered;
	if (old.deleted && is_delete)
		return nullptr;
	if (!old.deleted && (fresh.deleted || is_delete))
	{
		if (!fresh.numbered || is_delete)
			fresh.number = deletion_number(current_statement());
		else if (!is_cascading(fresh.number))
			refuse_by_hand(relation, "The number of a deletion is dbeng's to give.",
						   format("DELETE FROM %s …, or set %s alone.", RelationGetRelationName(relation),
								  column_name(RelationGetRelid(relation), table.deleted_at)));
		if (!fresh.deleted)
			fresh.at = GetCurrentTransactionStartTimestamp();
		fresh.deleted = true;
		fresh.numbered = true;
		if (is_referenced(*relation->trigdesc))
			lock_as_deleted(relation, trigger.tg_trigtuple);
		return with_mark(trigger.tg_newtuple, columns, table, fresh);
	}
	if (old.deleted && !fresh.deleted)
	{
		/* dbeng.restore() says which deletion it takes back; what no statement under our eyes has deleted took nothing along. */
		if (old.numbered && !(fresh.numbered && fresh.number == -old.number))
			refuse_by_hand(
				relation,
				format("Deletion %lld may have taken more than this row.", static_cast<long long>(old.number)),
				format("SELECT dbeng.restore(%lld);", static_cast<long long>(old.number)));
		fresh.numbered = false;
		return with_mark(trigger.tg_newtuple, columns, table, fresh);
	}
	refuse_by_hand(relation, old.deleted ? "It is deleted already." : "It is not deleted.",
				   "Leave the column of the deletion alone.");
}

/*
 * A DELETE that comes as far as this was meant to be a real one, when it began
 * under our eyes; so was what moves a row to another partition.
 */
static HeapTuple
before_delete(const TriggerData &trigger)
{
	if (statements_seen == 0 && !InNoForceRLSOperation())
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("rows of \"%s\" were to be deleted for good", RelationGetRelationName(trigger.tg_relation)),
				errdetail("The statement was planned before dbeng was loaded: the table lacks its index of deletions."),
				errhint("Repeat it, and call dbeng.enable_soft_delete() again, which makes the index."));
	return trigger.tg_trigtuple;
}

static Oid
top_of(Oid relation)
{
	if (!get_rel_relispartition(relation))
		return relation;
	List *ancestors = get_partition_ancestors(relation);
	return ancestors == NIL ? relation : llast_oid(ancestors);
}

/* The primary key of a row, as JSON. */
static const char *
json_key(Relation relation, HeapTuple row)
{
	AttrNumber columns[INDEX_MAX_KEYS];
	int count = primary_key(RelationGetRelid(relation), columns);
	if (count == 0)
		return nullptr;
	StringInfoData json;
	initStringInfo(&json);
	for (int i = 0; i < count; i++)
	{
		bool null;
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(relation), columns[i] - 1);
		Datum value = heap_getattr(row, columns[i], RelationGetDescr(relation), &null);
		Oid output;
		bool varlena;
		getTypeOutputInfo(column->atttypid, &output, &varlena);
		const char *text = OidOutputFunctionCall(output, value);
		appendStringInfoString(&json, i == 0 ? "{" : ", ");
		escape_json(&json, NameStr(column->attname));
		appendStringInfoString(&json, ": ");
		if (column->atttypid == INT2OID || column->atttypid == INT4OID || column->atttypid == INT8OID)
			appendStringInfoString(&json, text);
		else
			escape_json(&json, text);
	}
	appendStringInfoChar(&json, '}');
	return json.data;
}

static Part &
part_of(Statement &statement, Oid relation, int64 deletion)
{
	Part **end = &statement.parts;
	for (; *end != nullptr; end = &(*end)->next)
		if ((*end)->relation == relation && (*end)->deletion == deletion && (*end)->root == !statement.following)
			return **end;
	auto *part = static_cast<Part *>(MemoryContextAllocZero(statement.memory, sizeof(Part)));
	part->relation = relation;
	part->deletion = deletion;
	part->root = !statement.following;
	*end = part;
	return *part;
}

/* The foreign keys that the server would follow if the row were deleted. */
static GatheredKey *
keys_to(Relation relation)
{
	GatheredKey *first = nullptr;
	GatheredKey **end = &first;
	const TriggerDesc *triggers = relation->trigdesc;
	for (int i = 0; i < triggers->numtriggers; i++)
	{
		const Trigger &trigger = triggers->triggers[i];
		if (RI_FKey_trigger_type(trigger.tgfoid) != RI_TRIGGER_PK || !TRIGGER_FOR_DELETE(trigger.tgtype) ||
			trigger.tgenabled == TRIGGER_DISABLED)
			continue;
		auto *key = static_cast<GatheredKey *>(palloc0(sizeof(GatheredKey)));
		if (!read_key(trigger.tgconstraint, key->key))
			continue;
		for (Vector<Datum> &values : key->values)
			::new (static_cast<void *>(&values)) Vector<Datum>();
		*end = key;
		end = &key->next;
	}
	return first;
}

static Batch &
batch_of(Statement &statement, Relation relation, int64 deletion)
{
	for (Batch *batch = statement.batches; batch != nullptr; batch = batch->next)
		if (batch->relation == RelationGetRelid(relation) && batch->deletion == deletion)
			return *batch;
	auto *batch = static_cast<Batch *>(palloc0(sizeof(Batch)));
	batch->relation = RelationGetRelid(relation);
	batch->deletion = deletion;
	batch->keys = keys_to(relation);
	batch->next = statement.batches;
	statement.batches = batch;
	return *batch;
}

static void
gather(GatheredKey &key, HeapTuple row, TupleDesc columns)
{
	Datum values[INDEX_MAX_KEYS];
	for (int i = 0; i < key.key.columns; i++)
	{
		bool null;
		values[i] = heap_getattr(row, key.key.parent_columns[i], columns, &null);
		/* Nothing refers to it. */
		if (null)
			return;
	}
	for (int i = 0; i < key.key.columns; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, key.key.parent_columns[i] - 1);
		key.values[i].push_back(datumCopy(values[i], column->attbyval, column->attlen));
	}
}

static void
after_update(const TriggerData &trigger)
{
	Relation relation = trigger.tg_relation;
	TupleDesc columns = RelationGetDescr(relation);
	SoftTable table = columns_of(trigger);
	Mark old = mark_of(trigger.tg_trigtuple, columns, table);
	Mark fresh = mark_of(trigger.tg_newtuple, columns, table);
	if (old.deleted || !fresh.deleted || !fresh.numbered)
		return;
	Statement &statement = current_statement();
	MemoryContext row_memory = MemoryContextSwitchTo(statement.memory);
	Part &part = part_of(statement, top_of(RelationGetRelid(relation)), fresh.number);
	if (part.rows++ == 0)
	{
		part.deleted_at = fresh.at;
		part.key = part.root ? json_key(relation, trigger.tg_newtuple) : nullptr;
	}
	for (GatheredKey *key = batch_of(statement, relation, fresh.number).keys; key != nullptr; key = key->next)
		gather(*key, trigger.tg_newtuple, columns);
	MemoryContextSwitchTo(row_memory);
}

/* A plan as of today; it is made again when anything it was made of has changed. */
template <class Write>
static SPIPlanPtr
kept_plan(const KeyReference &key, Action action, std::span<Oid> types, Write write)
{
	if (plans == nullptr)
	{
		HASHCTL control = {};
		control.keysize = sizeof(PlanKey);
		control.entrysize = sizeof(KeptPlan);
		plans = hash_create("dbeng soft delete plans", 64, &control, HASH_ELEM | HASH_BLOBS);
	}
	PlanKey wanted = {key.constraint, action};
	bool found;
	auto *kept = static_cast<KeptPlan *>(hash_search(plans, &wanted, HASH_ENTER, &found));
	if (!found)
		kept->plan = nullptr;
	if (kept->plan != nullptr && SPI_plan_is_valid(kept->plan))
		return kept->plan;
	if (SPIPlanPtr old = kept->plan)
	{
		kept->plan = nullptr;
		SPI_freeplan(old);
	}
	const char *text = write();
	SPIPlanPtr plan = SPI_prepare(text, static_cast<int>(types.size()), types.data());
	if (plan == nullptr)
		elog(ERROR, "SPI_prepare of \"%s\" failed: %s", text, SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	/* Preparing may have read the catalogs anew, never this table. */
	kept->plan = plan;
	return plan;
}

[[noreturn]] static void
cannot_follow(const KeyReference &key, const char *why, const char *hint)
{
	ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("cannot delete rows of \"%s\" that foreign key \"%s\" of table \"%s\" may refer to",
				   get_rel_name(key.parent), key.name, get_rel_name(key.child)),
			errdetail("%s", why), errhint("%s", hint));
}

static Oid
array_type(const KeyReference &key, int column)
{
	Oid type = getBaseType(get_atttype(key.parent, key.parent_columns[column]));
	Oid array = get_array_type(type);
	if (!OidIsValid(array))
		cannot_follow(key, format("Type %s has no array type.", format_type_be(type)), "Drop the foreign key.");
	return array;
}

/* FROM unnested arrays k, whose columns are called as the parent's are. */
static const char *
key_rows(const KeyReference &key)
{
	StringInfoData text;
	initStringInfo(&text);
	appendStringInfoString(&text, "ROWS FROM (");
	for (int i = 0; i < key.columns; i++)
		appendStringInfo(&text, "%spg_catalog.unnest($%d)", i == 0 ? "" : ", ", i + 1);
	appendStringInfoString(&text, ") AS k(");
	for (int i = 0; i < key.columns; i++)
		appendStringInfo(&text, "%s%s", i == 0 ? "" : ", ", column_name(key.parent, key.parent_columns[i]));
	appendStringInfoChar(&text, ')');
	return text.data;
}

static const char *
child_name(const KeyReference &key)
{
	return format("%s%s", only(key.child), qualified(key.child));
}

/* AND c.deleted_at IS NULL, of a child that keeps its rows itself. */
static const char *
and_live(const KeyReference &key)
{
	SoftTable child = soft_table(key.child);
	return child.keeps() ? format(" AND c.%s IS NULL", column_name(key.child, child.deleted_at)) : "";
}

static const char *
json_object(Oid relation, const AttrNumber *columns, int count)
{
	StringInfoData text;
	initStringInfo(&text);
	appendStringInfoString(&text, "pg_catalog.jsonb_build_object(");
	for (int i = 0; i < count; i++)
		appendStringInfo(&text, "%s%s, c.%s", i == 0 ? "" : ", ", literal(get_attname(relation, columns[i], false)),
						 column_name(relation, columns[i]));
	appendStringInfoChar(&text, ')');
	return text.data;
}

namespace {
/* The columns that ON DELETE SET NULL or SET DEFAULT sets. */
struct SetColumns
{
	const AttrNumber *columns;
	int count;

	explicit SetColumns(const KeyReference &key)
		: columns(key.set_columns > 0 ? key.set : key.child_columns),
		  count(key.set_columns > 0 ? key.set_columns : key.columns)
	{}
};
} // namespace

static const char *
statement_text(const KeyReference &key, Action action)
{
	if (!is_guarded(key.child))
		cannot_follow(key, "The table does not look whether the rows it refers to are deleted.",
					  format("SELECT dbeng.enable_soft_delete(%s);", literal(qualified(top_of(key.parent)))));
	const char *child = child_name(key);
	const char *where = format("%s%s", key_condition(key, "k", "c"), and_live(key));
	switch (action)
	{
		case Action::refuse:
		{
			StringInfoData values;
			initStringInfo(&values);
			for (int i = 0; i < key.columns; i++)
				appendStringInfo(&values, "%sk.%s", i == 0 ? "" : ", ", column_name(key.parent, key.parent_columns[i]));
			return format("SELECT %s FROM %s AS c, %s WHERE %s FOR KEY SHARE OF c", values.data, child, key_rows(key),
						  where);
		}
		case Action::cascade:
		{
			SoftTable table = soft_table(key.child);
			if (!table.keeps())
				cannot_follow(key, "It says ON DELETE CASCADE, and the table does not keep its deleted rows.",
							  format("SELECT dbeng.enable_soft_delete(%s);", literal(qualified(key.child))));
			return format("UPDATE %s AS c SET %s = $%d, %s = $%d FROM %s WHERE %s", child,
						  column_name(key.child, table.deleted_at), key.columns + 1,
						  column_name(key.child, table.deletion_id), key.columns + 2, key_rows(key), where);
		}
		case Action::look:
		{
			AttrNumber columns[INDEX_MAX_KEYS];
			int count = primary_key(key.child, columns);
			if (count == 0)
				cannot_follow(
					key, "What it sets to NULL or to a default could not be found again: its table has no primary key.",
					"Add a primary key.");
			SetColumns set(key);
			return format("SELECT %s, %s FROM %s AS c WHERE EXISTS (SELECT FROM %s WHERE %s)%s FOR UPDATE OF c",
						  json_object(key.child, columns, count), json_object(key.child, set.columns, set.count), child,
						  key_rows(key), key_condition(key, "k", "c"), and_live(key));
		}
		default:
		{
			StringInfoData set;
			initStringInfo(&set);
			SetColumns columns(key);
			for (int i = 0; i < columns.count; i++)
				appendStringInfo(&set, "%s%s = %s", i == 0 ? "" : ", ", column_name(key.child, columns.columns[i]),
								 key.action == FKCONSTR_ACTION_SETNULL ? "NULL" : "DEFAULT");
			return format("UPDATE %s AS c SET %s FROM %s WHERE %s", child, set.data, key_rows(key), where);
		}
	}
}

namespace {
/* As the owner of a table, past its policies: foreign keys hold for everybody. */
class OwnerOf
{
  public:
	explicit OwnerOf(Oid relation)
	{
		HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for relation %u", relation);
		Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
		GetUserIdAndSecContext(&before_.role, &before_.context);
		SetUserIdAndSecContext(owner, before_.context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	}
	void restore() const { before_.restore(); }

  private:
	Identity before_;
};
} // namespace

static int
run(const KeyReference &key, Action action, std::span<Oid> types, std::span<Datum> values, long most, Oid as)
{
	/* As long as it is locked, the text of the plan stays true. */
	LockRelationOid(as, RowExclusiveLock);
	OwnerOf owner(as);
	SPIPlanPtr plan = kept_plan(key, action, types, [&key, action] { return statement_text(key, action); });
	Snapshot latest = InvalidSnapshot;
	Snapshot crosscheck = InvalidSnapshot;
	if (IsolationUsesXactSnapshot())
	{
		/* A child that this transaction cannot see must not be overlooked: it is an error then, as with real deletes. */
		CommandCounterIncrement();
		latest = GetLatestSnapshot();
		crosscheck = GetTransactionSnapshot();
	}
	int result = SPI_execute_snapshot(plan, values.data(), nullptr, latest, crosscheck, false, false, most);
	owner.restore();
	if (result < 0)
		elog(ERROR, "SPI_execute_snapshot failed: %s", SPI_result_code_string(result));
	return result;
}

[[noreturn]] static void
refuse_referenced(const KeyReference &key)
{
	StringInfoData names;
	StringInfoData texts;
	initStringInfo(&names);
	initStringInfo(&texts);
	bool may_see = true;
	for (int i = 0; i < key.columns; i++)
	{
		const char *between = i == 0 ? "" : ", ";
		appendStringInfo(&names, "%s%s", between, get_attname(key.parent, key.parent_columns[i], false));
		appendStringInfo(&texts, "%s%s", between, SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1));
		may_see =
			may_see && pg_attribute_aclcheck(key.parent, key.parent_columns[i], GetUserId(), ACL_SELECT) == ACLCHECK_OK;
	}
	may_see = may_see || pg_class_aclcheck(key.parent, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
	const char *parent = get_rel_name(key.parent);
	const char *child = get_rel_name(key.child);
	ereport(ERROR, errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			errmsg("update or delete on table \"%s\" violates foreign key constraint \"%s\" on table \"%s\"", parent,
				   key.name, child),
			may_see && check_enable_rls(key.parent, InvalidOid, true) != RLS_ENABLED
				? errdetail("Key (%s)=(%s) is still referenced from table \"%s\".", names.data, texts.data, child)
				: errdetail("Key is still referenced from table \"%s\".", child),
			errhint("Delete the rows of \"%s\" first.", child));
}

namespace {
/* The arguments of a statement about the gathered rows: an array for each column of the key, and two more. */
struct KeyArguments
{
	Oid types[INDEX_MAX_KEYS + 2];
	Datum values[INDEX_MAX_KEYS + 2];
	std::size_t count;

	explicit KeyArguments(const GatheredKey &key) : count(static_cast<std::size_t>(key.key.columns))
	{
		for (int i = 0; i < key.key.columns; i++)
		{
			Oid type = getBaseType(get_atttype(key.key.parent, key.key.parent_columns[i]));
			int16 length;
			bool by_value;
			char align;
			get_typlenbyvalalign(type, &length, &by_value, &align);
			const Vector<Datum> &gathered = key.values[i];
			types[i] = array_type(key.key, i);
			values[i] =
				PointerGetDatum(construct_array(const_cast<Datum *>(gathered.data()), static_cast<int>(gathered.size()),
												type, length, by_value, align));
		}
	}
	void add(Oid type, Datum value)
	{
		types[count] = type;
		values[count++] = value;
	}
	std::span<Oid> all_types() { return {types, count}; }
	std::span<Datum> all_values() { return {values, count}; }
};
} // namespace

/* No live row refers to those deleted. */
static void
check_unreferenced(const GatheredKey &key)
{
	KeyArguments arguments(key);
	run(key.key, Action::refuse, arguments.all_types(), arguments.all_values(), 1, key.key.child);
	if (SPI_processed > 0)
		refuse_referenced(key.key);
}

static void
cascade(Statement &statement, const GatheredKey &key, int64 deletion, TimestampTz at)
{
	KeyArguments arguments(key);
	arguments.add(TIMESTAMPTZOID, TimestampTzGetDatum(at));
	arguments.add(INT8OID, Int64GetDatum(deletion));
	statement.cascading = deletion;
	run(key.key, Action::cascade, arguments.all_types(), arguments.all_values(), 0, key.key.child);
	statement.cascading = 0;
}

/* ON DELETE SET NULL, SET DEFAULT: done, and what was there is kept for dbeng.restore(). */
static void
unlink(const GatheredKey &key, int64 deletion)
{
	KeyArguments arguments(key);
	run(key.key, Action::look, arguments.all_types(), arguments.all_values(), 0, key.key.child);
	uint64 rows = SPI_processed;
	if (rows == 0)
		return;
	auto *keys = static_cast<Datum *>(palloc(rows * sizeof(Datum)));
	auto *before = static_cast<Datum *>(palloc(rows * sizeof(Datum)));
	SPITupleTable *table = SPI_tuptable;
	for (uint64 i = 0; i < rows; i++)
	{
		bool null;
		keys[i] = SPI_getbinval(table->vals[i], table->tupdesc, 1, &null);
		before[i] = SPI_getbinval(table->vals[i], table->tupdesc, 2, &null);
	}
	auto jsons = [rows](Datum *values)
	{ return PointerGetDatum(construct_array(values, static_cast<int>(rows), JSONBOID, -1, false, TYPALIGN_INT)); };
	Argument record[] = {Argument::bigint(deletion),
						 {REGCLASSOID, ObjectIdGetDatum(key.key.child), false},
						 Argument::text(key.key.name),
						 {get_array_type(JSONBOID), jsons(keys), false},
						 {get_array_type(JSONBOID), jsons(before), false}};
	run(key.key, Action::unlink, arguments.all_types(), arguments.all_values(), 0, key.key.child);
	Identity identity = act_as_owner();
	execute("INSERT INTO dbeng.deletion_unlinked (deletion_id, relation, constraint_name, key, before)"
			" SELECT $1, $2, $3, k, b FROM unnest($4, $5) AS u(k, b)",
			record);
	identity.restore();
}

namespace {
/* Foreign keys that are looked at when everything else is done. */
struct Late
{
	const GatheredKey *key;
};
} // namespace

static void
follow(Statement &statement, const Batch &batch, TimestampTz at, Vector<Late> &late)
{
	for (GatheredKey *key = batch.keys; key != nullptr; key = key->next)
	{
		CHECK_FOR_INTERRUPTS();
		if (key->values[0].empty())
			continue;
		switch (key->key.action)
		{
			case FKCONSTR_ACTION_RESTRICT:
				check_unreferenced(*key);
				break;
			case FKCONSTR_ACTION_CASCADE:
				cascade(statement, *key, batch.deletion, at);
				break;
			case FKCONSTR_ACTION_SETNULL:
			case FKCONSTR_ACTION_SETDEFAULT:
				unlink(*key, batch.deletion);
				break;
			default:
				late.push_back(Late{key});
		}
	}
}

static void
record_part(const Statement &statement, const Part &root)
{
	Local<Vector<Datum>> relations;
	int64 rows = 0;
	for (const Part *part = statement.parts; part != nullptr; part = part->next)
		if (part == &root || (part->deletion == root.deletion && !part->root))
		{
			rows += part->rows;
			relations->push_back(ObjectIdGetDatum(part->relation));
		}
	const char *key = root.rows == 1 ? root.key : nullptr;
	Datum list = PointerGetDatum(construct_array(relations->data(), static_cast<int>(relations->size()), REGCLASSOID,
												 sizeof(Oid), true, TYPALIGN_INT));
	Oid types[] = {INT8OID, REGCLASSOID, TEXTOID, TIMESTAMPTZOID, NAMEOID, INT8OID, get_array_type(REGCLASSOID)};
	NameData who;
	namestrcpy(&who, GetUserNameFromId(GetSessionUserId(), false));
	Datum values[] = {Int64GetDatum(root.deletion),
					  ObjectIdGetDatum(root.relation),
					  key == nullptr ? Datum{0} : CStringGetTextDatum(key),
					  TimestampTzGetDatum(root.deleted_at),
					  NameGetDatum(&who),
					  Int64GetDatum(rows),
					  list};
	char nulls[] = {' ', ' ', key == nullptr ? 'n' : ' ', ' ', ' ', ' ', ' '};
	SPIPlanPtr plan = kept_plan(
		KeyReference{}, Action::record, types,
		[]
		{
			return "INSERT INTO dbeng.deletion (deletion_id, relation, key, deleted_at, deleted_by, rows, relations)"
				   " VALUES ($1, $2, $3::pg_catalog.jsonb, $4, $5, $6, $7)";
		});
	int result = SPI_execute_plan(plan, values, nulls, false, 0);
	if (result != SPI_OK_INSERT)
		elog(ERROR, "a deletion could not be recorded: %s", SPI_result_code_string(result));
}

static void
record(const Statement &statement)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	Identity identity = act_as_owner();
	for (const Part *root = statement.parts; root != nullptr; root = root->next)
		if (root->root)
			record_part(statement, *root);
	identity.restore();
	SPI_finish();
}

static TimestampTz
time_of(const Statement &statement, int64 deletion)
{
	for (const Part *part = statement.parts; part != nullptr; part = part->next)
		if (part->deletion == deletion)
			return part->deleted_at;
	return GetCurrentTransactionStartTimestamp();
}

void
follow_deletion(QueryDesc *query)
{
	Statement *statement = statements == nullptr ? nullptr : find_statement(query->estate->es_query_cxt);
	if (statement == nullptr || statement->parts == nullptr)
		return;
	MemoryContext caller = MemoryContextSwitchTo(statement->memory);
	statement->following = true;
	Local<Vector<Late>> late;
	while (Batch *batches = statement->batches)
	{
		CHECK_FOR_INTERRUPTS();
		statement->batches = nullptr;
		/* As in a trigger of the server's own: what happens to children queues triggers here, however deep they are. */
		AfterTriggerBeginQuery();
		if (SPI_connect() != SPI_OK_CONNECT)
			elog(ERROR, "SPI_connect failed");
		for (const Batch *batch = batches; batch != nullptr; batch = batch->next)
			follow(*statement, *batch, time_of(*statement, batch->deletion), *late);
		SPI_finish();
		MemoryContextSwitchTo(statement->memory);
		AfterTriggerEndQuery(query->estate);
	}
	if (!late->empty())
	{
		if (SPI_connect() != SPI_OK_CONNECT)
			elog(ERROR, "SPI_connect failed");
		for (const Late &one : *late)
			check_unreferenced(*one.key);
		SPI_finish();
		MemoryContextSwitchTo(statement->memory);
	}
	record(*statement);
	statement->parts = nullptr;
	MemoryContextSwitchTo(caller);
}

[[noreturn]] static void
refuse_under_deleted(const KeyReference &key)
{
	ereport(ERROR, errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			errmsg("insert or update on table \"%s\" violates foreign key constraint \"%s\"", get_rel_name(key.child),
				   key.name),
			errdetail("The row of table \"%s\" that it refers to is deleted.", get_rel_name(key.parent)),
			errhint("Restore it with dbeng.restore(), or refer to another row."));
}

/* Is the row that the key refers to there, and alive? One that is not there is the server's affair. */
static void
check_parent(const KeyReference &key, const SoftTable &parent, std::span<Datum> values)
{
	Oid types[INDEX_MAX_KEYS];
	for (int i = 0; i < key.columns; i++)
		types[i] = get_atttype(key.child, key.child_columns[i]);
	auto write = [&key, &parent]
	{
		StringInfoData where;
		initStringInfo(&where);
		for (int i = 0; i < key.columns; i++)
		{
			if (i > 0)
				appendStringInfoString(&where, " AND ");
			const char *left = format("p.%s", column_name(key.parent, key.parent_columns[i]));
			const char *right = format("$%d", i + 1);
			generate_operator_clause(&where, left, get_atttype(key.parent, key.parent_columns[i]), key.operators[i],
									 right, get_atttype(key.child, key.child_columns[i]));
		}
		return format("SELECT p.%s IS NULL FROM %s%s AS p WHERE %s FOR KEY SHARE OF p",
					  column_name(key.parent, parent.deleted_at), only(key.parent), qualified(key.parent), where.data);
	};
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	LockRelationOid(key.parent, RowShareLock);
	OwnerOf owner(key.parent);
	SPIPlanPtr plan = kept_plan(key, Action::guard, {types, static_cast<std::size_t>(key.columns)}, write);
	int result = SPI_execute_snapshot(plan, values.data(), nullptr, InvalidSnapshot, InvalidSnapshot, false, false, 1);
	owner.restore();
	if (result != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_snapshot failed: %s", SPI_result_code_string(result));
	bool null;
	if (SPI_processed > 0 && !DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null)))
		refuse_under_deleted(key);
	SPI_finish();
}

/* Of a row that was not there, or not alive, or referred to another one. */
static void
guard(const TriggerData &trigger)
{
	Relation relation = trigger.tg_relation;
	TupleDesc columns = RelationGetDescr(relation);
	bool update = TRIGGER_FIRED_BY_UPDATE(trigger.tg_event);
	HeapTuple fresh = update ? trigger.tg_newtuple : trigger.tg_trigtuple;
	SoftTable table = soft_table(relation);
	if (table.keeps() && mark_of(fresh, columns, table).deleted)
		return;
	bool same_state = update && !(table.keeps() && mark_of(trigger.tg_trigtuple, columns, table).deleted);

	/* Executing a query may have the list made anew. */
	Local<SmallVector<KeyReference, 4>> keys;
	ListCell *cell;
	foreach (cell, RelationGetFKeyList(relation))
	{
		auto *cached = static_cast<ForeignKeyCacheInfo *>(lfirst(cell));
		KeyReference key;
		/* Of a partitioned parent's partitions there are keys, too, by which the server finds its way. */
		if (!get_rel_relispartition(cached->confrelid) && read_key(cached->conoid, key))
			keys->push_back(key);
	}
	for (const KeyReference &key : *keys)
	{
		SoftTable parent = soft_table(key.parent);
		if (!parent.keeps())
			continue;
		Datum values[INDEX_MAX_KEYS];
		bool any_null = false;
		bool same = same_state;
		for (int i = 0; i < key.columns; i++)
		{
			bool null;
			values[i] = heap_getattr(fresh, key.child_columns[i], columns, &null);
			any_null = any_null || null;
			if (null || !same)
				continue;
			Form_pg_attribute column = TupleDescAttr(columns, key.child_columns[i] - 1);
			Datum before = heap_getattr(trigger.tg_trigtuple, key.child_columns[i], columns, &null);
			same = !null && datum_image_eq(before, values[i], column->attbyval, column->attlen);
		}
		if (!any_null && !same)
			check_parent(key, parent, {values, static_cast<std::size_t>(key.columns)});
	}
}

} // namespace dbeng

SQL_FUNCTION(dbeng_soft_delete_row)
{
	using namespace dbeng;
	const TriggerData &trigger =
		trigger_data(fcinfo, "_soft_delete_row", TRIGGER_EVENT_BEFORE, TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE);
	HeapTuple result = TRIGGER_FIRED_BY_DELETE(trigger.tg_event) ? before_delete(trigger) : before_update(trigger);
	PG_RETURN_POINTER(result);
}

SQL_FUNCTION(dbeng_soft_delete_after)
{
	dbeng::after_update(dbeng::trigger_data(fcinfo, "_soft_delete_after", 0, TRIGGER_TYPE_UPDATE));
	PG_RETURN_POINTER(nullptr);
}

SQL_FUNCTION(dbeng_soft_delete_guard)
{
	dbeng::guard(dbeng::trigger_data(fcinfo, "_soft_delete_guard", 0, TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE));
	PG_RETURN_POINTER(nullptr);
}

SQL_FUNCTION(dbeng_soft_delete_truncate)
{
	using namespace dbeng;
	const TriggerData &trigger =
		trigger_data(fcinfo, "_soft_delete_truncate", TRIGGER_EVENT_BEFORE, TRIGGER_TYPE_TRUNCATE);
	const char *name = quoted(get_namespace_name(RelationGetNamespace(trigger.tg_relation)),
							  RelationGetRelationName(trigger.tg_relation));
	if (!hard_delete || !pg::owns_relation(RelationGetRelid(trigger.tg_relation), GetUserId()))
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("cannot truncate %s: it keeps its deleted rows", name),
				errdetail("TRUNCATE would remove live and deleted rows for good."),
				errhint("DELETE FROM %s; or, as its owner, SET LOCAL dbeng.hard_delete = on before.", name));
	PG_RETURN_POINTER(nullptr);
}
