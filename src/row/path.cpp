/*
 * path.cpp: the trigger that keeps the path of each row of a hierarchy.
 *
 * Before a row is written its path is made of its parent's, so that RETURNING
 * and later triggers see it. What is true in the end only shows when the whole
 * statement is done: it may have moved the parent as well, or brought it in
 * after the child. So after each row that came or moved its ancestors are
 * walked once more, which finds circles, and what lies below it follows in one
 * statement.
 *
 * Who moves a row locks both trees against all who move or insert in them, by
 * their roots; who inserts shares the lock with others who do. A row's lock
 * would not do: neither sees the other's row that is not there yet. What is
 * read under the lock is read with a new snapshot, at any isolation level;
 * where that shows what the transaction must not see, it is told to try again.
 *
 * All of it is done as the table's owner, as foreign keys are: who may insert
 * a row need not be able to read its ancestors.
 */
#include "row/path.hpp"

#include "core/memory.hpp"
#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

bool keep_paths = false;

static constexpr std::size_t most_arguments = 3;

namespace {
/* What one statement needs to know of the table. */
struct Tree
{
	AttrNumber key;
	AttrNumber parent;
	AttrNumber path;
	Oid key_type;
	Oid path_type;
	const char *placed; /* path and root below a parent, and the root of an old path */
	const char *walked; /* the way up, whether it comes back, whether the row or one right below it differs from it */
	const char *moved;	/* writes what is below a row */
};

/* One of the three statements about one table; a plan costs many times what it does. */
struct PlanKey
{
	Oid table;
	uint32 which;
};

struct SavedPlan
{
	PlanKey key;
	Oid key_type;
	char *text;
	SPIPlanPtr plan; /* NULL: none yet */
};

/* The roots locked so far, for this row. */
struct Locked
{
	uint64 roots[8];
	int count = 0;

	bool has(uint64 root) const { return std::find(roots, roots + count, root) != roots + count; }
};

/* A row's place below its parent. */
struct Place
{
	Datum path;
	uint64 root;
	uint64 old_root; /* 0: there was none */
};

/* A value of the row and whether it is NULL. */
struct Value
{
	Datum datum;
	bool null;
};
} // namespace

static const char *
table_name(Relation table)
{
	return quoted(get_namespace_name(RelationGetNamespace(table)), RelationGetRelationName(table));
}

static AttrNumber
find_column(Relation table, const char *name)
{
	TupleDesc shape = RelationGetDescr(table);
	for (int i = 0; i < shape->natts; i++)
	{
		const FormData_pg_attribute &column = *TupleDescAttr(shape, i);
		if (!column.attisdropped && strcmp(NameStr(column.attname), name) == 0)
			return column.attnum;
	}
	ereport(ERROR, errcode(ERRCODE_UNDEFINED_COLUMN),
			errmsg("the path of a row of %s cannot be kept", table_name(table)),
			errdetail("dbeng.enable_path() was told of column \"%s\", which is not there any more.", name),
			errhint("Call dbeng.disable_path(), and dbeng.enable_path() with the columns as they are now."));
}

static Oid
type_of(Relation table, AttrNumber number)
{
	return TupleDescAttr(RelationGetDescr(table), number - 1)->atttypid;
}

static Tree *
look_up(Relation table, const Trigger &trigger)
{
	if (trigger.tgnargs < 3)
		ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("trigger %s of %s does not name its columns", quoted(trigger.tgname), table_name(table)),
				errdetail("dbeng.enable_path() makes triggers that do."),
				errhint("DROP TRIGGER %s ON %s;", quoted(trigger.tgname), table_name(table)));
	auto *tree = static_cast<Tree *>(palloc0(sizeof(Tree)));
	tree->key = find_column(table, trigger.tgargs[0]);
	tree->parent = find_column(table, trigger.tgargs[1]);
	tree->path = find_column(table, trigger.tgargs[2]);
	tree->key_type = type_of(table, tree->key);
	tree->path_type = type_of(table, tree->path);
	if (type_of(table, tree->parent) != tree->key_type || get_element_type(tree->path_type) != tree->key_type)
		ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("the path of a row of %s cannot be kept", table_name(table)),
				errdetail("Its key is of type %s, its parent of type %s, its path of type %s.",
						  format_type_be(tree->key_type), format_type_be(type_of(table, tree->parent)),
						  format_type_be(tree->path_type)),
				errhint("Bring them to one type, and call dbeng.enable_path() again."));

	const char *name = table_name(table);
	const char *key = quoted(trigger.tgargs[0]);
	const char *parent = quoted(trigger.tgargs[1]);
	const char *path = quoted(trigger.tgargs[2]);
	tree->placed = format("SELECT coalesce(p.%s, '{}') || $2, coalesce(p.%s[1], $2)::text, ($3)[1]::text "
						  "FROM (SELECT) one LEFT JOIN ONLY %s p ON p.%s = $1",
						  path, path, name, key);
	tree->walked = format("WITH RECURSIVE up(parent, way) AS ("
						  "SELECT t.%s, ARRAY[t.%s] FROM ONLY %s t WHERE t.%s = $1 "
						  "UNION ALL SELECT t.%s, t.%s || u.way FROM up u JOIN ONLY %s t ON t.%s = u.parent "
						  "WHERE u.parent <> ALL (u.way)) "
						  "SELECT way, array_to_string(parent || way, ' > '), coalesce(parent = ANY (way), false), "
						  "EXISTS (SELECT FROM ONLY %s t WHERE t.%s = $1 AND t.%s IS DISTINCT FROM way) OR "
						  "EXISTS (SELECT FROM ONLY %s t WHERE t.%s = $1 AND t.%s IS DISTINCT FROM way || t.%s) "
						  "FROM (SELECT * FROM up ORDER BY cardinality(way) DESC LIMIT 1) top",
						  parent, key, name, key, parent, key, name, key, name, key, path, name, parent, path, key);
	tree->moved =
		format("WITH RECURSIVE down(key, way) AS ("
			   "SELECT $1, $2 UNION ALL SELECT t.%s, d.way || t.%s FROM down d JOIN ONLY %s t ON t.%s = d.key "
			   "WHERE t.%s <> ALL (d.way)) "
			   "UPDATE ONLY %s t SET %s = d.way FROM down d WHERE t.%s = d.key AND t.%s IS DISTINCT FROM d.way",
			   key, key, name, parent, key, name, path, key, path);
	return tree;
}

static HTAB *saved_plans = nullptr;

/* Where columns or the table have other names or types by now, it is another statement. */
static SPIPlanPtr
plan_of(PlanKey key, const char *sql, std::span<const Argument> arguments)
{
	if (saved_plans == nullptr)
	{
		HASHCTL control = {};
		control.keysize = sizeof(PlanKey);
		control.entrysize = sizeof(SavedPlan);
		control.hcxt = TopMemoryContext;
		saved_plans = hash_create("dbeng paths", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	bool found;
	auto *saved = static_cast<SavedPlan *>(hash_search(saved_plans, &key, HASH_ENTER, &found));
	if (!found)
		saved->plan = nullptr;
	if (saved->plan != nullptr && saved->key_type == arguments[0].type && strcmp(saved->text, sql) == 0)
		return saved->plan;
	Oid types[most_arguments];
	for (std::size_t i = 0; i < arguments.size(); i++)
		types[i] = arguments[i].type;
	SPIPlanPtr plan = SPI_prepare(sql, static_cast<int>(arguments.size()), types);
	if (plan == nullptr)
		elog(ERROR, "a statement of dbeng failed: %s", SPI_result_code_string(SPI_result));
	char *text = MemoryContextStrdup(TopMemoryContext, sql);
	SPI_keepplan(plan);
	if (saved->plan != nullptr)
	{
		SPI_freeplan(saved->plan);
		pfree(saved->text);
	}
	saved->key_type = arguments[0].type;
	saved->text = text;
	saved->plan = plan;
	return plan;
}

/* Runs a statement as the table's owner, with a new snapshot; visit() sees its first row. */
template <class Visit>
static void
run(Relation table, uint32 which, const char *sql, std::span<const Argument> arguments, bool writes, Visit visit)
{
	Oid user;
	int context;
	MemoryContext caller = CurrentMemoryContext;
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(table->rd_rel->relowner, context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	int level = NewGUCNestLevel();
	pin_setting("search_path", "pg_catalog, pg_temp");
	/* A step is a few look-ups by an index, however many rows the planner thinks are below. */
	for (const char *setting : {"enable_hashjoin", "enable_mergejoin", "enable_seqscan", "jit"})
		pin_setting(setting, "off");
	pin_setting("plan_cache_mode", "force_generic_plan");
	if (writes)
		pin_setting("dbeng.keep_paths", "on");
	Datum values[most_arguments];
	char nulls[most_arguments];
	for (std::size_t i = 0; i < arguments.size(); i++)
	{
		values[i] = arguments[i].value;
		nulls[i] = arguments[i].null ? 'n' : ' ';
	}
	SPIPlanPtr plan = plan_of({RelationGetRelid(table), which}, sql, arguments);
	int result = SPI_execute_snapshot(
		plan, values, nulls, GetLatestSnapshot(),
		writes && IsolationUsesXactSnapshot() ? GetTransactionSnapshot() : InvalidSnapshot, false, true, 0);
	if (result < 0)
		elog(ERROR, "a statement of dbeng failed: %s", SPI_result_code_string(result));
	if (!writes && SPI_processed > 0)
	{
		HeapTuple row = SPI_tuptable->vals[0];
		TupleDesc columns = SPI_tuptable->tupdesc;
		MemoryContext inner = MemoryContextSwitchTo(caller);
		visit(Row(row, columns));
		MemoryContextSwitchTo(inner);
	}
	AtEOXact_GUC(true, level);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	SetUserIdAndSecContext(user, context);
}

static Datum
copy_array(Datum array)
{
	return PointerGetDatum(PG_DETOAST_DATUM_COPY(array));
}

static uint64
hash_of(const char *root)
{
	return root == nullptr ? 0
						   : DatumGetUInt64(hash_any_extended(reinterpret_cast<const unsigned char *>(root),
															  static_cast<int>(strlen(root)), 0)) |
								 1;
}

static void
lock_root(Relation table, uint64 root, bool alone, Locked &locked)
{
	if (root == 0 || locked.has(root) || locked.count == lengthof(locked.roots))
		return;
	LOCKTAG tag;
	/* The last field keeps it apart from the advisory locks of users, which have 1 or 2 there. */
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, RelationGetRelid(table), static_cast<uint32>(root >> 32), 0xdb);
	LockAcquire(&tag, alone ? ExclusiveLock : ShareLock, false, false);
	locked.roots[locked.count++] = root;
}

static Place
place_below(Relation table, const Tree &tree, Value parent, Datum key, Value old_path)
{
	Place place = {};
	const Argument arguments[] = {{tree.key_type, parent.datum, parent.null},
								  {tree.key_type, key, false},
								  {tree.path_type, old_path.datum, old_path.null}};
	run(table, 0, tree.placed, arguments, false,
		[&place](const Row &row)
		{
			place.path = copy_array(row.datum(1));
			place.root = hash_of(row.text(2));
			place.old_root = hash_of(row.text(3));
		});
	return place;
}

/* Both trees are locked when it is known; by then the parent may have come to another one. */
static Datum
find_place(Relation table, const Tree &tree, Value parent, Datum key, Value old_path, bool moves)
{
	Locked locked;
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		Place place = place_below(table, tree, parent, key, old_path);
		/* A row without a parent that nobody has seen yet. */
		if (parent.null && !moves)
			return place.path;
		if (locked.has(place.root) || locked.count == lengthof(locked.roots))
			return place.path;
		/* In one order, so that two who move between the same trees do not wait for each other. */
		uint64 other = moves ? place.old_root : 0;
		lock_root(table, std::min(place.root, other), moves, locked);
		lock_root(table, std::max(place.root, other), moves, locked);
	}
}

static Value
value_of(Relation table, HeapTuple row, AttrNumber column)
{
	Value value = {};
	value.datum = heap_getattr(row, column, RelationGetDescr(table), &value.null);
	return value;
}

static bool
same(Relation table, HeapTuple a, HeapTuple b, AttrNumber column)
{
	const FormData_pg_attribute &attribute = *TupleDescAttr(RelationGetDescr(table), column - 1);
	Value before = value_of(table, a, column);
	Value after = value_of(table, b, column);
	if (before.null || after.null)
		return before.null == after.null;
	return datum_image_eq(before.datum, after.datum, attribute.attbyval, attribute.attlen);
}

/* The row as it is to be written. */
static HeapTuple
placed_row(Relation table, const Tree &tree, HeapTuple before, HeapTuple after)
{
	bool moves =
		before != nullptr && !(same(table, before, after, tree.parent) && same(table, before, after, tree.key));
	if (before != nullptr && !moves && same(table, before, after, tree.path))
		return after;
	Value key = value_of(table, after, tree.key);
	/* The server will complain of it. */
	if (key.null)
		return after;
	Value old_path = before != nullptr ? value_of(table, before, tree.path) : Value{0, true};
	Datum path = find_place(table, tree, value_of(table, after, tree.parent), key.datum, old_path, moves);
	int number = tree.path;
	bool null = false;
	return heap_modify_tuple_by_cols(after, RelationGetDescr(table), 1, &number, &path, &null);
}

/* Who may not read all rows is not told which they are. */
[[noreturn]] static void
refuse_circle(Relation table, const char *circle)
{
	Oid oid = RelationGetRelid(table);
	bool told = pg_class_aclcheck(oid, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
				check_enable_rls(oid, InvalidOid, true) != RLS_ENABLED;
	ereport(ERROR, errcode(ERRCODE_CHECK_VIOLATION), errmsg("a row of %s would be its own ancestor", table_name(table)),
			errdetail("%s", told ? format("The circle: %s.", circle) : "It is above the row that it is to be below."),
			errhint("Move the row to one that is not below it; or first that one away from below the row."));
}

/* What came or moved is where it belongs, and all that is below it. */
static void
settle(Relation table, const Tree &tree, HeapTuple row)
{
	Value key = value_of(table, row, tree.key);
	const Argument start[] = {{tree.key_type, key.datum, key.null}};
	Datum way = 0;
	const char *circle = nullptr;
	bool wrong = false;
	run(table, 1, tree.walked, start, false,
		[&](const Row &found)
		{
			way = copy_array(found.datum(1));
			if (found.flag(3))
				circle = pstrdup(found.text(2));
			wrong = found.flag(4);
		});
	if (circle != nullptr)
		refuse_circle(table, circle);
	/* Where nothing is found it was deleted since, or its key changed once more. */
	if (!wrong)
		return;
	const Argument place[] = {{tree.key_type, key.datum, false}, {tree.path_type, way, false}};
	run(table, 2, tree.moved, place, true, [](const Row &) {});
}

} // namespace dbeng

SQL_FUNCTION(dbeng_keep_path)
{
	using namespace dbeng;
	auto *call = reinterpret_cast<TriggerData *>(fcinfo->context);
	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(call->tg_event) ||
		!(TRIGGER_FIRED_BY_INSERT(call->tg_event) || TRIGGER_FIRED_BY_UPDATE(call->tg_event)))
		ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("dbeng._keep_path() is a trigger function for rows that are inserted or updated"),
				errdetail("It was called in another way."),
				errhint("SELECT dbeng.enable_path('a_table', 'parent_id');"));
	bool update = TRIGGER_FIRED_BY_UPDATE(call->tg_event);
	HeapTuple row = update ? call->tg_newtuple : call->tg_trigtuple;
	if (keep_paths)
		return PointerGetDatum(row);
	Relation table = call->tg_relation;
	if (fcinfo->flinfo->fn_extra == nullptr)
	{
		MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = look_up(table, *call->tg_trigger);
		MemoryContextSwitchTo(caller);
	}
	const Tree &tree = *static_cast<const Tree *>(fcinfo->flinfo->fn_extra);
	if (TRIGGER_FIRED_BEFORE(call->tg_event))
		return PointerGetDatum(placed_row(table, tree, update ? call->tg_trigtuple : nullptr, row));
	settle(table, tree, row);
	return PointerGetDatum(row);
}
