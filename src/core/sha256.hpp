/*
 * sha256.hpp: the server's own SHA-256.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct Digest
{
	uint8 bytes[PG_SHA256_DIGEST_LENGTH];

	bool operator==(const Digest &other) const = default;
};

/* Belongs to CurrentMemoryContext and CurrentResourceOwner; used again and again, freed by free() (an error does it too). */
class Sha256
{
  public:
	Sha256();
	void begin();
	void add(const void *bytes, std::size_t count);
	/* The lowest byte first, on every machine. */
	void add_number(uint64 value);
	Digest end();
	void free();

  private:
	void require(int result);

	pg_cryptohash_ctx *state_;
};

/* As hexadecimal digits, in CurrentMemoryContext. */
const char *hex(const Digest &digest);

} // namespace dbeng
