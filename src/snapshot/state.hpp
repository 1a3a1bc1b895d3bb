/*
 * state.hpp: what every series stood at when the last snapshot was taken, and
 * how a new look at them becomes changes.
 */
#pragma once

#include "snapshot/codec.hpp"

namespace dbeng {

/* What the server calls a series: a relation's or database's OID, a statement's identifiers, the hash of a name. */
struct Key
{
	uint64 a;
	uint64 b;
	auto operator<=>(const Key &) const = default;
};

inline Key
key_of(Oid oid)
{
	return {oid, 0};
}

inline Key
key_of(const char *name)
{
	return {hash_bytes_extended(reinterpret_cast<const unsigned char *>(name), static_cast<int>(strlen(name)), 0), 0};
}

inline Key
key_of_statement(int64 query_id, Oid role, bool top_level)
{
	return {static_cast<uint64>(query_id), static_cast<uint64>(role) << 1 | (top_level ? 1 : 0)};
}

/* A series the server knows; series 0 is one that is not recorded. */
struct Known
{
	Key key;
	int32 series;
	uint32 from;
	uint32 length;
};

/* One family at one moment, packed: some 50 bytes a series. */
class Look
{
  public:
	Look(Family family, MemoryContext context)
		: family_(family), known_(ContextAllocator<Known>(context)), images_(ContextAllocator<uint8>(context))
	{}

	void reserve(std::size_t series, std::size_t bytes)
	{
		known_.reserve(series);
		images_.reserve(bytes);
	}
	void add(Key key, const Values &values, int32 series = -1)
	{
		auto from = static_cast<uint32>(images_.size());
		put_image(images_, family_, values);
		known_.push_back(Known{key, series, from, static_cast<uint32>(images_.size()) - from});
	}
	/* As it stood in another look. */
	void replace(Known &known, const Look &other, const Known &same)
	{
		ByteSpan image = other.image(same);
		known.from = static_cast<uint32>(images_.size());
		known.length = static_cast<uint32>(image.size());
		put_bytes(images_, image);
	}
	void sort();

	Family family() const { return family_; }
	std::span<Known> known() { return {known_.data(), known_.size()}; }
	std::span<const Known> known() const { return {known_.data(), known_.size()}; }
	const Known *find(Key key) const;
	ByteSpan image(const Known &known) const { return {images_.data() + known.from, known.length}; }
	Values values(const Known &known) const
	{
		ByteReader from(image(known));
		return read_image(from, family_);
	}
	std::size_t bytes() const { return images_.size(); }

  private:
	Family family_;
	Vector<Known> known_;
	Bytes images_;
};

/* How two looks at a family are compared. */
struct Comparison
{
	bool from_zero = false; /* all its counters have begun anew */
	bool by_field = false;	/* fields are reset one by one, not all of a series together */
	bool uncounted = false; /* the counters are those of another server or database: what they say tells nothing */
};

/* Adds what became of a series; before is NULL for one that is new. */
void add_change(ChangeList &changes, int32 series, const Values *before, const Values &now, Comparison how);
/* The same for one that is gone: gauges fall to nothing. */
void add_end(ChangeList &changes, int32 series, const Values &before);

/*
 * Compares two sorted looks. New series must have their number by now; each
 * that is gone is handed to gone(const Known &), which says whether it is
 * really no more or merely has no counters now, and then stays.
 */
template <class Gone>
void
compare(const Look &before, Look &now, Comparison how, ChangeList &changes, Gone gone)
{
	std::span<const Known> old = before.known();
	std::span<Known> fresh = now.known();
	Local<Vector<Known>> kept;
	std::size_t i = 0;
	for (Known &at : fresh)
	{
		for (; i < old.size() && old[i].key < at.key; i++)
			if (old[i].series > 0)
			{
				if (gone(old[i]))
					add_end(changes, old[i].series, before.values(old[i]));
				else
					kept->push_back(old[i]);
			}
		bool same = i < old.size() && old[i].key == at.key;
		if (at.series > 0)
		{
			ByteSpan image = now.image(at);
			if (!same)
				add_change(changes, at.series, nullptr, now.values(at), how);
			else if (how.from_zero || how.uncounted || image.size() != old[i].length ||
					 memcmp(image.data(), before.image(old[i]).data(), image.size()) != 0)
			{
				Values was = before.values(old[i]);
				add_change(changes, at.series, &was, now.values(at), how);
			}
		}
		if (same)
			i++;
	}
	for (; i < old.size(); i++)
		if (old[i].series > 0)
		{
			if (gone(old[i]))
				add_end(changes, old[i].series, before.values(old[i]));
			else
				kept->push_back(old[i]);
		}
	for (const Known &known : *kept)
	{
		/* Its counters were thrown away: from here on they count from zero. */
		Values was = before.values(known);
		add_change(changes, known.series, &was, Values{}, how);
		now.add(known.key, Values{}, known.series);
	}
	if (!kept->empty())
		now.sort();
}

/* Gives the series that both looks know the number of the first. Returns how many of now have none yet. */
std::size_t adopt_numbers(const Look &before, Look &now);

} // namespace dbeng
