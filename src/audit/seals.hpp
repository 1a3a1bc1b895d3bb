/*
 * seals.hpp: dbeng_audit.seals, a chain of hashes over what is final in the log.
 *
 * A seal covers the entries of one month and one cluster whose place, that is (transaction_id, log_id), lies in (from, to]. What it
 * says is in its digest together with the digest of the seal before: so none can be changed, taken out or put in without all that
 * follow being made anew, and whoever has kept a digest elsewhere will know.
 */
#pragma once

#include "audit/log_place.hpp"
#include "core/sha256.hpp"

namespace dbeng {

enum class SealKind : char
{
	entries = 's',
	dropped = 'd' /* retention has dropped the month: what seals before covered of it is gone */
};

struct Seal
{
	int64 seal_id; /* 1, 2, 3 … */
	SealKind kind;
	TimestampTz month; /* its beginning, UTC */
	int32 cluster;	   /* cluster_number() where the entries were made */
	LogPlace from;
	LogPlace to;
	int64 chunks;
	int64 changes;
	TimestampTz sealed_at;
	Oid log;	 /* dbeng_audit.log then: after a restore it is another */
	Digest root; /* of the digests of the chunks, in the order of their places */
	Digest digest;
};

/* What tells which chunk it is that does not fit: not part of the digest, retention throws it away. */
struct ChunkCheck
{
	int64 log_id;
	int32 changes;
	uint32 beginning; /* of its digest */
};

uint32 beginning_of(const Digest &digest);

/* The digest that a seal should have after one with that digest; before the first all zeros. */
Digest digest_after(Sha256 &hash, const Digest &before, const Seal &seal);

/* Calls visit(seal) for each, by number, as the extension's owner and as the active snapshot sees them. */
void each_seal(void (*visit)(const Seal &seal, void *argument), void *argument);

template <class Visit>
void
each_seal(Visit visit)
{
	each_seal([](const Seal &seal, void *argument) { (*static_cast<Visit *>(argument))(seal); }, &visit);
}

/* The last one that a condition on dbeng_audit.seals ("… $1") is true of; false: none. */
bool last_seal(const char *condition, int64 argument, Seal &seal);

/* The checks of a seal; false: there are none, or they are none. */
bool checks_of(int64 seal_id, Vector<ChunkCheck> &checks);

/*
 * Adding seals: one at a time in a database, until the transaction ends. It holds the lock that keeps others from
 * it, and knows how far the chain goes.
 */
class SealChain
{
  public:
	/* false: another session has it, and wait is false. A log that is still being restored is none to seal. */
	bool open(bool wait);
	/* Reads where it ends: by a snapshot taken since. */
	void look();

	/* Gives the seal its number and digest, and writes it. */
	void append(Seal &seal, std::span<const ChunkCheck> checks);
	void close() { hash_->free(); }

	int64 last_id() const { return last_id_; }

  private:
	Oid seals_ = InvalidOid;
	int64 last_id_ = 0;
	Digest last_ = {};
	Local<Sha256> hash_;
};

/* The months from one time to another are about to be dropped; within the transaction that does it, before it locks anything of the log. */
void seal_dropped_months(TimestampTz from, TimestampTz to);

} // namespace dbeng
