#include "index/candidate_pool.hpp"

#include "catalog/expression.hpp"
#include "planner/index_size.hpp"

namespace dbeng {

/* Room for the OIDs of candidates that no relation has. */
static constexpr Oid oid_room = 1U << 20;

static Oid
unused_oids(const Catalog &catalog)
{
	Oid first = 0xF0000000U;
	auto taken = [first_taken = &first](Oid oid) { return oid >= *first_taken && oid - *first_taken < oid_room; };
	for (bool clear = false; !clear && first > oid_room;)
	{
		clear = std::none_of(catalog.relations.begin(), catalog.relations.end(),
							 [&taken](const RelationEntry &relation) { return taken(relation.oid); }) &&
				std::none_of(catalog.indexes.begin(), catalog.indexes.end(),
							 [&taken](const IndexEntry &index) { return taken(index.oid); });
		if (!clear)
			first -= oid_room;
	}
	return first;
}

CandidatePool::CandidatePool(const Catalog &catalog)
	: context_(catalog.context), first_oid_(unused_oids(catalog)),
	  candidates_(ContextAllocator<Candidate *>(catalog.context)),
	  by_hash_(ContextAllocator<std::pair<uint64, int32>>(catalog.context)),
	  defaults_(ContextAllocator<std::pair<uint64, Oid>>(catalog.context))
{}

int32
CandidatePool::by_oid(Oid oid) const
{
	return oid >= first_oid_ && oid - first_oid_ < candidates_.size() ? static_cast<int32>(oid - first_oid_) : -1;
}

/* The server looks it up by a scan of pg_opclass each time. */
Oid
CandidatePool::default_opclass(Oid type, Oid method)
{
	uint64 of = uint64{type} << 32 | method;
	auto at = defaults_.find(of);
	if (at != defaults_.end())
		return at->second;
	Oid found = GetDefaultOpClass(type, method);
	defaults_.emplace(of, found);
	return found;
}

void
CandidatePool::complete(ImaginedKey &key) const
{
	if (!OidIsValid(key.opclass))
		return;
	key.opfamily = get_opclass_family(key.opclass);
	key.input_type = get_opclass_input_type(key.opclass);
}

static uint64
mix(uint64 hash, uint64 value)
{
	return hash_combine64(hash, value * 0x9E3779B97F4A7C15ULL);
}

static uint64
hash_of(const Sketch &sketch)
{
	uint64 hash = mix(sketch.table->oid, sketch.method);
	for (const ImaginedKey &key : sketch.keys)
	{
		hash = mix(hash, static_cast<uint16>(key.column));
		hash = mix(hash, uint64{key.opclass} << 16 | static_cast<uint16>(key.option));
	}
	hash = mix(hash, sketch.key_columns);
	return mix(hash, static_cast<uint64>(list_length(sketch.predicate)));
}

static bool
same_key(const ImaginedKey &a, const ImaginedKey &b)
{
	return a.column == b.column && a.opclass == b.opclass && a.option == b.option && a.collation == b.collation &&
		   (a.column != 0 || equal(a.expression, b.expression));
}

bool
CandidatePool::same(const Candidate &candidate, const Sketch &sketch) const
{
	const ImaginedIndex &index = candidate.index;
	return index.table == sketch.table && index.method == sketch.method && index.key_columns == sketch.key_columns &&
		   std::equal(index.keys.begin(), index.keys.end(), sketch.keys.begin(), sketch.keys.end(), same_key) &&
		   equal(index.predicate, sketch.predicate);
}

/* Does an index begin with the very keys? What is only included makes no new one: one on the same keys can be replaced. */
static bool
begins_with(const IndexEntry &index, const Sketch &sketch)
{
	if (!index.usable() || index.method != sketch.method || index.key_columns < sketch.key_columns)
		return false;
	List *expressions = nullptr;
	int nth = 0;
	constexpr int16 opposite = INDOPTION_DESC | INDOPTION_NULLS_FIRST;
	bool backwards = index.keys[0].option != sketch.keys[0].option;
	for (std::size_t i = 0; i < sketch.key_columns; i++)
	{
		const IndexKey &a = index.keys[i];
		const ImaginedKey &b = sketch.keys[i];
		if (a.column != b.column || a.opclass != b.opclass || a.collation != b.collation ||
			a.option != (backwards ? b.option ^ opposite : b.option))
			return false;
		if (a.column != 0)
			continue;
		if (expressions == nullptr)
			expressions = reinterpret_cast<List *>(expression_tree(index.expressions));
		if (nth >= list_length(expressions) || !equal(list_nth(expressions, nth++), b.expression))
			return false;
	}
	return index.predicate == nullptr;
}

/* Is at most one row found by its first keys, through an index that is there? */
static bool
finds_one_row(const IndexEntry &index, const Sketch &sketch)
{
	if (!index.usable() || !index.unique || index.predicate != nullptr || index.expressions != nullptr)
		return false;
	auto first = sketch.keys.begin();
	return std::all_of(index.key().begin(), index.key().end(),
					   [&](const IndexKey &key)
					   {
						   return std::any_of(first, first + sketch.free_keys,
											  [&key](const ImaginedKey &own) { return own.column == key.column; });
					   });
}

bool
CandidatePool::exists(const Sketch &sketch) const
{
	return std::any_of(sketch.table->indexes.begin(), sketch.table->indexes.end(),
					   [&sketch](const IndexEntry *index) {
						   return finds_one_row(*index, sketch) ||
								  (sketch.predicate == NIL && begins_with(*index, sketch));
					   });
}

int32
CandidatePool::intern(const Sketch &sketch)
{
	if (sketch.keys.empty() || sketch.keys.size() > INDEX_MAX_KEYS || candidates_.size() >= oid_room || exists(sketch))
		return -1;
	uint64 hash = hash_of(sketch);
	auto range = by_hash_.equal_range(hash);
	for (auto at = range.first; at != range.second; ++at)
		if (Candidate *known = candidates_[static_cast<std::size_t>(at->second)]; same(*known, sketch))
		{
			known->free_keys = std::min(known->free_keys, sketch.free_keys);
			return at->second;
		}

	MemoryContext before = MemoryContextSwitchTo(context_);
	auto *made = static_cast<Candidate *>(palloc0(sizeof(Candidate)));
	auto *keys = static_cast<ImaginedKey *>(palloc(sizeof(ImaginedKey) * sketch.keys.size()));
	for (std::size_t i = 0; i < sketch.keys.size(); i++)
	{
		keys[i] = sketch.keys[i];
		if (keys[i].expression != nullptr)
			keys[i].expression = static_cast<Node *>(copyObjectImpl(keys[i].expression));
	}
	made->index.oid = first_oid_ + static_cast<Oid>(candidates_.size());
	made->index.table = sketch.table;
	made->index.method = sketch.method;
	made->index.keys = {keys, sketch.keys.size()};
	made->index.key_columns = sketch.key_columns;
	made->index.predicate = static_cast<List *>(copyObjectImpl(sketch.predicate));
	made->free_keys = sketch.free_keys;
	made->share = sketch.share;
	MemoryContextSwitchTo(before);
	made->index.size = estimate_index_size(made->index, sketch.share);
	auto id = static_cast<int32>(candidates_.size());
	candidates_.push_back(made);
	by_hash_.emplace(hash, id);
	return id;
}

} // namespace dbeng
