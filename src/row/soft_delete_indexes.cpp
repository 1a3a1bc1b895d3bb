/*
 * soft_delete_indexes.cpp: see soft_delete_indexes.hpp. An index of live rows
 * is the index it was with one condition more: what it was is read from it as
 * it is then, whatever has been renamed since.
 */
#include "row/soft_delete_indexes.hpp"

#include "core/query.hpp"
#include "core/text.hpp"
#include "row/soft_delete.hpp"

namespace dbeng {

/* An index r and its parts i, as both queries below give them; what is asked of each of them in the end is theirs. */
static constexpr const char *index_columns =
	"c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname), quote_ident(n.nspname) || '.' || quote_ident(b.relname), m.parent, pg_get_indexdef(i.indexrelid), pg_get_expr(i.indpred, i.indrelid),"
	/* As of a constraint, which has no expressions, orders or operator classes. */
	" format('UNIQUE%s (%s)%s%s', CASE WHEN i.indnullsnotdistinct THEN ' NULLS NOT DISTINCT' END,"
	"  (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k) FROM generate_series(0, i.indnkeyatts - 1) k JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k]),"
	"  (SELECT ' INCLUDE (' || string_agg(quote_ident(a.attname), ', ' ORDER BY k) || ')' FROM generate_series(i.indnkeyatts, i.indnatts - 1) k JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k]),"
	"  (SELECT ' WITH (' || string_agg(format('%s=%L', split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)), ', ') || ')' FROM unnest(c.reloptions) o)),"
	" obj_description(i.indexrelid, 'pg_class'), t.spcname,"
	" (SELECT string_agg(format('ALTER COLUMN %s SET STATISTICS %s', attnum, attstattarget), ', ') FROM pg_attribute WHERE attrelid = i.indexrelid AND attstattarget >= 0),"
	" i.indisunique";
static constexpr const char *index_parts =
	" LATERAL (SELECT r.indexrelid AS oid, 0 AS level, NULL AS parent UNION ALL SELECT relid, level, parentrelid::text FROM pg_partition_tree(r.indexrelid) WHERE level > 0) m"
	" JOIN pg_index i ON i.indexrelid = m.oid JOIN pg_class c ON c.oid = m.oid JOIN pg_class b ON b.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
	" LEFT JOIN pg_tablespace t ON t.oid = c.reltablespace";

/* Asks for them, and for five more columns: condition, constraint or not and its comment, clustered, why it is not for us. */
template <class Refuse>
static void
each_live_index(const char *more, std::span<const Argument> arguments, Vector<LiveIndex> &indexes, Refuse refuse)
{
	MemoryContext context = CurrentMemoryContext;
	each_row(format("SELECT %s, %s", index_columns, more), arguments,
			 [&indexes, context, refuse](const Row &row)
			 {
				 if (!row.null(16))
				 {
					 refuse(row);
					 return;
				 }
				 auto text = [context, &row](int column)
				 { return row.null(column) ? nullptr : MemoryContextStrdup(context, row.text(column)); };
				 indexes.push_back(LiveIndex{text(1), text(2), text(3), text(4), text(5), text(6), text(12),
											 row.flag(13) ? text(7) : nullptr, text(8), text(14), text(9), text(10),
											 row.flag(15)});
			 });
}

void
find_live_indexes(Oid relation, const char *column, bool unique, bool others, Vector<LiveIndex> &indexes)
{
	Argument arguments[] = {Argument::oid(relation), Argument::text(column), Argument::text(number_column),
							Argument::integer(unique), Argument::integer(others)};
	each_live_index(
		format(
			"pg_get_expr(i.indpred, i.indrelid), k.oid IS NOT NULL, CASE WHEN m.level = 0 THEN obj_description(k.oid, 'pg_constraint') END, i.indisclustered, reason"
			" FROM pg_index r JOIN pg_class o ON o.oid = r.indexrelid LEFT JOIN pg_constraint k ON k.conindid = r.indexrelid AND k.contype = 'u',"
			/* Begins with the columns of a foreign key, in whatever order, or has nothing else. */
			"  LATERAL (SELECT string_agg(f.conname, ', ' ORDER BY f.conname) FROM pg_constraint f"
			"   WHERE f.conrelid = r.indrelid AND f.contype = 'f' AND f.conkey @> ((r.indkey::int2[])[0:least(r.indnkeyatts, cardinality(f.conkey)) - 1])"
			"    AND (r.indpred IS NULL OR pg_get_expr(r.indpred, r.indrelid) ~ '^\\([^ ]+ IS NOT NULL\\)$')) s(keys),"
			"  LATERAL (SELECT array_agg(attnum) FROM pg_attribute WHERE attrelid = $1 AND attname IN ($2, $3) AND NOT attisdropped) ours(columns),"
			"  LATERAL (SELECT bool_or(p.indisreplident) AS identity, bool_or(p.indisclustered) AS clustered,"
			"    (SELECT string_agg(format('%%s of %%s', f.conname, f.conrelid::regclass), ', ') FROM pg_constraint f WHERE f.conindid = ANY (array_agg(p.indexrelid)) AND f.contype = 'f' AND f.conparentid = 0) AS keys"
			"   FROM pg_index p WHERE p.indexrelid = r.indexrelid OR p.indexrelid IN (SELECT relid FROM pg_partition_tree(r.indexrelid))) p,"
			"  LATERAL (SELECT CASE WHEN k.condeferrable THEN 'Its constraint can be deferred, an index of live rows cannot.'"
			"   WHEN p.identity THEN 'It is the replica identity.'"
			"   WHEN p.keys IS NOT NULL THEN 'Foreign keys refer to it: ' || p.keys"
			"   WHEN r.indisunique THEN NULL"
			"   WHEN p.clustered THEN 'The table is clustered by it.'"
			"   WHEN col_description($1, r.indkey[0]) ~ '^dbeng.enable_full_text' THEN 'dbeng.search() looks for all rows by it.'"
			"   WHEN EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = $1 AND g.tgfoid = 'dbeng._keep_path()'::regprocedure"
			"    AND (dbeng._trigger_arguments(g.tgargs))[3] = (SELECT attname FROM pg_attribute WHERE attrelid = $1 AND attnum = r.indkey[0])) THEN 'Paths are kept by it.'"
			"   WHEN s.keys IS NOT NULL THEN 'By it the server finds the rows of a parent that is deleted for good, as foreign keys say: ' || s.keys END) w(reason),"
			"%s"
			" WHERE r.indrelid = $1 AND NOT r.indisprimary AND r.indisvalid AND CASE WHEN r.indisunique THEN $4 ELSE $5 END <> 0 AND (reason IS NULL OR m.level = 0)"
			"  AND NOT EXISTS (SELECT FROM pg_constraint x WHERE x.conindid = r.indexrelid AND x.contype = 'x')"
			/* One whose condition speaks of deleted rows is what somebody wants it to be. */
			"  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = r.indexrelid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1"
			"   AND d.refobjsubid = ANY (ours.columns) AND NOT (r.indisunique AND d.refobjsubid = ANY (r.indkey)))"
			" ORDER BY o.relname, m.level, c.relname",
			index_parts),
		arguments, indexes,
		[](const Row &row)
		{
			ereport(NOTICE,
					row.flag(11) ? errmsg("unique index %s holds among deleted rows, too", row.text(1))
								 : errmsg("index %s stays one of all rows", row.text(1)),
					errdetail("%s", row.text(16)));
		});
}

/* CREATE INDEX … TABLESPACE … WHERE …, with a condition or without; without parts, if it is partitioned. */
static const char *
creation(const LiveIndex &index, const char *condition)
{
	std::size_t length = strlen(index.index);
	/* The server writes it last. */
	if (index.predicate != nullptr)
		length -= strlen(index.predicate) + strlen(" WHERE ");
	const char *tablespace = index.tablespace == nullptr ? "" : format(" TABLESPACE %s", quoted(index.tablespace));
	return format("%.*s%s%s%s", static_cast<int>(length), index.index, tablespace,
				  condition == nullptr ? "" : " WHERE ", condition == nullptr ? "" : condition);
}

static void
append_json(StringInfo json, const char *name, const char *value)
{
	appendStringInfoString(json, json->data[json->len - 1] == '{' ? "" : ", ");
	escape_json(json, name);
	appendStringInfoString(json, ": ");
	if (value == nullptr)
		appendStringInfoString(json, "null");
	else
		escape_json(json, value);
}

/* What goes with an index that is new. */
static void
finish_index(const LiveIndex &index)
{
	if (index.comment != nullptr)
		execute(format("COMMENT ON INDEX %s IS %s", index.qualified, literal(index.comment)));
	if (index.statistics != nullptr)
		execute(format("ALTER INDEX %s %s", index.qualified, index.statistics));
	if (index.parent != nullptr)
		execute(format("ALTER INDEX %s ATTACH PARTITION %s", index.parent, index.qualified));
}

const char *
make_live(Oid relation, const char *column, const Vector<LiveIndex> &indexes)
{
	StringInfoData json;
	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	for (const LiveIndex &index : indexes)
	{
		if (index.parent == nullptr)
		{
			appendStringInfoString(&json, json.len == 1 ? "{" : ", {");
			append_json(&json, "name", index.name);
			append_json(&json, "constraint", index.constraint != nullptr ? "yes" : nullptr);
			append_json(&json, "constraint_comment", index.constraint_comment);
			append_json(&json, "clustered", index.clustered ? "yes" : nullptr);
			appendStringInfoChar(&json, '}');
			if (index.constraint != nullptr)
				execute(format("ALTER TABLE %s DROP CONSTRAINT %s", qualified(relation), quoted(index.name)));
			else
				execute(format("DROP INDEX %s", index.qualified));
		}
		const char *live = format("%s IS NULL", quoted(column));
		execute(creation(index, index.condition == nullptr ? live : format("%s AND %s", index.condition, live)));
		finish_index(index);
	}
	appendStringInfoChar(&json, ']');
	return json.data;
}

void
make_whole(Oid relation, const char *json)
{
	Local<Vector<LiveIndex>> indexes;
	Argument arguments[] = {Argument::oid(relation), Argument::text(json)};
	each_live_index(
		format(
			"'(' || substring(pg_get_expr(i.indpred, i.indrelid) FROM '^\\((.*) AND \\((?:\"(?:[^\"]|\"\")+\"|[^ \"()]+) IS NULL\\)\\)$') || ')',"
			" u->>'constraint' IS NOT NULL, CASE WHEN m.level = 0 THEN u->>'constraint_comment' END, m.level = 0 AND u->>'clustered' IS NOT NULL, CASE WHEN i.indexrelid IS NULL THEN u->>'name' END"
			" FROM jsonb_array_elements($2::jsonb) u LEFT JOIN (pg_index r JOIN pg_class o ON o.oid = r.indexrelid CROSS JOIN %s)"
			"  ON r.indrelid = $1 AND o.relname = u->>'name' AND pg_get_expr(r.indpred, r.indrelid) ~ '\\((\"([^\"]|\"\")+\"|[^ \"()]+) IS NULL\\)\\)?$'"
			" ORDER BY u->>'name', m.level, c.relname",
			index_parts),
		arguments, *indexes,
		[relation](const Row &row)
		{
			ereport(NOTICE,
					errmsg("index %s of %s is not made one of all rows again", row.text(16), qualified(relation)),
					errdetail("It was dropped, renamed or changed meanwhile."));
		});
	for (const LiveIndex &index : *indexes)
	{
		if (index.parent == nullptr)
			execute(format("DROP INDEX %s", index.qualified));
		if (index.constraint == nullptr)
			execute(creation(index, index.condition));
		else
			execute(format(
				"ALTER TABLE ONLY %s ADD CONSTRAINT %s %s%s", index.table, quoted(index.name), index.constraint,
				index.tablespace == nullptr ? "" : format(" USING INDEX TABLESPACE %s", quoted(index.tablespace))));
		finish_index(index);
		if (index.constraint_comment != nullptr)
			execute(format("COMMENT ON CONSTRAINT %s ON %s IS %s", quoted(index.name), index.table,
						   literal(index.constraint_comment)));
		if (index.clustered)
			execute(format("ALTER TABLE %s CLUSTER ON %s", index.table, quoted(index.name)));
	}
}

} // namespace dbeng
