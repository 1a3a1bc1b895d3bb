/*
 * value_check.hpp: does what an index page holds for a value stay within the
 * value? Operator classes take its word for how long it and its parts are.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

class ValueCheck
{
  public:
	ValueCheck() = default;
	ValueCheck(Oid type, int16 length, char align);

	/* Can values of this type be checked? */
	bool possible() const { return parts_ != Parts::unknown; }

	/* The bytes that the value takes of these; 0: it is not in order. Neither fails nor waits. */
	std::size_t size_of(const char *value, std::size_t room) const;

	char align() const { return align_; }
	int16 length() const { return length_; }

  private:
	enum class Parts : uint8
	{
		none,	/* with a length of their own */
		bounds, /* of a range */
		nested, /* one or two values of variable length, as btree_gist keeps them */
		unknown
	};

	bool has_sound_bounds(const char *value, std::size_t size) const;

	int16 length_ = 0;
	char align_ = TYPALIGN_INT;
	Parts parts_ = Parts::unknown;
	Oid type_ = InvalidOid;
	int16 bound_length_ = 0;
	char bound_align_ = TYPALIGN_INT;
};

} // namespace dbeng
