#include "audit/chunk_digest.hpp"

#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

namespace {
struct Column
{
	const char *name;
	Oid type;
};
} // namespace

static constexpr Column columns[log_columns] = {
	{"log_id", INT8OID},		 {"changed_at", TIMESTAMPTZOID}, {"written_at", TIMESTAMPTZOID},
	{"transaction_id", XID8OID}, {"changes", INT4OID},			 {"cluster", INT4OID},
	{"changed_by", TEXTOID},	 {"db_user", TEXTOID},			 {"session_user_name", TEXTOID},
	{"ip_address", INETOID},	 {"application_name", TEXTOID},	 {"context", TEXTOID},
	{"payload", BYTEAOID}};

const char *const log_column_list =
	"log_id, changed_at, written_at, transaction_id, changes, cluster, changed_by, db_user, session_user_name, ip_address,"
	" application_name, context, payload";

void
find_log_columns(Relation relation, AttrNumber *numbers)
{
	for (std::size_t i = 0; i < log_columns; i++)
	{
		const Column &column = columns[i];
		numbers[i] = get_attnum(RelationGetRelid(relation), column.name);
		if (relation->rd_rel->relkind != RELKIND_RELATION || numbers[i] == InvalidAttrNumber ||
			TupleDescAttr(RelationGetDescr(relation), numbers[i] - 1)->atttypid != column.type)
			ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("table %s.%s is no part of an audit log any more", audit_schema,
						   RelationGetRelationName(relation)),
					errdetail("It is no table with a column %s of type %s.", column.name, format_type_be(column.type)),
					errhint("Somebody has altered it. Entries in it cannot be verified."));
	}
}

/* A text as every database would have it. */
static std::span<const char>
as_utf8(std::span<const char> text)
{
	int encoding = GetDatabaseEncoding();
	bool plain = std::none_of(text.begin(), text.end(), [](char c) { return IS_HIGHBIT_SET(c); });
	if (plain || encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return text;
	Oid function = FindDefaultConversionProc(encoding, PG_UTF8);
	if (!OidIsValid(function))
		return text;
	std::size_t room = text.size() * MAX_CONVERSION_GROWTH + 1;
	auto *converted = static_cast<unsigned char *>(MemoryContextAllocHuge(CurrentMemoryContext, room));
	auto *source = reinterpret_cast<unsigned char *>(const_cast<char *>(text.data()));
	int done = pg_do_encoding_conversion_buf(function, encoding, PG_UTF8, source, static_cast<int>(text.size()),
											 converted, static_cast<int>(std::min<std::size_t>(room, INT_MAX)), true);
	/* What cannot be converted can be restored nowhere else either. */
	if (static_cast<std::size_t>(done) != text.size())
		return text;
	auto *result = reinterpret_cast<const char *>(converted);
	return {result, strlen(result)};
}

ChunkHasher::ChunkHasher()
{
	if (!OidIsValid(audit_log().shapes))
		return;
	/*
	 * Sessions that met a shape at the same time have each recorded it. If they do not all say the same, somebody has
	 * added one, and what is read of it is left to chance: then the hash is another.
	 */
	each_row(
		format("SELECT table_id, hash, string_agg(DISTINCT shape, E'\\n' ORDER BY shape) FROM (SELECT table_id, hash,"
			   " ROW(schema_name, table_name, numbers, names, type_names, types, typmods, lengths, aligns, by_values,"
			   " codings, keys, redacted, generated, has_key, encoding)::text COLLATE \"C\" AS shape FROM %s.shapes) s"
			   " GROUP BY table_id, hash",
			   audit_schema),
		[this](const Row &row)
		{
			const char *text = row.text(3);
			std::span<const char> shape = as_utf8({text, strlen(text)});
			hash_.begin();
			hash_.add(shape.data(), shape.size());
			shapes_.emplace(std::pair(static_cast<int32>(row.integer(1)), static_cast<uint64>(row.integer(2))),
							hash_.end());
		});
}

void
ChunkHasher::add_bytes(std::span<const char> bytes)
{
	hash_.add_number(bytes.size());
	hash_.add(bytes.data(), bytes.size());
}

void
ChunkHasher::add_text(std::span<const char> text)
{
	add_bytes(as_utf8(text));
}

/* What a payload begins with (record.hpp); one that is none is as good as its bytes. */
void
ChunkHasher::add_shapes(std::span<const char> payload)
{
	std::size_t at = 0;
	auto number = [&payload, &at](uint64 &value)
	{
		value = 0;
		for (int shift = 0; shift < 64 && at < payload.size(); shift += 7)
		{
			auto next = static_cast<uint8>(payload[at++]);
			value |= static_cast<uint64>(next & 0x7F) << shift;
			if ((next & 0x80) == 0)
				return true;
		}
		return false;
	};
	uint64 count;
	if (!number(count))
		return;
	for (; count > 0; count--)
	{
		uint64 table_id;
		uint64 hash;
		if (!number(table_id) || payload.size() - at < sizeof hash)
			return;
		memcpy(&hash, payload.data() + at, sizeof hash);
		at += sizeof hash;
		auto found = shapes_.find({static_cast<int32>(table_id), hash});
		if (found == shapes_.end())
			hash_.add_number(0);
		else
			hash_.add(found->second.bytes, sizeof found->second.bytes);
	}
}

void
ChunkHasher::add_value(LogColumn column, Datum value)
{
	switch (columns[column - 1].type)
	{
		case INT4OID:
			hash_.add_number(static_cast<uint64>(int64{DatumGetInt32(value)}));
			break;
		case INETOID:
		{
			inet *address = DatumGetInetPP(value);
			hash_.add_number(ip_family(address));
			hash_.add_number(ip_bits(address));
			add_bytes(
				{reinterpret_cast<const char *>(ip_addr(address)), static_cast<std::size_t>(ip_addrsize(address))});
			break;
		}
		case TEXTOID:
		case BYTEAOID:
		{
			auto *plain = reinterpret_cast<varlena *>(PG_DETOAST_DATUM_PACKED(value));
			std::span<const char> bytes = {VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain)};
			if (column != log_payload)
				add_text(bytes);
			else
			{
				add_bytes(bytes);
				add_shapes(bytes);
			}
			break;
		}
		default:
			/* bigint, timestamptz and xid8 are eight bytes each. */
			hash_.add_number(static_cast<uint64>(DatumGetInt64(value)));
	}
}

Digest
ChunkHasher::of(const Datum *values, const bool *nulls)
{
	static constexpr char version[] = "dbeng audit 1";
	hash_.begin();
	hash_.add(version, sizeof version);
	for (std::size_t i = 0; i < log_columns; i++)
	{
		const uint8 there = nulls[i] ? 0 : 1;
		hash_.add(&there, sizeof there);
		if (there != 0)
			add_value(static_cast<LogColumn>(i + 1), values[i]);
	}
	return hash_.end();
}

} // namespace dbeng
