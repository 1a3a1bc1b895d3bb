/*
 * naming.cpp: gives series their numbers and writes dbeng.series.
 */
#include "core/text.hpp"
#include "snapshot/recorded.hpp"

namespace dbeng {

/* Notes series in dbeng.series, a thousand at a time. */
void
note_series(const Vector<NewSeries> &series, TimestampTz now)
{
	auto array = [](auto each, std::size_t from, std::size_t to, Oid type, int length, bool by_value, char align)
	{
		Local<Vector<Datum>> values;
		Local<Vector<char>> unused;
		auto count = static_cast<int>(to - from);
		auto *nulls = static_cast<bool *>(palloc0(static_cast<std::size_t>(count) * sizeof(bool)));
		for (std::size_t i = from; i < to; i++)
			values->push_back(each(i, nulls[i - from]));
		int lower = 1;
		return PointerGetDatum(
			construct_md_array(values->data(), nulls, 1, &count, &lower, type, length, by_value, align));
	};
	constexpr std::size_t batch = 1000;
	for (std::size_t from = 0; from < series.size(); from += batch)
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "dbeng series", ALLOCSET_DEFAULT_SIZES);
		MemoryContext caller = MemoryContextSwitchTo(context);
		std::size_t to = std::min(series.size(), from + batch);
		Argument arguments[] = {
			{INT2ARRAYOID,
			 array([&](std::size_t i, bool &) { return Int16GetDatum(static_cast<int16>(series[i].family)); }, from, to,
				   INT2OID, 2, true, TYPALIGN_SHORT),
			 false},
			{INT4ARRAYOID,
			 array([&](std::size_t i, bool &) { return Int32GetDatum(series[i].series); }, from, to, INT4OID, 4, true,
				   TYPALIGN_INT),
			 false},
			{CHARARRAYOID,
			 array([&](std::size_t i, bool &) { return CharGetDatum(series[i].kind); }, from, to, CHAROID, 1, true,
				   TYPALIGN_CHAR),
			 false},
			{OIDARRAYOID,
			 array([&](std::size_t i, bool &) { return ObjectIdGetDatum(series[i].object); }, from, to, OIDOID, 4, true,
				   TYPALIGN_INT),
			 false},
			{INT8ARRAYOID,
			 array([&](std::size_t i, bool &) { return Int64GetDatum(series[i].key); }, from, to, INT8OID, 8,
				   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE),
			 false},
			{OIDARRAYOID,
			 array([&](std::size_t i, bool &) { return ObjectIdGetDatum(series[i].table); }, from, to, OIDOID, 4, true,
				   TYPALIGN_INT),
			 false},
			{TEXTARRAYOID,
			 array(
				 [&](std::size_t i, bool &null)
				 {
					 null = series[i].schema == nullptr;
					 return null ? Datum{0} : CStringGetTextDatum(series[i].schema);
				 },
				 from, to, TEXTOID, -1, false, TYPALIGN_INT),
			 false},
			{TEXTARRAYOID,
			 array([&](std::size_t i, bool &) { return CStringGetTextDatum(series[i].name); }, from, to, TEXTOID, -1,
				   false, TYPALIGN_INT),
			 false},
			{TIMESTAMPTZOID, TimestampTzGetDatum(now), false}};
		/* One that had another name or another object until now ends with it. */
		execute("UPDATE dbeng.series s SET valid_to = $9 FROM unnest($1, $2) n (family, series_id)"
				" WHERE s.family = n.family AND s.series_id = n.series_id AND s.valid_to IS NULL AND s.valid_from < $9",
				arguments);
		execute(
			"INSERT INTO dbeng.series (family, series_id, kind, object, key, table_object, schema_name, name, valid_from)"
			" SELECT f, s, k, o, q, t, n, m, $9 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) u (f, s, k, o, q, t, n, m)"
			" ON CONFLICT (family, series_id, valid_from) DO UPDATE SET object = excluded.object,"
			" table_object = excluded.table_object, schema_name = excluded.schema_name, name = excluded.name",
			arguments);
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(context);
	}
}

/* 1,2,3 */
static const char *
number_list(const Vector<int32> &numbers)
{
	StringInfoData list;
	initStringInfo(&list);
	for (int32 number : numbers)
		appendStringInfo(&list, "%s%d", list.len == 0 ? "" : ",", number);
	return list.data;
}

/* Those that are no more. */
void
end_series(Family family, const Vector<int32> &series, TimestampTz now)
{
	if (series.empty())
		return;
	Argument arguments[] = {{INT2OID, Int16GetDatum(static_cast<int16>(family)), false}, Argument::time(now)};
	execute(format("UPDATE dbeng.series SET valid_to = $2 WHERE family = $1 AND valid_to IS NULL"
				   " AND series_id = ANY ('{%s}'::int[])",
				   number_list(series)),
			arguments);
}

/* Those that are back. */
static void
reopen_series(Family family, const Vector<int32> &series)
{
	if (series.empty())
		return;
	Argument arguments[] = {{INT2OID, Int16GetDatum(static_cast<int16>(family)), false}};
	execute(format("UPDATE dbeng.series SET valid_to = NULL WHERE family = $1 AND valid_to IS NOT NULL"
				   " AND series_id = ANY ('{%s}'::int[])",
				   number_list(series)),
			arguments);
}

void
note_relations(Recorder &state, const Vector<RelationName> &names, Vector<NewSeries> &noted)
{
	for (const RelationName &name : names)
	{
		StoredRelation &relation = *state.relations->find(name.oid);
		if (relation.series < 0)
			relation.series = ++state.last_series[static_cast<int>(Family::relation)];
		noted.push_back(NewSeries{Family::relation, relation.series, relation.kind, relation.oid, 0, relation.table,
								  name.schema, name.name});
	}
}

/* Series that have a name of their own: by it, also after a time without. */
void
note_named(Recorder &state, Look &look, const SeriesNames &names, Vector<NewSeries> &noted)
{
	auto family = static_cast<int>(look.family());
	for (Known &known : look.known())
	{
		if (known.series >= 0)
			continue;
		const char *name = "?";
		for (const SeriesName &entry : names)
			if (entry.key == known.key)
				name = entry.name;
		auto key = static_cast<int64>(known.key.a);
		Argument arguments[] = {{INT2OID, Int16GetDatum(static_cast<int16>(family)), false}, Argument::bigint(key)};
		each_row("SELECT series_id FROM dbeng.series WHERE family = $1 AND key = $2 AND object = 0", arguments,
				 [&known](const Row &row) { known.series = static_cast<int32>(row.integer(1)); });
		if (known.series >= 0)
			continue;
		known.series = ++state.last_series[family];
		noted.push_back(NewSeries{look.family(), known.series, 'n', InvalidOid, key, InvalidOid, nullptr, name});
	}
}

/* The database of a copy's tables goes on as this one, others go on by their names. 0: it is new. */
static int32
copied_database(const Recorder &state, Oid oid, const char *name)
{
	int32 series = 0;
	Argument arguments[] = {{OIDOID, ObjectIdGetDatum(state.origin), false},
							Argument::text(oid == MyDatabaseId ? nullptr : name)};
	each_row("SELECT series_id FROM dbeng.series WHERE family = 4 AND valid_to IS NULL"
			 " AND CASE WHEN $2 IS NULL THEN object = $1 ELSE object <> $1 AND name = $2 END",
			 arguments, [&series](const Row &row) { series = static_cast<int32>(row.integer(1)); });
	return series;
}

void
note_databases(Recorder &state, Look &look, Vector<NewSeries> &noted)
{
	for (Known &known : look.known())
	{
		if (known.series >= 0)
			continue;
		auto oid = static_cast<Oid>(known.key.a);
		const char *name = get_database_name(oid);
		if (name == nullptr)
		{
			known.series = 0;
			continue;
		}
		known.series = state.copied ? copied_database(state, oid, name) : 0;
		if (known.series == 0)
			known.series = ++state.last_series[static_cast<int>(Family::database)];
		noted.push_back(NewSeries{Family::database, known.series, 'd', oid, 0, InvalidOid, nullptr, name});
	}
}

/* Databases that are called otherwise now. */
void
note_renamed_databases(Vector<NewSeries> &noted)
{
	each_row("SELECT s.series_id, d.oid, d.datname FROM dbeng.series s JOIN pg_database d ON d.oid = s.object"
			 " WHERE s.family = 4 AND s.valid_to IS NULL AND s.name <> d.datname",
			 [&noted](const Row &row)
			 {
				 noted.push_back(NewSeries{Family::database, static_cast<int32>(row.integer(1)), 'd',
										   static_cast<Oid>(row.integer(2)), 0, InvalidOid, nullptr,
										   pstrdup(row.text(3))});
			 });
}

/* Statements that were seen before, pushed out of pg_stat_statements and are back have their number still. */
void
note_statements(Recorder &state, Look &look, std::size_t unknown, Vector<NewSeries> &noted)
{
	if (unknown == 0)
		return;
	struct Numbered
	{
		Key key;
		int32 series;
		bool ended;
	};
	Local<Vector<Numbered>> numbered;
	auto add = [&numbered](const Row &row)
	{
		numbered->push_back(
			Numbered{key_of_statement(row.integer(2), static_cast<Oid>(row.integer(3)), row.text(4)[0] == 't'),
					 static_cast<int32>(row.integer(1)), row.flag(5)});
	};
	if (unknown > 100)
		each_row("SELECT series_id, key, object, kind, valid_to IS NOT NULL FROM dbeng.series WHERE family = 3", add);
	else
		for (const Known &known : look.known())
			if (known.series < 0)
			{
				Argument arguments[] = {Argument::bigint(static_cast<int64>(known.key.a)),
										{OIDOID, ObjectIdGetDatum(static_cast<Oid>(known.key.b >> 1)), false}};
				each_row("SELECT series_id, key, object, kind, valid_to IS NOT NULL FROM dbeng.series"
						 " WHERE family = 3 AND key = $1 AND object = $2",
						 arguments, add);
			}
	std::sort(numbered->begin(), numbered->end(), [](const Numbered &a, const Numbered &b) { return a.key < b.key; });
	Local<Vector<int32>> back;
	for (Known &known : look.known())
	{
		if (known.series >= 0)
			continue;
		auto at = std::lower_bound(numbered->begin(), numbered->end(), known.key,
								   [](const Numbered &entry, Key wanted) { return entry.key < wanted; });
		if (at != numbered->end() && at->key == known.key)
		{
			known.series = at->series;
			if (at->ended)
				back->push_back(at->series);
			continue;
		}
		known.series = ++state.last_series[static_cast<int>(Family::statement)];
		noted.push_back(NewSeries{Family::statement, known.series, (known.key.b & 1) != 0 ? 't' : 'n',
								  static_cast<Oid>(known.key.b >> 1), static_cast<int64>(known.key.a), InvalidOid,
								  nullptr, ""});
	}
	reopen_series(Family::statement, *back);
}

} // namespace dbeng
