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
	Argument arguments[] = {{INT2OID, Int16GetDatum(static_cast<int16>(family)), false},
							{TIMESTAMPTZOID, TimestampTzGetDatum(history.to()), false},
							{TIMESTAMPTZOID, TimestampTzGetDatum(history.from()), false}};
	each_row_batched(
		"SELECT series_id, kind, valid_to IS NOT NULL, object, table_object, key, schema_name, name FROM dbeng.series"
		" WHERE family = $1 AND valid_from <= $2 AND coalesce(valid_to >= $3, true) ORDER BY series_id, valid_from",
		arguments,
		[&](const Row &row)
		{
			auto series = static_cast<int32>(row.integer(1));
			NamedSeries entry = {series,
								 row.text(2)[0],
								 row.flag(3),
								 static_cast<Oid>(row.integer(4)),
								 static_cast<Oid>(row.integer(5)),
								 row.integer(6),
								 nullptr,
								 arena.copy(row.text(8))};
			if (!row.null(7))
			{
				/* Many series share few schemas. */
				const char *name = row.text(7);
				if (schema == nullptr || strcmp(schema, name) != 0)
					schema = arena.copy(name);
				entry.schema = schema;
			}
			if (!found->empty() && found->back().series == series)
				found->back() = entry;
			else
				found->push_back(entry);
		});
	return {found->data(), found->size()};
}

} // namespace dbeng
