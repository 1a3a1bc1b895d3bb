/*
 * soft_delete_enable.cpp: making a table keep its deleted rows, and making it
 * what it was before.
 *
 * All of it is DDL as the caller, checked by the server as if typed by hand;
 * only what is remembered of it is written as the extension's owner. What stands in
 * the way is looked for first, in all tables that are concerned: either
 * everything is done, or nothing, and the error lists all the reasons.
 */
#include "core/extension.hpp"
#include "core/query.hpp"
#include "core/text.hpp"
#include "row/soft_delete.hpp"
#include "row/soft_delete_indexes.hpp"

namespace dbeng {

static constexpr const char *row_trigger = "!dbeng_soft_delete";
static constexpr const char *delete_trigger = "!dbeng_soft_delete_hard";
static constexpr const char *truncate_trigger = "!dbeng_soft_delete_truncate";
static constexpr const char *after_trigger = "dbeng_soft_delete";
/* Sorts after the server's own, which finds out whether there is a parent at all. */
static constexpr const char *guard_trigger = "dbeng_soft_delete_parents";
static constexpr const char *guard_update_trigger = "dbeng_soft_delete_parents_update";

namespace {
struct Table
{
	Oid relation;
	const char *name; /* schema.table, quoted */
	const char *column;
	const char *view; /* its name alone */
};

struct Request
{
	const char *column;
	const char *view;
	bool cascade;
	bool unique_told; /* is it said what becomes of unique constraints? */
	bool unique_live;
	bool indexes_live; /* so do other indexes */
};
} // namespace

static void
require_owner(Oid relation)
{
	const char *name = get_rel_name(relation);
	if (name == nullptr)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", relation),
				errdetail("It was dropped, or never was."), errhint("Name a table that \\d shows."));
	if (pg::owns_relation(relation, GetUserId()))
		return;
	ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("must be owner of table %s", name),
			errdetail("Role \"%s\" is not.", GetUserNameFromId(GetUserId(), false)),
			errhint("Let its owner, or a member of that role, do this."));
}

static const char *
joined(std::span<const char *const> parts, const char *separator)
{
	StringInfoData text;
	initStringInfo(&text);
	for (const char *part : parts)
		appendStringInfo(&text, "%s%s", text.len == 0 ? "" : separator, part);
	return text.data;
}

namespace {
/* Why something cannot be done. */
class Reasons
{
  public:
	void add(const char *reason) { all_->push_back(reason); }
	/* Raises if there are any. */
	void refuse(const char *what) const
	{
		if (all_->empty())
			return;
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s", what),
				errdetail("%s", joined({all_->data(), all_->size()}, "\n")),
				errhint("Nothing was changed. Remove the reasons and call it again."));
	}

  private:
	Local<Vector<const char *>> all_;
};
} // namespace

static void
texts(const char *sql, std::span<const Argument> arguments, Vector<const char *> &found)
{
	MemoryContext context = CurrentMemoryContext;
	each_row(sql, arguments,
			 [&found, context](const Row &row) { found.push_back(MemoryContextStrdup(context, row.text(1))); });
}

/* What a table is, that it cannot keep rows. */
static void
look_at_table(const Table &table, Reasons &reasons)
{
	Oid relation = table.relation;
	char kind = get_rel_relkind(relation);
	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
	{
		reasons.add(format("%s is no table.", table.name));
		return;
	}
	Argument arguments[] = {Argument::oid(relation), Argument::text(table.column), Argument::text(number_column),
							Argument::text(table.view)};
	Local<Vector<const char *>> found;
	texts(
		"SELECT format(text, variadic words) FROM ("
		" SELECT 1, '%s is a partition: its parent is what keeps rows.', ARRAY[$1::regclass::text] FROM pg_class WHERE oid = $1 AND relispartition"
		" UNION ALL SELECT 1, '%s is temporary.', ARRAY[$1::regclass::text] FROM pg_class WHERE oid = $1 AND relpersistence = 't'"
		" UNION ALL SELECT 1, '%s is part of the system.', ARRAY[$1::regclass::text] WHERE $1 < 16384"
		" UNION ALL SELECT 1, '%s belongs to extension %s.', ARRAY[$1::regclass::text, e.extname] FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid"
		"  WHERE d.classid = 'pg_class'::regclass AND d.objid = $1 AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'"
		" UNION ALL SELECT 2, '%s and %s inherit from each other.', ARRAY[inhparent::regclass::text, inhrelid::regclass::text] FROM pg_inherits i"
		"  WHERE $1 IN (inhparent, inhrelid) AND NOT (SELECT relispartition FROM pg_class WHERE oid = inhrelid)"
		" UNION ALL SELECT 2, 'Its partition %s is a foreign table.', ARRAY[relid::text] FROM pg_partition_tree($1) t JOIN pg_class c ON c.oid = t.relid WHERE c.relkind = 'f'"
		" UNION ALL SELECT 2, '%s has a rule %s.', ARRAY[$1::regclass::text, rulename] FROM pg_rewrite WHERE ev_class = $1 AND ev_type IN ('2', '4')"
		" UNION ALL SELECT 3, 'Column %s of %s is of type %s, not timestamptz: %s', ARRAY[attname, $1::regclass::text, format_type(atttypid, atttypmod),"
		"   CASE WHEN atttypid = 'timestamp'::regtype THEN format('ALTER TABLE %s ALTER COLUMN %I TYPE timestamptz USING %2$I AT TIME ZONE ''UTC'';', $1::regclass, attname) ELSE 'give another column_name.' END]"
		"  FROM pg_attribute WHERE attrelid = $1 AND attname = $2 AND attnum > 0 AND NOT attisdropped AND atttypid <> 'timestamptz'::regtype"
		" UNION ALL SELECT 3, 'Column %s of %s is NOT NULL, generated, or has a default: no row of it is live.', ARRAY[attname, $1::regclass::text]"
		"  FROM pg_attribute WHERE attrelid = $1 AND attname = $2 AND NOT attisdropped AND (attnotnull OR attgenerated <> '' OR atthasdef)"
		" UNION ALL SELECT 3, 'There is a column %s in %s.', ARRAY[attname, $1::regclass::text] FROM pg_attribute WHERE attrelid = $1 AND attname = $3 AND NOT attisdropped"
		" UNION ALL SELECT 3, 'Column %s of %s is part of the partition key or the primary key.', ARRAY[a.attname, $1::regclass::text] FROM pg_attribute a"
		"  WHERE attrelid = $1 AND attname = $2 AND NOT attisdropped AND (EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = $1 AND a.attnum = ANY (partattrs))"
		"   OR EXISTS (SELECT FROM pg_index WHERE indrelid = $1 AND indisprimary AND a.attnum = ANY (indkey)))"
		" UNION ALL SELECT 4, '%s has no primary key.', ARRAY[$1::regclass::text] WHERE NOT EXISTS (SELECT FROM pg_index WHERE indrelid = $1 AND indisprimary)"
		" UNION ALL SELECT 5, 'Foreign key %s of %s is over periods.', ARRAY[conname, conrelid::regclass::text] FROM pg_constraint c WHERE confrelid = $1 AND contype = 'f'"
		"  AND to_jsonb(c)->>'conperiod' = 'true'"
		" UNION ALL SELECT 5, 'Foreign key %s of %s would set columns in rows that have no primary key to find them again.', ARRAY[conname, conrelid::regclass::text]"
		"  FROM pg_constraint c WHERE confrelid = $1 AND contype = 'f' AND conparentid = 0 AND confdeltype IN ('n', 'd') AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = conrelid AND indisprimary)"
		" UNION ALL SELECT 6, 'Relation %I.%I exists.', ARRAY[n.nspname, c.relname] FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
		"  WHERE relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = $1) AND relname = $4"
		") r(place, text, words) ORDER BY place",
		arguments, *found);
	for (const char *reason : *found)
		reasons.add(reason);
}

/* The foreign keys that refer to a table, as they were declared. */
template <class Visit>
static void
each_key_to(Oid relation, Visit visit)
{
	Local<Vector<Oid>> found;
	Argument arguments[] = {Argument::oid(relation)};
	each_row(
		"SELECT oid FROM pg_constraint WHERE confrelid = $1 AND contype = 'f' AND conparentid = 0 ORDER BY conrelid::regclass::text, conname",
		arguments, [&found](const Row &row) { found->push_back(static_cast<Oid>(row.integer(1))); });
	for (Oid constraint : *found)
	{
		KeyReference key;
		if (read_key(constraint, key))
			visit(key);
	}
}

/* The table, and those that ON DELETE CASCADE leads to. */
static void
collect(Oid relation, const Request &request, Vector<Table> &tables, Reasons &reasons)
{
	tables.push_back(Table{relation, qualified(relation), request.column,
						   request.view != nullptr ? request.view : format("%s_live", get_rel_name(relation))});
	for (std::size_t i = 0; i < tables.size(); i++)
	{
		Table table = tables[i];
		each_key_to(table.relation,
					[&request, &tables, &reasons, &table](const KeyReference &key)
					{
						if (!pg::owns_relation(key.child, GetUserId()))
							reasons.add(format("%s refers to %s and belongs to another role: it needs a trigger.",
											   qualified(key.child), table.name));
						auto same = [&key](const Table &other) { return other.relation == key.child; };
						if (key.action != FKCONSTR_ACTION_CASCADE || soft_table(key.child).keeps() ||
							std::any_of(tables.begin(), tables.end(), same))
							return;
						if (request.cascade)
							tables.push_back(Table{key.child, qualified(key.child), request.column,
												   format("%s_live", get_rel_name(key.child))});
						else
							reasons.add(format("%s refers to %s with ON DELETE CASCADE, and does not keep its rows.",
											   qualified(key.child), table.name));
					});
	}
}

static const char *
index_name(const Table &table, const char *column)
{
	return ChooseRelationName(get_rel_name(table.relation), column, "idx", get_rel_namespace(table.relation), false);
}

/* A trigger that the table has not got yet. */
static void
make_trigger(Oid relation, const char *name, const char *what)
{
	if (!OidIsValid(get_trigger_oid(relation, name, true)))
		execute(format(what, quoted(name), qualified(relation)));
}

static void
make_triggers(Oid relation, const SoftTable &table)
{
	const char *columns =
		format("%s, %s", column_name(relation, table.deleted_at), column_name(relation, table.deletion_id));
	make_trigger(
		relation, row_trigger,
		format("CREATE TRIGGER %%s BEFORE UPDATE OF %s ON %%s FOR EACH ROW EXECUTE FUNCTION dbeng._soft_delete_row()",
			   columns));
	make_trigger(relation, delete_trigger,
				 "CREATE TRIGGER %s BEFORE DELETE ON %s FOR EACH ROW EXECUTE FUNCTION dbeng._soft_delete_row()");
	make_trigger(relation, after_trigger,
				 format("CREATE TRIGGER %%s AFTER UPDATE OF %s ON %%s FOR EACH ROW"
						" WHEN (OLD.%s IS NULL AND NEW.%s IS NOT NULL) EXECUTE FUNCTION dbeng._soft_delete_after()",
						columns, column_name(relation, table.deleted_at), column_name(relation, table.deleted_at)));
	/* Those of statements a partition has to have for itself. */
	ListCell *cell;
	foreach (cell, find_all_inheritors(relation, AccessExclusiveLock, nullptr))
		make_trigger(
			lfirst_oid(cell), truncate_trigger,
			"CREATE TRIGGER %s BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION dbeng._soft_delete_truncate()");
}

/*
 * A table that refers to such that keep their rows looks whether what it
 * refers to lives, where it is new, or where the row comes alive itself.
 */
static void
guard(Oid child)
{
	Local<Vector<AttrNumber>> columns;
	Argument arguments[] = {Argument::oid(child)};
	Local<Vector<Oid>> constraints;
	each_row("SELECT oid FROM pg_constraint WHERE conrelid = $1 AND contype = 'f' AND conparentid = 0 ORDER BY conname",
			 arguments, [&constraints](const Row &row) { constraints->push_back(static_cast<Oid>(row.integer(1))); });
	for (Oid constraint : *constraints)
	{
		KeyReference key;
		if (!read_key(constraint, key) || !soft_table(key.parent).keeps())
			continue;
		for (int i = 0; i < key.columns; i++)
			if (std::find(columns->begin(), columns->end(), key.child_columns[i]) == columns->end())
				columns->push_back(key.child_columns[i]);
	}
	if (columns->empty())
		return;
	LockRelationOid(child, ShareRowExclusiveLock);
	StringInfoData changed;
	initStringInfo(&changed);
	for (AttrNumber column : *columns)
		appendStringInfo(&changed, "%sOLD.%s IS DISTINCT FROM NEW.%s", changed.len == 0 ? "" : " OR ",
						 column_name(child, column), column_name(child, column));
	if (SoftTable table = soft_table(child); table.keeps())
		appendStringInfo(&changed, " OR OLD.%s IS NOT NULL AND NEW.%s IS NULL", column_name(child, table.deleted_at),
						 column_name(child, table.deleted_at));
	const char *name = qualified(child);
	execute(format(
		"CREATE OR REPLACE TRIGGER %s AFTER INSERT ON %s FOR EACH ROW EXECUTE FUNCTION dbeng._soft_delete_guard()",
		quoted(guard_trigger), name));
	execute(format(
		"CREATE OR REPLACE TRIGGER %s AFTER UPDATE ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION dbeng._soft_delete_guard()",
		quoted(guard_update_trigger), name, changed.data));
}

/* The table, and those that refer to it. */
static void
guard_around(Oid relation)
{
	see_own_changes();
	Local<Vector<Oid>> children;
	children->push_back(relation);
	each_key_to(relation, [&children](const KeyReference &key) { children->push_back(key.child); });
	for (Oid child : *children)
		guard(child);
}

/* ON CONFLICT ON CONSTRAINT finds its constraint no longer. Where statements say so, that is for the caller to decide. */
static void
look_for_conflict_users(const Table &table, const LiveIndex &unique, Reasons &reasons)
{
	if (unique.constraint == nullptr)
		return;
	Local<Vector<const char *>> found;
	const char *pattern = format("on\\s+conflict\\s+on\\s+constraint\\s+\"?%s", unique.name);
	Argument arguments[] = {Argument::text(pattern)};
	texts(
		"SELECT format('function %s', p.oid::regprocedure) FROM pg_proc p WHERE p.prosrc ~* $1 AND p.pronamespace <> 'pg_catalog'::regnamespace",
		arguments, *found);
	Oid extension = get_extension_oid("pg_stat_statements", true);
	if (OidIsValid(extension))
	{
		Argument schema[] = {{OIDOID, ObjectIdGetDatum(extension), false}};
		Local<Vector<const char *>> name;
		texts(
			"SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.oid = $1",
			schema, *name);
		const char *sql =
			format("SELECT DISTINCT format('statement %%s', left(query, 200)) FROM %s.pg_stat_statements"
				   " WHERE query ~* $1 AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())",
				   name->front());
		auto look = [sql, &arguments, &found] { texts(sql, arguments, *found); };
		guarded([](void *work) { (*static_cast<decltype(look) *>(work))(); }, &look);
	}
	for (const char *user : *found)
		reasons.add(format(
			"Constraint %s of %s is named in ON CONFLICT ON CONSTRAINT by %s: say unique_live => true, or false.",
			quoted(unique.name), table.name, user));
}

static SoftTable
columns_of(const Table &table)
{
	return {get_attnum(table.relation, table.column), get_attnum(table.relation, number_column)};
}

static void
enable_one(const Table &table, const Vector<LiveIndex> &live)
{
	const char *added = "{deletion_id}";
	if (get_attnum(table.relation, table.column) == InvalidAttrNumber)
	{
		execute(format("ALTER TABLE %s ADD COLUMN %s timestamptz", table.name, quoted(table.column)));
		execute(format("COMMENT ON COLUMN %s.%s IS 'when the row was deleted; NULL: it is live'", table.name,
					   quoted(table.column)));
		added = nullptr;
	}
	execute(format("ALTER TABLE %s ADD COLUMN %s bigint DEFAULT dbeng._no_deletion()", table.name, number_column));
	execute(format("COMMENT ON COLUMN %s.%s IS 'the deletion, as in dbeng.deletions'", table.name, number_column));
	see_own_changes();
	SoftTable soft = columns_of(table);

	const char *before = make_live(table.relation, table.column, live);
	const char *by_number = index_name(table, number_column);
	execute(format("CREATE INDEX %s ON %s (%s) WHERE %s IS NOT NULL AND dbeng._keeps_rows()", quoted(by_number),
				   table.name, number_column, number_column));
	const char *by_time = index_name(table, table.column);
	execute(format("CREATE INDEX %s ON %s (%s) WHERE %s IS NOT NULL", quoted(by_time), table.name, quoted(table.column),
				   quoted(table.column)));
	make_live_view(table.relation, table.view, soft);
	make_triggers(table.relation, soft);
	see_own_changes();

	const char *names[] = {table.column, number_column};
	Oid schema = get_rel_namespace(table.relation);
	const char *indexes[] = {by_number, by_time};
	Argument arguments[] = {
		{REGCLASSOID, ObjectIdGetDatum(table.relation), false},
		{REGCLASSOID, ObjectIdGetDatum(get_relname_relid(table.view, schema)), false},
		text_array(added == nullptr ? std::span<const char *const>(names)
									: std::span<const char *const>(names).subspan(1)),
		text_array(indexes),
		Argument::text(before),
		Argument::text(GetUserNameFromId(GetUserId(), false)),
	};
	Identity identity = act_as_owner();
	execute("DELETE FROM dbeng.soft_delete s WHERE s.relation = $1", std::span(arguments).first(1));
	execute(
		"INSERT INTO dbeng.soft_delete (relation, view, added_columns, indexes, live_indexes, enabled_at, enabled_by)"
		" VALUES ($1, $2, $3::name[], $4::name[], $5::jsonb, now(), $6)",
		arguments);
	identity.restore();
}

/* What the caller should know, but need not change. */
static void
tell(const Table &table)
{
	Local<Vector<const char *>> found;
	Argument arguments[] = {Argument::oid(table.relation)};
	texts(
		"SELECT format('trigger %s of %s fires where a row is deleted for good, no longer where it is marked', quote_ident(tgname), tgrelid::regclass)"
		" FROM pg_trigger WHERE tgrelid = $1 AND NOT tgisinternal AND tgfoid <> 'dbeng._soft_delete_row()'::regprocedure AND tgtype & 8 <> 0 AND tgtype & 16 = 0"
		" UNION ALL SELECT format('a row of %s that is deleted for good takes rows of %s along for good', confrelid::regclass, conrelid::regclass)"
		" FROM pg_constraint c WHERE conrelid = $1 AND contype = 'f' AND confdeltype = 'c' AND conparentid = 0"
		"  AND NOT EXISTS (SELECT FROM dbeng.soft_delete s WHERE s.relation = c.confrelid)"
		" UNION ALL SELECT format('exclusion constraint %s of %s holds among deleted rows, too', conname, conrelid::regclass)"
		" FROM pg_constraint WHERE conrelid = $1 AND contype = 'x'",
		arguments, *found);
	for (const char *notice : *found)
		ereport(NOTICE, errmsg("%s", notice));
	each_row(
		"SELECT a.a[2], f.confrelid::regclass::text, t.tgrelid::regclass::text,"
		"  format('SELECT dbeng.disable_counter_cache(%1$L, %2$L, %3$L, %4$L); SELECT dbeng.enable_counter_cache(%1$L, %2$L, %3$L, %4$L, %5$L);', t.tgrelid::regclass, a.a[1], f.confrelid::regclass, a.a[2], c.attname)"
		" FROM pg_trigger t CROSS JOIN LATERAL dbeng._trigger_arguments(t.tgargs) a(a) JOIN pg_constraint f ON f.conrelid = t.tgrelid AND f.conname = a.a[1] AND f.contype = 'f'"
		"  JOIN pg_trigger s ON s.tgrelid = $1 AND s.tgfoid = 'dbeng._soft_delete_row()'::regprocedure AND cardinality(s.tgattr::int2[]) = 2 JOIN pg_attribute c ON c.attrelid = $1 AND c.attnum = s.tgattr[0]"
		" WHERE t.tgrelid = $1 AND t.tgfoid = 'dbeng._count_children()'::regprocedure AND t.tgtype & 4 <> 0 AND a.a[3] = '' ORDER BY a.a[2]",
		arguments,
		[](const Row &row)
		{
			ereport(NOTICE,
					errmsg("column %s of %s counts deleted rows of %s, too", row.text(1), row.text(2), row.text(3)),
					errhint("%s", row.text(4)));
		});
	each_row(
		"SELECT f.conname, $1::regclass::text, (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY n) FROM unnest(f.conkey) WITH ORDINALITY u(k, n) JOIN pg_attribute a ON a.attrelid = $1 AND a.attnum = u.k)"
		" FROM pg_constraint f JOIN dbeng.soft_delete s ON s.relation = f.conrelid,"
		"  LATERAL (SELECT bool_or(i.indpred IS NULL) AS whole, bool_or(b.name IS NOT NULL) AS live FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
		"   LEFT JOIN (SELECT e->>'name' AS name FROM jsonb_array_elements(s.live_indexes) e) b ON b.name = c.relname"
		"   WHERE i.indrelid = $1 AND f.conkey @> ((i.indkey::int2[])[0:least(i.indnkeyatts, cardinality(f.conkey)) - 1])) i"
		" WHERE f.conrelid = $1 AND f.contype = 'f' AND f.conparentid = 0 AND i.live AND NOT i.whole ORDER BY f.conname",
		arguments,
		[](const Row &row)
		{
			ereport(NOTICE, errmsg("foreign key %s of %s has no index of all rows any more", row.text(1), row.text(2)),
					errdetail("Where a row that it refers to is deleted for good, the table is scanned."),
					errhint("CREATE INDEX ON %s (%s);", row.text(2), row.text(3)));
		});
}

/* Of a table that keeps its rows already, and of which more is asked. */
static void
convert_more(Oid relation, const SoftTable &soft, const Request &request)
{
	bool unique = request.unique_told && request.unique_live;
	if (!unique && !request.indexes_live)
		return;
	const char *column = get_attname(relation, soft.deleted_at, false);
	Local<Vector<LiveIndex>> live;
	find_live_indexes(relation, column, unique, request.indexes_live, *live);
	Argument arguments[] = {Argument::oid(relation), Argument::text(make_live(relation, column, *live))};
	Identity identity = act_as_owner();
	execute("UPDATE dbeng.soft_delete s SET live_indexes = live_indexes || $2::jsonb WHERE s.relation = $1", arguments);
	identity.restore();
}

static void
enable(Oid relation, const Request &request)
{
	require_owner(relation);
	LockRelationOid(relation, AccessExclusiveLock);
	require_owner(relation);
	if (SoftTable soft = soft_table(relation); soft.keeps())
	{
		/* Partitions and foreign keys may have come since. */
		make_triggers(relation, soft);
		convert_more(relation, soft, request);
		add_columns_to_view(relation);
		guard_around(relation);
		return;
	}
	Reasons reasons;
	Local<Vector<Table>> tables;
	collect(relation, request, *tables, reasons);
	for (const Table &table : *tables)
	{
		LockRelationOid(table.relation, AccessExclusiveLock);
		look_at_table(table, reasons);
	}
	auto *live = static_cast<Vector<LiveIndex> *>(palloc(tables->size() * sizeof(Vector<LiveIndex>)));
	for (std::size_t i = 0; i < tables->size(); i++)
	{
		::new (static_cast<void *>(&live[i])) Vector<LiveIndex>();
		find_live_indexes((*tables)[i].relation, (*tables)[i].column, !request.unique_told || request.unique_live,
						  request.indexes_live, live[i]);
		if (!request.unique_told)
			for (const LiveIndex &index : live[i])
				look_for_conflict_users((*tables)[i], index, reasons);
	}
	reasons.refuse(format("%s cannot keep its deleted rows", qualified(relation)));
	for (std::size_t i = 0; i < tables->size(); i++)
		enable_one((*tables)[i], live[i]);
	for (const Table &table : *tables)
		guard_around(table.relation);
	Identity identity = act_as_owner();
	for (const Table &table : *tables)
		tell(table);
	identity.restore();
	Local<Vector<const char *>> others;
	for (const Table &table : *tables)
		if (table.relation != relation)
			others->push_back(table.name);
	if (!others->empty())
		ereport(NOTICE, errmsg("deleted rows are kept in %s, too", joined({others->data(), others->size()}, ", ")),
				errdetail("Foreign keys cascade to %s.", others->size() == 1 ? "it" : "them"));
}

/* Tables to which it cascades and which were switched on by themselves, or along with it. */
static void
tell_who_goes_on(Oid relation)
{
	Local<Vector<const char *>> others;
	each_key_to(relation,
				[&others, relation](const KeyReference &key)
				{
					if (key.action != FKCONSTR_ACTION_CASCADE || key.child == relation ||
						!soft_table(key.child).keeps())
						return;
					const char *name = qualified(key.child);
					if (std::none_of(others->begin(), others->end(),
									 [name](const char *other) { return strcmp(other, name) == 0; }))
						others->push_back(name);
				});
	if (!others->empty())
		ereport(NOTICE, errmsg("deleted rows are still kept in %s", joined({others->data(), others->size()}, ", ")),
				errdetail("But those that a DELETE of %s takes along are deleted for good from now on.",
						  qualified(relation)));
}

static void
drop_trigger(Oid relation, const char *name)
{
	if (OidIsValid(get_trigger_oid(relation, name, true)))
		execute(format("DROP TRIGGER %s ON %s", quoted(name), qualified(relation)));
}

/* What is left of guards after the table's triggers are gone. */
static void
unguard_around(Oid relation)
{
	Local<Vector<Oid>> children;
	children->push_back(relation);
	each_key_to(relation, [&children](const KeyReference &key) { children->push_back(key.child); });
	for (Oid child : *children)
	{
		if (get_rel_relispartition(child) || !OidIsValid(get_trigger_oid(child, guard_trigger, true)))
			continue;
		LockRelationOid(child, AccessExclusiveLock);
		drop_trigger(child, guard_trigger);
		drop_trigger(child, guard_update_trigger);
		see_own_changes();
		guard(child);
	}
}

/* A count of live rows looks for the column that is to go. */
static void
refuse_counted(Oid relation)
{
	Local<Vector<const char *>> counts;
	Argument arguments[] = {Argument::oid(relation)};
	Identity identity = act_as_owner();
	texts(
		"SELECT format('SELECT dbeng.disable_counter_cache(%L, %L, %L, %L);', t.tgrelid::regclass, a.a[1], f.confrelid::regclass, a.a[2])"
		" FROM pg_trigger t CROSS JOIN LATERAL dbeng._trigger_arguments(t.tgargs) a(a) JOIN pg_constraint f ON f.conrelid = t.tgrelid AND f.conname = a.a[1] AND f.contype = 'f'"
		"  JOIN dbeng.soft_delete s ON s.relation = $1 AND a.a[3] = ANY (s.added_columns::text[])"
		" WHERE t.tgrelid = $1 AND t.tgfoid = 'dbeng._count_children()'::regprocedure AND t.tgtype & 4 <> 0 ORDER BY 1",
		arguments, *counts);
	identity.restore();
	if (counts->empty())
		return;
	ereport(ERROR, errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			errmsg("live rows of %s are counted by a column that would go", qualified(relation)),
			errdetail("It is the live_column of dbeng.enable_counter_cache()."),
			errhint("%s", joined({counts->data(), counts->size()}, " ")));
}

static void
disable(Oid relation, bool told, bool keep_deleted)
{
	require_owner(relation);
	LockRelationOid(relation, AccessExclusiveLock);
	require_owner(relation);
	const char *table = qualified(relation);
	Argument arguments[] = {Argument::oid(relation)};
	const char *view = nullptr;
	const char *live = nullptr;
	Local<Vector<const char *>> indexes;
	Local<Vector<const char *>> added;
	MemoryContext context = CurrentMemoryContext;
	Identity identity = act_as_owner();
	each_row("SELECT s.view::text, s.live_indexes::text FROM dbeng.soft_delete s WHERE s.relation = $1", arguments,
			 [&view, &live, context](const Row &row)
			 {
				 view = row.null(1) ? nullptr : MemoryContextStrdup(context, row.text(1));
				 live = MemoryContextStrdup(context, row.text(2));
			 });
	texts(
		"SELECT c.oid::regclass::text FROM dbeng.soft_delete s, unnest(s.indexes) n JOIN pg_class c ON c.relname = n JOIN pg_index i ON i.indexrelid = c.oid"
		" WHERE s.relation = $1 AND i.indrelid = $1",
		arguments, *indexes);
	texts(
		"SELECT quote_ident(a.attname) FROM dbeng.soft_delete s, unnest(s.added_columns) n JOIN pg_attribute a ON a.attname = n"
		" WHERE s.relation = $1 AND a.attrelid = $1 AND NOT a.attisdropped",
		arguments, *added);
	identity.restore();
	if (live == nullptr)
		ereport(
			ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("%s does not keep its deleted rows", table),
			errdetail("dbeng.enable_soft_delete() was not called for it."),
			errhint(
				"SELECT tgrelid::regclass FROM pg_trigger WHERE tgfoid = 'dbeng._soft_delete_row()'::regprocedure;"));
	refuse_counted(relation);
	SoftTable soft = soft_table(relation);
	if (soft.keeps())
	{
		const char *deleted = format("%s IS NOT NULL", column_name(relation, soft.deleted_at));
		int64 rows = 0;
		identity = past_own_policies();
		each_row(format("SELECT count(*) FROM %s WHERE %s", table, deleted),
				 [&rows](const Row &row) { rows = row.integer(1); });
		if (rows > 0 && !told)
			ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s has deleted rows", table),
					errdetail("%lld of them: they come alive, or go for good.", static_cast<long long>(rows)),
					errhint("Say keep_deleted => true, or false."));
		if (rows > 0 && !keep_deleted)
		{
			int level = NewGUCNestLevel();
			pin_setting("dbeng.hard_delete", "on");
			execute(format("DELETE FROM %s WHERE %s", table, deleted));
			AtEOXact_GUC(true, level);
		}
		identity.restore();
	}
	if (view != nullptr)
		execute(format("DROP VIEW %s", view));
	ListCell *cell;
	foreach (cell, find_all_inheritors(relation, AccessExclusiveLock, nullptr))
		drop_trigger(lfirst_oid(cell), truncate_trigger);
	for (const char *name : {row_trigger, delete_trigger, after_trigger})
		drop_trigger(relation, name);
	see_own_changes();
	unguard_around(relation);
	for (const char *index : *indexes)
		execute(format("DROP INDEX %s", index));
	make_whole(relation, live);
	for (const char *column : *added)
		execute(format("ALTER TABLE %s DROP COLUMN %s", table, column));
	tell_who_goes_on(relation);
	identity = act_as_owner();
	execute("DELETE FROM dbeng.soft_delete s WHERE s.relation = $1", arguments);
	execute("DELETE FROM dbeng.deletion d WHERE d.relation = $1", arguments);
	identity.restore();
}

static Oid
relation_argument(FunctionCallInfo fcinfo, const char *function)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("relation must not be NULL"),
				errdetail("%s() takes a table.", function), errhint("SELECT %s('a_schema.a_table');", function));
	PreventCommandDuringRecovery(function);
	PreventCommandIfReadOnly(function);
	return PG_GETARG_OID(0);
}

} // namespace dbeng

SQL_FUNCTION(dbeng_enable_soft_delete)
{
	using namespace dbeng;
	Oid relation = relation_argument(fcinfo, "dbeng.enable_soft_delete");
	Request request = {PG_ARGISNULL(1) ? "deleted_at" : pstrdup(NameStr(*PG_GETARG_NAME(1))),
					   PG_ARGISNULL(2) ? nullptr : pstrdup(NameStr(*PG_GETARG_NAME(2))),
					   PG_ARGISNULL(3) || PG_GETARG_BOOL(3),
					   !PG_ARGISNULL(4),
					   !PG_ARGISNULL(4) && PG_GETARG_BOOL(4),
					   !PG_ARGISNULL(5) && PG_GETARG_BOOL(5)};
	seeing_own_changes([relation, &request] { enable(relation, request); });
	PG_RETURN_VOID();
}

SQL_FUNCTION(dbeng_disable_soft_delete)
{
	using namespace dbeng;
	Oid relation = relation_argument(fcinfo, "dbeng.disable_soft_delete");
	bool told = !PG_ARGISNULL(1);
	bool keep = told && PG_GETARG_BOOL(1);
	seeing_own_changes([relation, told, keep] { disable(relation, told, keep); });
	PG_RETURN_VOID();
}
