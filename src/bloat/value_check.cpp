#include "bloat/value_check.hpp"

namespace dbeng {

/* Of extensions whose values have no parts with a length of their own. */
static constexpr std::string_view plain_keys[] = {"gtrgm", "ghstore", "intbig_gkey"};

ValueCheck::ValueCheck(Oid type, int16 length, char align) : length_(length), align_(align), type_(type)
{
	if (length > 0)
	{
		parts_ = Parts::none;
		return;
	}
	if (length != -1)
		return;
	if (type_is_range(type))
	{
		Oid bound = get_range_subtype(type);
		bool by_value;
		get_typlenbyvalalign(bound, &bound_length_, &by_value, &bound_align_);
		parts_ = bound_length_ >= -1 ? Parts::bounds : Parts::unknown;
		return;
	}
	/* Of the server's own, those that indexes have as keys beside ranges: signatures, addresses, texts. */
	if (type < FirstNormalObjectId)
	{
		parts_ = get_element_type(type) == InvalidOid && !type_is_multirange(type) ? Parts::none : Parts::unknown;
		return;
	}
	HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	if (!HeapTupleIsValid(tuple))
		return;
	std::string_view name = NameStr(reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple))->typname);
	if (name == "gbtreekey_var")
		parts_ = Parts::nested;
	else if (std::find(std::begin(plain_keys), std::end(plain_keys), name) != std::end(plain_keys))
		parts_ = Parts::none;
	ReleaseSysCache(tuple);
}

/* Of a value of variable length at the beginning of these bytes; 0: it does not end within them. */
static std::size_t
varlena_size(const char *value, std::size_t room)
{
	if (room < VARHDRSZ_SHORT || VARATT_IS_1B_E(value) || (!VARATT_IS_1B(value) && room < VARHDRSZ))
		return 0;
	std::size_t head = VARATT_IS_1B(value) ? VARHDRSZ_SHORT : VARHDRSZ;
	std::size_t size = VARSIZE_ANY(value);
	return size >= head && size <= room ? size : 0;
}

/* As in rangetypes.c: the type, the bounds there are, and flags in the last byte. */
bool
ValueCheck::has_sound_bounds(const char *value, std::size_t size) const
{
	std::size_t head = VARATT_IS_1B(value) ? VARHDRSZ_SHORT : VARHDRSZ;
	if (size < head + sizeof(Oid) + 1)
		return false;
	Oid type;
	memcpy(&type, value + head, sizeof(type));
	if (type != type_)
		return false;
	auto flags = static_cast<uint8>(value[size - 1]);
	/* Alignment counts from where the value would begin with a long header. */
	std::size_t shift = VARHDRSZ - head;
	std::size_t at = VARHDRSZ + sizeof(Oid);
	std::size_t end = size + shift - 1;
	for (uint8 missing : {static_cast<uint8>(RANGE_EMPTY | RANGE_LB_INF | RANGE_LB_NULL),
						  static_cast<uint8>(RANGE_EMPTY | RANGE_UB_INF | RANGE_UB_NULL)})
	{
		if ((flags & missing) != 0)
			continue;
		if (at >= end)
			return false;
		std::size_t taken;
		if (bound_length_ == -1)
		{
			at = att_align_pointer(at, bound_align_, -1, value + at - shift);
			taken = at < end ? varlena_size(value + at - shift, end - at) : 0;
		}
		else
		{
			at = att_align_nominal(at, bound_align_);
			taken = static_cast<std::size_t>(bound_length_);
		}
		at += taken;
		if (taken == 0 || at > end)
			return false;
	}
	return true;
}

std::size_t
ValueCheck::size_of(const char *value, std::size_t room) const
{
	if (length_ > 0)
		return static_cast<std::size_t>(length_) <= room ? static_cast<std::size_t>(length_) : 0;
	std::size_t size = varlena_size(value, room);
	if (size == 0 || parts_ == Parts::unknown)
		return 0;
	std::size_t head = VARATT_IS_1B(value) ? VARHDRSZ_SHORT : VARHDRSZ;
	if (parts_ == Parts::bounds && !has_sound_bounds(value, size))
		return 0;
	if (parts_ == Parts::nested)
	{
		std::size_t inside = size - head;
		std::size_t first = varlena_size(value + head, inside);
		/* These have long headers in any case. */
		if (first == 0 || VARATT_IS_1B(value + head))
			return 0;
		std::size_t second = INTALIGN(first);
		if (inside > first && (second >= inside || VARATT_IS_1B(value + head + second) ||
							   varlena_size(value + head + second, inside - second) == 0))
			return 0;
	}
	return size;
}

} // namespace dbeng
