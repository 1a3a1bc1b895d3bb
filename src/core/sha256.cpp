#include "core/sha256.hpp"

namespace dbeng {

Sha256::Sha256() : state_(pg_cryptohash_create(PG_SHA256))
{
	if (state_ == nullptr)
		ereport(ERROR, errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"));
}

void
Sha256::require(int result)
{
	if (result < 0)
		ereport(ERROR, errcode(ERRCODE_INTERNAL_ERROR), errmsg("SHA-256 failed: %s", pg_cryptohash_error(state_)));
}

void
Sha256::begin()
{
	require(pg_cryptohash_init(state_));
}

void
Sha256::add(const void *bytes, std::size_t count)
{
	require(pg_cryptohash_update(state_, static_cast<const uint8 *>(bytes), count));
}

void
Sha256::add_number(uint64 value)
{
	uint8 bytes[sizeof value];
	for (std::size_t i = 0; i < sizeof value; i++)
		bytes[i] = static_cast<uint8>(value >> (8 * i));
	add(bytes, sizeof bytes);
}

Digest
Sha256::end()
{
	Digest digest;
	require(pg_cryptohash_final(state_, digest.bytes, sizeof digest.bytes));
	return digest;
}

void
Sha256::free()
{
	pg_cryptohash_free(state_);
	state_ = nullptr;
}

const char *
hex(const Digest &digest)
{
	auto *text = static_cast<char *>(palloc(2 * sizeof digest.bytes + 1));
	hex_encode(reinterpret_cast<const char *>(digest.bytes), sizeof digest.bytes, text);
	text[2 * sizeof digest.bytes] = '\0';
	return text;
}

} // namespace dbeng
