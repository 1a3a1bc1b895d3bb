#include "audit/record.hpp"

namespace dbeng {

[[noreturn]] static void
corrupted(const char *what)
{
	ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED), errmsg("an entry of the audit log cannot be read"),
			errdetail("Its bytes end early or say what cannot be: %s.", what),
			errhint("SELECT * FROM dbeng.verify_audit(); tells what was changed since it was written."));
	pg_unreachable();
}

namespace {
/* Takes pieces from the front of bytes; never beyond their end. */
class Taker
{
  public:
	explicit Taker(std::span<const char> &rest) : rest_(rest) {}

	std::span<const char> bytes(uint64 count, const char *what)
	{
		if (count > rest_.size())
			corrupted(what);
		std::span<const char> taken = rest_.first(count);
		rest_ = rest_.subspan(count);
		return taken;
	}

	/* Leaves them where they are. */
	std::span<const char> look(std::size_t count, const char *what) const
	{
		if (count > rest_.size())
			corrupted(what);
		return rest_.first(count);
	}

	uint8 byte(const char *what) { return static_cast<uint8>(bytes(1, what)[0]); }

	uint64 varint(const char *what)
	{
		uint64 value = 0;
		for (int shift = 0; shift < 64; shift += 7)
		{
			uint8 next = byte(what);
			value |= static_cast<uint64>(next & 0x7F) << shift;
			if ((next & 0x80) == 0)
				return value;
		}
		corrupted(what);
	}

	/* A number of things that take at least a byte each. */
	std::size_t count(const char *what)
	{
		uint64 value = varint(what);
		if (value > rest_.size())
			corrupted(what);
		return value;
	}

	std::span<const uint8> bitmap(std::size_t bits, const char *what)
	{
		std::span<const char> taken = bytes((bits + 7) / 8, what);
		return {reinterpret_cast<const uint8 *>(taken.data()), taken.size()};
	}

  private:
	std::span<const char> &rest_;
};
} // namespace

static bool
has_bit(std::span<const uint8> bitmap, std::size_t bit)
{
	return (bitmap[bit / 8] >> (bit % 8) & 1) != 0;
}

RowChangeReader::RowChangeReader(std::span<const char> payload, int64 log_id, MemoryContext context)
	: rest_(payload), last_id_(log_id), context_(context), shapes_(ContextAllocator<const TableShape *>(context)),
	  queries_(ContextAllocator<const char *>(context)), before_(ContextAllocator<KeptValue>(context)),
	  after_(ContextAllocator<KeptValue>(context))
{
	Taker taker(rest_);
	std::size_t shapes = taker.count("the number of shapes");
	for (std::size_t i = 0; i < shapes; i++)
	{
		auto table_id = static_cast<int32>(taker.varint("the table of a shape"));
		uint64 hash;
		memcpy(&hash, taker.bytes(sizeof hash, "the hash of a shape").data(), sizeof hash);
		const TableShape *shape = recorded_shape(table_id, hash);
		if (shape == nullptr)
			corrupted("the shape of its rows is not recorded");
		shapes_.push_back(shape);
	}
	std::size_t queries = taker.count("the number of queries");
	for (std::size_t i = 0; i < queries; i++)
	{
		uint64 length = taker.varint("the length of a query");
		std::span<const char> text = taker.bytes(length, "a query");
		auto *copy = static_cast<char *>(MemoryContextAlloc(context_, text.size() + 1));
		memcpy(copy, text.data(), text.size());
		copy[text.size()] = '\0';
		queries_.push_back(copy);
	}
}

bool
RowChangeReader::concerns(int32 table_id) const
{
	return std::any_of(shapes_.begin(), shapes_.end(),
					   [table_id](const TableShape *shape) { return shape->table_id == table_id; });
}

/* What of a column is in the record; present: its bits say that a value follows unless it is NULL or redacted. */
static KeptValue
take_value(Taker &taker, const ShapeColumn &column, bool null)
{
	if (column.redacted)
		return {false, null, true, {}};
	if (null)
		return {true, true, false, {}};
	uint64 length =
		column.coding == Coding::fixed ? static_cast<uint64>(column.length) : taker.varint("the length of a value");
	return {true, false, false, taker.bytes(length, "a value")};
}

/* The bytes of a varlena, without its header, which is read from anywhere. */
static std::span<const char>
take_varlena(Taker &taker)
{
	constexpr const char *what = "a value as it is stored";
	std::span<const char> first = taker.look(1, what);
	if (VARATT_IS_1B(first.data()))
	{
		std::size_t size = VARATT_IS_1B_E(first.data()) ? 0 : VARSIZE_1B(first.data());
		if (size < VARHDRSZ_SHORT)
			corrupted(what);
		return taker.bytes(size, what).subspan(VARHDRSZ_SHORT);
	}
	uint32 header;
	memcpy(&header, taker.look(sizeof header, what).data(), sizeof header);
	std::size_t size = VARATT_IS_4B_U(&header) ? VARSIZE_4B(&header) : 0;
	if (size < VARHDRSZ)
		corrupted(what);
	return taker.bytes(size, what).subspan(VARHDRSZ);
}

static void
take_stored_row(Taker &taker, const TableShape &shape, bool has_nulls, Vector<KeptValue> &values)
{
	std::size_t columns = shape.columns.size();
	std::span<const uint8> there;
	if (has_nulls)
		there = taker.bitmap(columns, "which columns are there");
	for (std::size_t i = 0; i < columns; i++)
	{
		const ShapeColumn &column = shape.columns[i];
		if (static_cast<std::size_t>(column.number) != i + 1 || column.redacted || column.coding == Coding::cstring ||
			(column.length <= 0 && column.length != -1))
			corrupted("a row as it is stored, of a table whose rows are not kept like that");
		if (has_nulls && !has_bit(there, i))
			values.push_back({true, true, false, {}});
		else
			values.push_back({true, false, false,
							  column.length > 0
								  ? taker.bytes(static_cast<uint64>(column.length), "a value as it is stored")
								  : take_varlena(taker)});
	}
}

bool
RowChangeReader::next(RowChange &change)
{
	if (rest_.empty())
		return false;
	Taker taker(rest_);
	last_id_ += static_cast<int64>(taker.varint("the number of a change"));
	uint8 action = taker.byte("an action");
	uint64 shape_number = taker.varint("which shape");
	if (shape_number >= shapes_.size())
		corrupted("a shape that it does not name");
	const TableShape &shape = *shapes_[shape_number];
	change = {};
	change.audit_id = last_id_;
	change.action = static_cast<Action>(action & action_mask);
	change.table_id = shape.table_id;
	change.shape = &shape;
	if ((action & with_query) != 0)
	{
		uint64 query = taker.varint("which query");
		if (query >= queries_.size())
			corrupted("a query that it does not name");
		change.query = queries_[query];
	}
	before_.clear();
	after_.clear();
	std::size_t columns = shape.columns.size();
	switch (change.action)
	{
		case Action::insert:
		case Action::remove:
		{
			Vector<KeptValue> &values = change.action == Action::insert ? after_ : before_;
			if ((action & as_stored) != 0)
			{
				take_stored_row(taker, shape, (action & stored_nulls) != 0, values);
				break;
			}
			std::span<const uint8> nulls = taker.bitmap(columns, "which columns are NULL");
			for (std::size_t i = 0; i < columns; i++)
				values.push_back(take_value(taker, shape.columns[i], has_bit(nulls, i)));
			break;
		}
		case Action::update:
		{
			change.changed = taker.bitmap(columns, "which columns changed");
			std::span<const uint8> kept = taker.bitmap(columns, "which old values are kept");
			std::span<const uint8> nulls_before = taker.bitmap(columns, "which old values are NULL");
			std::span<const uint8> nulls_after = taker.bitmap(columns, "which new values are NULL");
			for (std::size_t i = 0; i < columns; i++)
				before_.push_back(has_bit(kept, i) ? take_value(taker, shape.columns[i], has_bit(nulls_before, i))
												   : KeptValue{});
			for (std::size_t i = 0; i < columns; i++)
				after_.push_back(has_bit(change.changed, i)
									 ? take_value(taker, shape.columns[i], has_bit(nulls_after, i))
									 : KeptValue{});
			break;
		}
		case Action::truncate:
		case Action::unlogged:
			break;
		default:
			corrupted("an action that there is not");
	}
	change.before = {before_.data(), before_.size()};
	change.after = {after_.data(), after_.size()};
	return true;
}

} // namespace dbeng
