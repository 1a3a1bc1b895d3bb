/*
 * soft_delete_view.cpp: the view of live rows, which has the columns that its
 * table has: it is made anew where dbeng adds one or takes one away.
 */
#include "core/extension.hpp"
#include "core/query.hpp"
#include "core/text.hpp"
#include "row/soft_delete.hpp"

namespace dbeng {

static void
create(const char *how, const char *view, const char *columns, Oid relation, AttrNumber deleted_at)
{
	execute(format("%s %s WITH (security_invoker = true) AS SELECT %s FROM %s WHERE %s IS NULL", how, view, columns,
				   qualified(relation), column_name(relation, deleted_at)));
}

/* GRANT … ON %s TO …, as they are. */
static void
grants_on(Oid relation, Vector<const char *> &grants)
{
	MemoryContext context = CurrentMemoryContext;
	Argument arguments[] = {{OIDOID, ObjectIdGetDatum(relation), false}};
	each_row(
		"SELECT format('GRANT %s%s ON %%s TO %s%s', a.privilege_type, a.columns, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,"
		"  CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)"
		" FROM (SELECT x.*, c.relowner, '' AS columns FROM pg_class c, aclexplode(c.relacl) x WHERE c.oid = $1 UNION ALL"
		"  SELECT x.*, c.relowner, format(' (%I)', t.attname) FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) x WHERE c.oid = $1 AND c.relkind = 'v' AND NOT t.attisdropped) a"
		" WHERE a.grantee <> a.relowner AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')",
		arguments, [&grants, context](const Row &row) { grants.push_back(MemoryContextStrdup(context, row.text(1))); });
}

/* Gives a new view what another relation has; its owner is the table's. */
static void
hand_over(Oid relation, const char *view, const char *comment, const Vector<const char *> &grants)
{
	if (comment != nullptr)
		execute(format("COMMENT ON VIEW %s IS %s", view, literal(comment)));
	for (const char *grant : grants)
		execute(format(grant, view));
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relation);
	Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	if (owner != GetUserId())
		execute(format("ALTER VIEW %s OWNER TO %s", view, quoted(GetUserNameFromId(owner, false))));
}

void
make_live_view(Oid relation, const char *name, const SoftTable &table)
{
	StringInfoData columns;
	initStringInfo(&columns);
	Relation opened = table_open(relation, NoLock);
	for (int i = 0; i < RelationGetDescr(opened)->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(opened), i);
		if (column->attisdropped || column->attnum == table.deleted_at || column->attnum == table.deletion_id)
			continue;
		appendStringInfo(&columns, "%s%s", columns.len == 0 ? "" : ", ", quoted(NameStr(column->attname)));
	}
	table_close(opened, NoLock);
	const char *view = quoted(get_namespace_name(get_rel_namespace(relation)), name);
	create("CREATE VIEW", view, columns.data, relation, table.deleted_at);
	Local<Vector<const char *>> grants;
	grants_on(relation, *grants);
	hand_over(relation, view, format("the rows of %s that are not deleted", qualified(relation)), *grants);
}

/* InvalidOid: none that is known of. */
static Oid
view_of(Oid relation)
{
	Oid view = InvalidOid;
	Argument arguments[] = {{OIDOID, ObjectIdGetDatum(relation), false}};
	Identity identity = act_as_owner();
	each_row("SELECT c.oid FROM dbeng.soft_delete s JOIN pg_class c ON c.oid = s.view WHERE s.relation = $1", arguments,
			 [&view](const Row &row) { view = static_cast<Oid>(row.integer(1)); });
	identity.restore();
	return view;
}

namespace {
struct ViewColumns
{
	const char *list = ""; /* all that stay, under the names they have in the view */
	bool ours = true;	   /* it shows columns, each of them once */
	bool has_dropped = false;
};
} // namespace

static ViewColumns
columns_of(Oid view, Oid relation, const SoftTable &table, const char *dropped)
{
	ViewColumns columns;
	StringInfoData list;
	initStringInfo(&list);
	Argument arguments[] = {{OIDOID, ObjectIdGetDatum(relation), false},
							{OIDOID, ObjectIdGetDatum(view), false},
							Argument::integer(table.deleted_at),
							Argument::text(dropped)};
	each_row(
		"SELECT quote_ident(a.attname) || CASE WHEN v.attname <> a.attname THEN ' AS ' || quote_ident(v.attname) ELSE '' END, coalesce(a.attname = $4, false)"
		" FROM (SELECT d.refobjsubid AS number, row_number() OVER (ORDER BY d.refobjsubid) AS n FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid"
		"   WHERE r.ev_class = $2 AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1 AND d.refobjsubid > 0 AND d.refobjsubid <> $3 GROUP BY d.refobjsubid) t"
		"  JOIN pg_attribute a ON a.attrelid = $1 AND a.attnum = t.number"
		"  FULL JOIN (SELECT attname, row_number() OVER (ORDER BY attnum) AS n FROM pg_attribute WHERE attrelid = $2 AND attnum > 0 AND NOT attisdropped) v ON v.n = t.n"
		" ORDER BY t.n",
		arguments,
		[&list, &columns](const Row &row)
		{
			if (row.null(1))
				columns.ours = false;
			else if (row.flag(2))
				columns.has_dropped = true;
			else
				appendStringInfo(&list, "%s%s", list.len == 0 ? "" : ", ", row.text(1));
		});
	columns.list = list.data;
	return columns;
}

void
add_columns_to_view(Oid relation)
{
	SoftTable table = soft_table(relation);
	Oid view = view_of(relation);
	if (!OidIsValid(view) || !table.keeps())
		return;
	ViewColumns columns = columns_of(view, relation, table, nullptr);
	StringInfoData added;
	initStringInfo(&added);
	Argument arguments[] = {{OIDOID, ObjectIdGetDatum(relation), false},
							{OIDOID, ObjectIdGetDatum(view), false},
							Argument::integer(table.deletion_id)};
	each_row(
		"SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attnum <> $3"
		" AND NOT EXISTS (SELECT FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid"
		"  WHERE r.ev_class = $2 AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1 AND d.refobjsubid = a.attnum) ORDER BY a.attnum",
		arguments, [&added](const Row &row) { appendStringInfo(&added, ", %s", row.text(1)); });
	if (columns.ours && added.len > 0)
		create("CREATE OR REPLACE VIEW", qualified(view), format("%s%s", columns.list, added.data), relation,
			   table.deleted_at);
}

/* A view without a column that is about to be dropped. */
static void
take_column_from_view(Oid relation, const char *dropped)
{
	SoftTable table = soft_table(relation);
	Oid view = view_of(relation);
	if (!OidIsValid(view) || !table.keeps())
		return;
	ViewColumns columns = columns_of(view, relation, table, dropped);
	if (!columns.ours || !columns.has_dropped)
		return;
	const char *name = qualified(view);
	Local<Vector<const char *>> grants;
	grants_on(view, *grants);
	const char *comment = nullptr;
	MemoryContext context = CurrentMemoryContext;
	Argument arguments[] = {{OIDOID, ObjectIdGetDatum(view), false}};
	each_row("SELECT obj_description($1, 'pg_class')", arguments,
			 [&comment, context](const Row &row)
			 { comment = row.null(1) ? nullptr : MemoryContextStrdup(context, row.text(1)); });
	Oid schema = get_rel_namespace(view);
	const char *bare = pstrdup(get_rel_name(view));
	execute(format("DROP VIEW %s", name));
	create("CREATE VIEW", name, columns.list, relation, table.deleted_at);
	hand_over(relation, name, comment, *grants);
	see_own_changes();
	Argument now[] = {{REGCLASSOID, ObjectIdGetDatum(relation), false},
					  {REGCLASSOID, ObjectIdGetDatum(get_relname_relid(bare, schema)), false}};
	Identity identity = act_as_owner();
	execute("UPDATE dbeng.soft_delete s SET view = $2 WHERE s.relation = $1", now);
	identity.restore();
}

} // namespace dbeng

SQL_FUNCTION(dbeng_follow_columns)
{
	using namespace dbeng;
	Oid relation = PG_GETARG_OID(0);
	if (PG_ARGISNULL(1))
		seeing_own_changes([relation] { add_columns_to_view(relation); });
	else
		seeing_own_changes([relation, dropped = NameStr(*PG_GETARG_NAME(1))]
						   { take_column_from_view(relation, dropped); });
	PG_RETURN_VOID();
}
