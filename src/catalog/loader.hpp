/*
 * loader.hpp: the pass that fills a Catalog, shared by the load_*.cpp files.
 *
 * Catalogs are read by plain heap scans under one registered snapshot, which
 * costs a fraction of the SQL views over them and cannot fail when somebody
 * drops an object meanwhile: nothing is looked up, everything is there as the
 * snapshot has it. No lock but ACCESS SHARE on the catalogs is taken.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

struct TupleView
{
	HeapTuple tuple;
	TupleDesc columns;

	template <class Form>
	const Form &form() const
	{
		return *reinterpret_cast<const Form *>(GETSTRUCT(tuple));
	}
	/* A nullable or variable-length column; whether it is there. */
	bool get(AttrNumber number, Datum *value) const
	{
		bool null;
		*value = heap_getattr(tuple, number, columns, &null);
		return !null;
	}
};

template <class Visit>
void
each_tuple(Oid catalog_oid, Snapshot snapshot, Visit visit)
{
	Relation catalog = table_open(catalog_oid, AccessShareLock);
	TableScanDesc scan = table_beginscan_strat(catalog, snapshot, 0, nullptr, true, false);
	TupleView view{nullptr, RelationGetDescr(catalog)};
	while ((view.tuple = heap_getnext(scan, ForwardScanDirection)) != nullptr)
		visit(view);
	table_endscan(scan);
	table_close(catalog, AccessShareLock);
}

/* By OID in a span sorted by it; NULL when it is not there. */
template <class Entry>
Entry *
find_by_oid(std::span<Entry> entries, Oid oid)
{
	auto at = std::lower_bound(entries.begin(), entries.end(), oid,
							   [](const Entry &entry, Oid wanted) { return entry.oid < wanted; });
	return at != entries.end() && at->oid == oid ? &*at : nullptr;
}

template <class Entry>
std::span<Entry>
sorted_by_oid(Vector<Entry> &entries)
{
	auto before = [](const Entry &a, const Entry &b) { return a.oid < b.oid; };
	if (!std::is_sorted(entries.begin(), entries.end(), before))
		std::sort(entries.begin(), entries.end(), before);
	return {entries.data(), entries.size()};
}

class Loader
{
  public:
	Loader(Catalog &catalog, MemoryContext context, Snapshot snapshot);

	void load(Extent extent);

  private:
	/* load.cpp */
	void extensions_and_dependencies();
	void schemas();
	void types();
	void database();
	Standing standing(Oid class_oid, Oid object, const SchemaEntry *schema) const;

	/* load_relations.cpp */
	void relations();
	void lists();
	void inheritance();
	void columns(Extent extent);
	void statistics();
	void indexes();
	void constraints();
	void sequences();
	void partition_keys();
	void view_dependencies();

	/* load_objects.cpp */
	void roles();
	void functions();
	void policies();
	void triggers();
	void rules();
	void privileges();
	void collations();

	/* load_counters.cpp */
	void counters(Extent extent);

	RelationEntry *relation(Oid oid) const;
	const SchemaEntry *schema(Oid oid) const { return find_by_oid(catalog_.schemas, oid); }
	const char *name(const NameData &name) { return arena_.copy(NameStr(name)); }
	const char *text(Datum value);
	void defaults();
	std::span<const AttrNumber> numbers(Datum int2_array);

	/* A pg_depend row, as far as the model needs it. */
	struct Member
	{
		Oid class_oid;
		Oid object;
		Oid extension;
		auto operator<=>(const Member &) const = default;
	};
	struct Owned
	{
		Oid sequence;
		Oid table;
		AttrNumber column;
		bool identity;
	};
	struct Read
	{
		Oid rule;
		Oid relation;
		AttrNumber column;
	};
	struct Toast
	{
		Oid oid;
		BlockNumber pages;
		pg::FileNumber file;
		float4 tuples;
		TransactionId frozen_xid;
		MultiXactId min_multixact;
	};

	Catalog &catalog_;
	Arena arena_;
	Snapshot snapshot_;
	Oid own_extension_ = InvalidOid;
	Vector<Member> members_;
	Vector<Owned> owned_;
	Vector<Read> reads_;
	Vector<Toast> toasts_;
	/* The relations' OIDs, in their order: a search among these stays in the processor's cache. */
	Vector<Oid> relation_oids_;

	/* The catalog's vectors; never destroyed, their memory is the context's. */
	Vector<SchemaEntry> schemas_;
	Vector<RelationEntry> relations_;
	Vector<IndexEntry> indexes_;
	Vector<ConstraintEntry> constraints_;
	Vector<PolicyEntry> policies_;
	Vector<TriggerEntry> triggers_;
	Vector<RuleEntry> rules_;
	Vector<ViewDependency> view_dependencies_;
	Vector<SequenceEntry> sequences_;
	Vector<FunctionEntry> functions_;
	Vector<TypeEntry> types_;
	Vector<RoleEntry> roles_;
	Vector<MembershipEntry> memberships_;
	Vector<ExtensionEntry> extensions_;
	Vector<LanguageEntry> languages_;
	Vector<EventTriggerEntry> event_triggers_;
	Vector<DefaultAclEntry> default_acls_;
	Vector<RoleSettingEntry> role_settings_;
	Vector<CollationEntry> collations_;
};

/*
 * Gives every owner the span of what belongs to it. items must be grouped by
 * owner already (sorted by it); owner(item) is the entry, span(entry) the
 * span to fill.
 */
template <class Item, class OwnerOf, class SpanOf>
void
distribute(Arena &arena, std::span<Item> items, OwnerOf owner, SpanOf span)
{
	Local<Vector<Item *>> order;
	order->reserve(items.size());
	for (Item &item : items)
		if (owner(item) != nullptr)
			order->push_back(&item);
	std::sort(order->begin(), order->end(),
			  [&](Item *a, Item *b) { return std::pair(owner(*a), a) < std::pair(owner(*b), b); });
	std::span<Item *> all = arena.copy(*order);
	for (std::size_t from = 0; from < all.size();)
	{
		std::size_t to = from;
		while (to < all.size() && owner(*all[to]) == owner(*all[from]))
			to++;
		span(*owner(*all[from])) = all.subspan(from, to - from);
		from = to;
	}
	order->clear();
	order->shrink_to_fit();
}

} // namespace dbeng
