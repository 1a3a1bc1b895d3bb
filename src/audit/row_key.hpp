/*
 * row_key.hpp: the key of a row, whatever the table looked like when it was logged.
 *
 * Keys are compared as texts: they stay the same when a column is renamed, gets
 * a wider type, or the database is restored elsewhere.
 */
#pragma once

#include "audit/present_table.hpp"
#include "audit/rendering.hpp"

namespace dbeng {

/* The texts of the columns of a key, in their order; of a table without a key, of all columns. */
using RowKey = std::span<const char *const>;

/* Are they the same? A NULL is equal to a NULL. */
bool same_text(const char *a, const char *b);
bool same_key(RowKey a, RowKey b);

/* Of what is in these values of a row of that shape; false: a column of it is not. In CurrentMemoryContext. */
bool key_of(PresentTable &table, Renderer &renderer, const TableShape &shape, std::span<const KeptValue> values,
			std::span<const int> columns, const char **key);

/* The key of an update's row afterwards: what it did not change is as before. */
bool key_after(PresentTable &table, Renderer &renderer, const RowChange &change, std::span<const int> columns,
			   const char **key);

/* Of a row of today, whose columns text(i) writes. In CurrentMemoryContext. */
template <class Text>
RowKey present_key(const PresentTable &table, Text text);

/* A text that is the same for values that the type takes for the same, as far as is known of it. */
const char *comparable(Oid type, const char *text);

RowKey copied(RowKey key);

/* The number by which keys are found, of a table. */
uint64 key_hash(int32 table_id, RowKey key);

/* Bytes that are the same for the same keys only. */
std::string_view key_bytes(RowKey key);

/*
 * What a caller asks for: {"id": 7}, or 7 where the key is one column. Of a table without a key any of its columns; which
 * they are is put into columns. Raises for anything else.
 */
RowKey asked_key(PresentTable &table, const Jsonb *key, Vector<int> &columns);

/* The key as JSON. */
const char *key_json(PresentTable &table, Renderer &renderer, std::span<const int> columns, RowKey key);

template <class Text>
RowKey
present_key(const PresentTable &table, Text text)
{
	auto *key = static_cast<const char **>(palloc((table.key().size() + 1) * sizeof(char *)));
	for (std::size_t i = 0; i < table.key().size(); i++)
	{
		int column = table.key()[i];
		key[i] = comparable(table.columns()[static_cast<std::size_t>(column)].type, text(column));
	}
	return {key, table.key().size()};
}

} // namespace dbeng
