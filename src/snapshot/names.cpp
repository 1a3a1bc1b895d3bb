#include "snapshot/names.hpp"

namespace dbeng {

bool
is_system_schema(const char *schema)
{
	return schema == nullptr || strncmp(schema, "pg_", 3) == 0 || strcmp(schema, "information_schema") == 0 ||
		   strcmp(schema, "dbeng") == 0;
}

std::span<const NamedSeries>
named_series(const History &history, Family family)
{
	Local<Vector<NamedSeries>> found;
	Arena arena(CurrentMemoryContext);
	const char *schema = nullptr;
	Argument arguments[] = {{INT2OID, Int16GetDatum(static_cast<int16>(family)), false}};
	each_row_batched(
		"SELECT series_id, kind, valid_from, valid_to, object, table_object, key, schema_name, name FROM dbeng.series"
		" WHERE family = $1 ORDER BY series_id, valid_from",
		arguments,
		[&](const Row &row)
		{
			auto series = static_cast<int32>(row.integer(1));
			TimestampTz since = row.time(3);
			TimestampTz until = row.null(4) ? DT_NOEND : row.time(4);
			auto object = static_cast<Oid>(row.integer(5));
			bool known = !found->empty() && found->back().series == series;
			/* What comes after the range tells only what became of it. */
			if (since > history.to())
			{
				if (known && row.null(4))
				{
					found->back().dropped = false;
					found->back().object_now = object;
				}
				return;
			}
			if (until < history.from())
				return;
			NamedSeries entry = {.series = series,
								 .kind = row.text(2)[0],
								 .dropped = !row.null(4),
								 .object = object,
								 .object_now = row.null(4) ? object : InvalidOid,
								 .table = static_cast<Oid>(row.integer(6)),
								 .since = since,
								 .until = until,
								 .key = row.integer(7),
								 .schema = nullptr,
								 .name = arena.copy(row.text(9))};
			if (!row.null(8))
			{
				/* Many series share few schemas. */
				const char *name = row.text(8);
				if (schema == nullptr || strcmp(schema, name) != 0)
					schema = arena.copy(name);
				entry.schema = schema;
			}
			if (known)
			{
				/* Called otherwise, it is the same still. */
				if (found->back().object == object)
					entry.since = found->back().since;
				found->back() = entry;
			}
			else
				found->push_back(entry);
		});
	return {found->data(), found->size()};
}

} // namespace dbeng
