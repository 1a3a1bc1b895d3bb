/*
 * candidate_pool.hpp: the indexes an advice run considers, each once.
 */
#pragma once

#include "planner/imagined.hpp"

namespace dbeng {

/* A candidate before it is known whether it is new. Expressions may live shorter than the pool. */
struct Sketch
{
	const RelationEntry *table;
	Oid method = BTREE_AM_OID;
	SmallVector<ImaginedKey, 8> keys;
	uint16 key_columns = 0;
	/* How many of the first keys are compared for equality only: these could be in any order. */
	uint16 free_keys = 0;
	List *predicate = NIL;
	double share = 1; /* of the rows that the predicate lets through */
};

struct Candidate
{
	ImaginedIndex index;
	uint16 free_keys;
	double share;
};

class CandidatePool
{
  public:
	explicit CandidatePool(const Catalog &catalog);

	/* Its number; -1 for what is there already or cannot be. */
	int32 intern(const Sketch &sketch);

	const Candidate &operator[](int32 id) const { return *candidates_[static_cast<std::size_t>(id)]; }
	int32 size() const { return static_cast<int32>(candidates_.size()); }
	/* The number of one of ours by its OID; -1 for any other. */
	int32 by_oid(Oid oid) const;

	/* Default operator class of a type for a method; InvalidOid when it has none. */
	Oid default_opclass(Oid type, Oid method);
	/* Fills in what follows from opclass. */
	void complete(ImaginedKey &key) const;

  private:
	bool same(const Candidate &candidate, const Sketch &sketch) const;
	bool exists(const Sketch &sketch) const;

	MemoryContext context_;
	Oid first_oid_;
	Vector<Candidate *> candidates_;
	boost::container::flat_multimap<uint64, int32, std::less<uint64>, ContextAllocator<std::pair<uint64, int32>>>
		by_hash_;
	FlatMap<uint64, Oid> defaults_;
};

} // namespace dbeng
