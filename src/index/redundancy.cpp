#include "index/redundancy.hpp"

#include "catalog/expression.hpp"

namespace dbeng {

static bool
referenced_by_foreign_key(const IndexEntry &index)
{
	for (const ConstraintEntry *foreign_key : index.table->referencing)
		if (foreign_key->index == &index)
			return true;
	return false;
}

bool
expendable(const IndexEntry &index)
{
	return index.parent == nullptr && !index.primary && !index.exclusion && !index.replica_identity &&
		   !index.clustered && (index.constraint == nullptr || index.constraint->parent == InvalidOid) &&
		   !referenced_by_foreign_key(index);
}

namespace {
/* The expressions of an index are stored as one list, read here at most once a comparison. */
class KeyExpressions
{
  public:
	explicit KeyExpressions(const IndexEntry &index) : index_(index) {}

	Node *of(std::size_t key)
	{
		if (list_ == NIL)
			list_ = reinterpret_cast<List *>(expression_tree(index_.expressions));
		int nth = 0;
		for (std::size_t i = 0; i < key; i++)
			nth += index_.keys[i].column == 0;
		return nth < list_length(list_) ? static_cast<Node *>(list_nth(list_, nth)) : nullptr;
	}

  private:
	const IndexEntry &index_;
	List *list_ = NIL;
};
} // namespace

/* What opclasses are told beside their names (siglen of gist_trgm_ops) is no part of the model. */
static Datum
opclass_options(const IndexEntry &index, std::size_t key, bool &null)
{
	null = true;
	HeapTuple tuple =
		SearchSysCache2(ATTNUM, ObjectIdGetDatum(index.oid), Int16GetDatum(static_cast<AttrNumber>(key + 1)));
	if (!HeapTupleIsValid(tuple))
		return 0;
	Datum options = SysCacheGetAttr(ATTNUM, tuple, Anum_pg_attribute_attoptions, &null);
	if (!null)
		options = PointerGetDatum(PG_DETOAST_DATUM_COPY(options));
	ReleaseSysCache(tuple);
	return options;
}

static bool
same_varlena(const varlena *a, const varlena *b)
{
	if (a == nullptr || b == nullptr)
		return a == b;
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

static bool
same_opclass_options(const IndexEntry &a, const IndexEntry &b)
{
	for (std::size_t i = 0; i < b.key_columns; i++)
	{
		bool a_null;
		bool b_null;
		Datum a_options = opclass_options(a, i, a_null);
		Datum b_options = opclass_options(b, i, b_null);
		if (a_null != b_null)
			return false;
		if (!a_null && !same_varlena(reinterpret_cast<varlena *>(DatumGetPointer(a_options)),
									 reinterpret_cast<varlena *>(DatumGetPointer(b_options))))
			return false;
	}
	return true;
}

/* Are the keys of dropped the first keys of keep, whatever their direction? */
static bool
same_leading_keys(const IndexEntry &keep, const IndexEntry &dropped, bool across_methods)
{
	for (std::size_t i = 0; i < dropped.key_columns; i++)
	{
		const IndexKey &a = keep.keys[i];
		const IndexKey &b = dropped.keys[i];
		if (a.column != b.column || a.collation != b.collation)
			return false;
		/* The families of two methods share nothing; two default ones agree on what is equal. */
		if (across_methods ? !a.default_opclass || !b.default_opclass : a.opclass != b.opclass)
			return false;
	}
	if (dropped.expressions == nullptr)
		return true;
	KeyExpressions keep_expressions(keep);
	KeyExpressions dropped_expressions(dropped);
	for (std::size_t i = 0; i < dropped.key_columns; i++)
		if (dropped.keys[i].column == 0 && !equal(keep_expressions.of(i), dropped_expressions.of(i)))
			return false;
	return true;
}

/* A btree is read backwards as well as forwards: all options the same, or all of them the opposite. */
static bool
same_order(const IndexEntry &keep, const IndexEntry &dropped, bool &backwards)
{
	constexpr int16 opposite = INDOPTION_DESC | INDOPTION_NULLS_FIRST;
	backwards = keep.keys[0].option != dropped.keys[0].option;
	for (std::size_t i = 0; i < dropped.key_columns; i++)
		if (keep.keys[i].option != (backwards ? dropped.keys[i].option ^ opposite : dropped.keys[i].option))
			return false;
	return true;
}

/* Can keep return the INCLUDE columns of dropped? A btree returns its keys too, other methods not always. */
static bool
holds_included(const IndexEntry &keep, const IndexEntry &dropped)
{
	std::span<const IndexKey> held = keep.method == BTREE_AM_OID ? keep.keys : keep.included();
	for (const IndexKey &wanted : dropped.included())
		if (std::none_of(held.begin(), held.end(),
						 [&wanted](const IndexKey &key) { return key.column == wanted.column; }))
			return false;
	return true;
}

static bool
enforces_the_same(const IndexEntry &keep, const IndexEntry &dropped)
{
	if (!dropped.unique)
		return true;
	return keep.unique && keep.key_columns == dropped.key_columns &&
		   keep.nulls_not_distinct == dropped.nulls_not_distinct && keep.immediate == dropped.immediate;
}

Cover
covers(const IndexEntry &keep, const IndexEntry &dropped)
{
	Cover cover;

	/* What an exclusion constraint's index was made for is its operators, which say nothing of other uses. */
	if (&keep == &dropped || keep.exclusion || dropped.exclusion || keep.partitioned != dropped.partitioned ||
		keep.key_columns < dropped.key_columns || !enforces_the_same(keep, dropped))
		return cover;

	bool across_methods = keep.method == BTREE_AM_OID && dropped.method == HASH_AM_OID;
	bool ordered = keep.method == BTREE_AM_OID && dropped.method == BTREE_AM_OID;
	if (keep.method != dropped.method && !across_methods)
		return cover;
	if (!ordered && !across_methods)
	{
		/* Elsewhere a longer one is no substitute; and an option such as BRIN's pages_per_range makes another index. */
		bool storage_options = keep.method == GIN_AM_OID || keep.method == HASH_AM_OID || keep.method == GIST_AM_OID ||
							   keep.method == SPGIST_AM_OID;
		if (keep.key_columns != dropped.key_columns ||
			(!storage_options && !same_varlena(keep.options, dropped.options)))
			return cover;
	}
	if (!same_leading_keys(keep, dropped, across_methods) || (ordered && !same_order(keep, dropped, cover.backwards)) ||
		!holds_included(keep, dropped) || !same_expression(keep.predicate, dropped.predicate) ||
		(!ordered && !across_methods && !same_opclass_options(keep, dropped)))
		return cover;

	/* Where both have the same INCLUDE columns, these are not what makes one redundant. */
	bool same_included = keep.included().size() == dropped.included().size() && holds_included(dropped, keep);
	if (keep.key_columns == dropped.key_columns)
		cover.overlap = !same_included ? Overlap::include : across_methods ? Overlap::prefix : Overlap::duplicate;
	else
		cover.overlap = dropped.included().empty() ? Overlap::prefix : Overlap::include;
	return cover;
}

const char *
kind_name(const RedundantIndex &redundant)
{
	const IndexEntry &index = *redundant.index;
	const IndexEntry &other = *redundant.covered_by;
	bool same_keys = index.key_columns == other.key_columns;
	if (same_keys && other.unique && !index.unique)
		return "unique covers";
	return same_keys && index.method == other.method ? "duplicate" : "prefix";
}

/* Of two that cover each other, is a the one to keep? What cannot go, then constraints, the ascending one, the older one. */
static bool
preferred(const IndexEntry &a, const IndexEntry &b)
{
	if (bool stays = expendable(a); stays != expendable(b))
		return !stays;
	if ((a.constraint != nullptr) != (b.constraint != nullptr))
		return a.constraint != nullptr;
	if (a.keys[0].descending() != b.keys[0].descending())
		return !a.keys[0].descending();
	return a.oid < b.oid;
}

static bool
supersedes(const IndexEntry &keep, const IndexEntry &dropped, Cover &cover)
{
	/* Nearly all pairs end here. */
	if (keep.keys.empty() || dropped.keys.empty() || keep.keys[0].column != dropped.keys[0].column || !keep.usable())
		return false;
	cover = covers(keep, dropped);
	if (cover.overlap == Overlap::none)
		return false;
	return covers(dropped, keep).overlap == Overlap::none || preferred(keep, dropped);
}

/* Of two that supersede an index, is a the one to name? A twin before a longer one, then the shortest. */
static bool
nearer(const RedundantIndex &a, const RedundantIndex &b)
{
	if ((a.cover.overlap == Overlap::duplicate) != (b.cover.overlap == Overlap::duplicate))
		return a.cover.overlap == Overlap::duplicate;
	if (a.covered_by->keys.size() != b.covered_by->keys.size())
		return a.covered_by->keys.size() < b.covered_by->keys.size();
	if (a.covered_by->unique != b.covered_by->unique)
		return a.covered_by->unique;
	return preferred(*a.covered_by, *b.covered_by);
}

void
find_redundant(const RelationEntry &table, Vector<RedundantIndex> &found)
{
	std::span<IndexEntry *> indexes = table.indexes;
	if (indexes.size() < 2)
		return;

	Local<SmallVector<bool, 32>> superseded(indexes.size(), false);
	bool any = false;
	Cover cover;
	for (std::size_t i = 0; i < indexes.size(); i++)
		if (indexes[i]->usable() && expendable(*indexes[i]))
		{
			(*superseded)[i] =
				std::any_of(indexes.begin(), indexes.end(),
							[&](const IndexEntry *other) { return supersedes(*other, *indexes[i], cover); });
			any |= (*superseded)[i];
		}

	for (std::size_t i = 0; any && i < indexes.size(); i++)
	{
		if (!(*superseded)[i])
			continue;
		RedundantIndex best{indexes[i], nullptr, {}};
		for (std::size_t j = 0; j < indexes.size(); j++)
			if (!(*superseded)[j] && supersedes(*indexes[j], *indexes[i], cover))
			{
				RedundantIndex candidate{indexes[i], indexes[j], cover};
				if (best.covered_by == nullptr || nearer(candidate, best))
					best = candidate;
			}
		if (best.covered_by != nullptr)
			found.push_back(best);
	}
}

} // namespace dbeng
