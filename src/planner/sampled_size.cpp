/*
 * sampled_size.cpp: GIN and GiST as CREATE INDEX fills their pages, from
 * samples of their keys.
 */
#include "planner/btree_size.hpp"
#include "planner/gin_size.hpp"
#include "planner/index_sample.hpp"

namespace dbeng {

namespace {

constexpr double line_pointer = sizeof(ItemIdData);
constexpr double page_room = BLCKSZ - SizeOfPageHeaderData - MAXALIGN(8);
/* Row pointers are block << 11 | offset, as differences, seven bits a byte. */
constexpr double blocks_two_bytes = 7.5;
constexpr double blocks_three_bytes = 1024;

double
aligned(double size)
{
	return static_cast<double>(MAXALIGN(static_cast<std::size_t>(size)));
}

/* Bytes of so many row pointers that are in so many of the pages. */
double
list_bytes(double rows, double blocks, double pages)
{
	double density = std::clamp(blocks / std::max(pages, 1.0), 1e-9, 1.0);
	double over_two = std::pow(1 - density, blocks_two_bytes);
	double over_three = std::pow(1 - density, blocks_three_bytes);
	double bytes = std::max(rows - blocks, 0.0) + std::max(blocks - 1, 0.0) * (2 + over_two + over_three);
	return gin_list_header + 2 * std::ceil(bytes / 2);
}

/* Entries and posting trees of a GIN index. */
struct Entries : GinEntries
{
	double tree_pages;
	double memory; /* of the build */
};

void
add(Entries &entries, const PostingClass &one, double keys, double rows, double blocks, double pages, bool multicolumn)
{
	if (keys <= 0)
		return;
	double key = aligned(sizeof(IndexTupleData) + (multicolumn ? 2 : 0) + one.bytes);
	double list = list_bytes(rows, blocks, pages);
	double entry = aligned(key + list);
	if (entry > gin_largest_entry)
	{
		entry = key;
		entries.tree_pages += keys * gin_tree_pages(list);
	}
	entry += line_pointer;
	entries.count += keys;
	entries.bytes += keys * entry;
	entries.squares += keys * entry * entry;
	entries.keys += keys * (key + line_pointer);
	entries.memory += keys * (gin_key_memory(one.bytes) + gin_entry_memory(rows));
}

/* What a part of the rows, 0 to 1, of a leaf come to. */
Entries
entries_of(std::span<const KeySample *const> samples, double rows, double part)
{
	Entries entries = {};
	for (const KeySample *sample : samples)
	{
		double pages = sample->table_pages * rows / std::max(sample->table_rows, 1.0);
		double rows_a_page = std::max(sample->table_rows / sample->table_pages, 1.0);
		bool whole = part == 1 && rows > 0.98 * sample->table_rows;
		for (const PostingClass &one : sample->postings)
		{
			double average = rows * part * one.share;
			double there = whole ? 1 : 1 - std::exp(-average);
			double each = std::max(average / std::max(there, 1e-9), 1.0);
			double density = one.blocks > 0 ? one.blocks : 1 - std::exp(-each / std::max(pages * part, 1.0));
			double blocks = std::clamp(density * pages * part, std::max(each / rows_a_page, 1.0), each);
			add(entries, one, one.keys * there, each, blocks, pages * part, samples.size() > 1);
		}
	}
	return entries;
}

} // namespace

IndexSize
gin_size(const ImaginedIndex &index, double rows, double share)
{
	double indexed = rows * share;
	IndexSize size = {rows, 2, -1};
	Local<SmallVector<const KeySample *, 4>> samples;
	for (const ImaginedKey &key : index.keys)
		if (const KeySample *sample = sample_key(index, key))
			samples->push_back(sample);
	if (samples->size() < index.keys.size())
	{
		/* Nothing could be read: some ten keys a row, as of a text. */
		constexpr double key_bytes = 12;
		size.pages += std::ceil(indexed * key_bytes * 10 / page_room);
		return size;
	}
	std::span<const KeySample *const> all = {samples->data(), samples->size()};
	Entries entries = entries_of(all, indexed, 1);
	if (entries.count < 1)
		return size;
	double memory = static_cast<double>(maintenance_work_mem) * 1024;
	double growth = 1;
	if (entries.memory > memory)
	{
		Entries first = entries_of(all, indexed, memory / entries.memory);
		growth = entries.bytes / std::max(first.bytes, 1.0);
	}
	size.pages = 1 + gin_entry_pages(entries, growth) + entries.tree_pages;
	return size;
}

/* Is there a sort order to all its keys? Then CREATE INDEX sorts. */
static bool
is_sorted_build(const ImaginedIndex &index)
{
	for (const ImaginedKey &key : index.keys.first(index.key_columns))
		if (!OidIsValid(get_opfamily_proc(key.opfamily, key.input_type, key.input_type, GIST_SORTSUPPORT_PROC)))
			return false;
	return true;
}

IndexSize
gist_size(const ImaginedIndex &index, double rows, double share, int fillfactor)
{
	double indexed = rows * share;
	Local<SmallVector<KeyShape, 4>> leaf;
	Local<SmallVector<KeyShape, 4>> inner;
	bool signatures = false;
	for (std::size_t i = 0; i < index.keys.size(); i++)
	{
		const ImaginedKey &key = index.keys[i];
		KeyShape shape = unknown_shape(key.type, -1, rows);
		KeyShape over = shape;
		if (const KeySample *sample = sample_key(index, key); sample != nullptr && !sample->sizes.empty())
		{
			shape.length = over.length = -1;
			shape.align = over.align = TYPALIGN_INT;
			shape.null_fraction = sample->null_fraction;
			shape.sizes = sample->sizes;
			auto *united = static_cast<int32 *>(palloc(sizeof(int32)));
			*united = std::max(static_cast<int32>(sample->union_bytes), sample->sizes.back() > 0 ? 1 : 0);
			over.sizes = {united, 1};
			signatures = signatures || sample->signatures;
		}
		leaf->push_back(shape);
		if (i < index.key_columns)
			inner->push_back(over);
	}
	double tuple = tuple_sizes({leaf->data(), leaf->size()}).average + line_pointer;
	double over = tuple_sizes({inner->data(), inner->size()}, Nulls::none).average + line_pointer;
	double full = page_room * (fillfactor > 0 ? fillfactor : 90) / 100;
	/*
	 * How full pages are depends on the splits: those of ranges and boxes and those of a build in order
	 * leave less than a half, those of signatures more than two thirds. In order, ranges that follow one
	 * another or share an end are hardly split apart, others as points are.
	 */
	double in_order = full * (type_is_range(index.keys[0].type) ? 0.88 : 0.73);
	double fill = is_sorted_build(index) ? in_order : std::min(full, page_room * (signatures ? 0.74 : 0.47));
	IndexSize size = {indexed, 0, -1};
	double level = std::max(std::ceil(indexed * tuple / fill), 1.0);
	size.pages = level;
	double fanout = std::max(std::floor(fill / over), 2.0);
	while (level > 1)
	{
		level = std::ceil(level / fanout);
		size.pages += level;
	}
	return size;
}

} // namespace dbeng
