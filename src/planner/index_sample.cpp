#include "planner/index_sample.hpp"

#include "catalog/expression.hpp"
#include "catalog/row_estimate.hpp"
#include "core/attempt.hpp"
#include "core/extension.hpp"
#include "core/query.hpp"

namespace dbeng {

namespace {

/* Enough for the frequent keys; the others are reckoned. */
constexpr int64 most_blocks = 300;
constexpr double most_rows = 30000;
/* Keys over which GiST builds a union in the sample: about as many as a page has. */
constexpr std::size_t union_of = 64;

/* A table to read, and which of its blocks. */
struct Piece
{
	const RelationEntry *table;
	int64 pages;
	std::span<const BlockNumber> blocks;
};

/* Different values and how often they were seen; of equal ones only the hash is kept. */
class Tally
{
  public:
	struct Entry
	{
		uint64 hash;
		int32 bytes;
		uint32 count; /* rows; 0: a free place */
		uint32 blocks;
		uint32 last_row;
		uint32 last_block;
	};

	Tally() { places_->resize(1024); }

	/* Counts a row's value once; row and block from 1. */
	void add(uint64 hash, int32 bytes, uint32 row, uint32 block)
	{
		Entry &entry = place(hash);
		if (entry.count == 0)
		{
			entry = {hash, bytes, 0, 0, 0, 0};
			used_++;
		}
		if (entry.last_row == row)
			return;
		entry.count++;
		entry.last_row = row;
		if (entry.last_block != block)
		{
			entry.blocks++;
			entry.last_block = block;
		}
		if (used_ * 2 > places_->size())
			grow();
	}

	/* What was seen, the most frequent first; ends the counting. */
	std::span<Entry> sorted()
	{
		auto end =
			std::remove_if(places_->begin(), places_->end(), [](const Entry &entry) { return entry.count == 0; });
		std::sort(places_->begin(), end, [](const Entry &a, const Entry &b) { return a.count > b.count; });
		return {places_->data(), static_cast<std::size_t>(end - places_->begin())};
	}

  private:
	Entry &place(uint64 hash)
	{
		std::size_t mask = places_->size() - 1;
		std::size_t at = hash & mask;
		while ((*places_)[at].count != 0 && (*places_)[at].hash != hash)
			at = (at + 1) & mask;
		return (*places_)[at];
	}

	void grow()
	{
		/* Vectors of one context only may be swapped: rows are read in one of their own. */
		Local<Vector<Entry>> old(places_->get_allocator());
		old->swap(*places_);
		places_->resize(old->size() * 2);
		for (const Entry &entry : *old)
			if (entry.count != 0)
				place(entry.hash) = entry;
		old->clear();
		old->shrink_to_fit();
	}

	Local<Vector<Entry>> places_;
	std::size_t used_ = 0;
};

/* What is asked of the rows, and what they answered. */
struct Reading
{
	const ImaginedIndex *index;
	const ImaginedKey *key;
	Oid stored_type; /* what the index keeps */
	int16 length;
	bool by_value;
	char align;
	char storage;

	FmgrInfo extract; /* GIN: extractValue; GiST: compress */
	FmgrInfo decompress;
	FmgrInfo unite;
	bool has_extract;
	bool has_decompress;
	bool has_unite;

	double rows;
	double nulls;
	uint32 block; /* number of the one being read, from 1 */
	double union_bytes;
	Tally *tally;
	Vector<int32> *sizes;
	Vector<GISTENTRY> *entries;
};

/* The blocks to be read, for the server's TABLESAMPLE scan. */
struct Blocks
{
	SampleScanState scan; /* first: the server hands us this */
	std::span<const BlockNumber> blocks;
	std::size_t next;
	OffsetNumber offset;
};

} // namespace

static BlockNumber
next_block(SampleScanState *scan, BlockNumber end)
{
	auto *blocks = reinterpret_cast<Blocks *>(scan);
	CHECK_FOR_INTERRUPTS();
	blocks->offset = InvalidOffsetNumber;
	while (blocks->next < blocks->blocks.size())
		if (BlockNumber block = blocks->blocks[blocks->next++]; block < end)
			return block;
	return InvalidBlockNumber;
}

static OffsetNumber
next_tuple(SampleScanState *scan, BlockNumber, OffsetNumber last)
{
	auto *blocks = reinterpret_cast<Blocks *>(scan);
	return blocks->offset >= last ? InvalidOffsetNumber : ++blocks->offset;
}

static uint64
hash_of(const Reading &reading, Datum value)
{
	const void *bytes = &value;
	std::size_t length = sizeof(value);
	if (!reading.by_value && reading.length == -1)
	{
		varlena *plain = PG_DETOAST_DATUM_PACKED(value);
		bytes = VARDATA_ANY(plain);
		length = VARSIZE_ANY_EXHDR(plain);
	}
	else if (!reading.by_value)
	{
		bytes = DatumGetPointer(value);
		length = reading.length == -2 ? strlen(DatumGetCString(value)) : static_cast<std::size_t>(reading.length);
	}
	return hash_bytes_extended(static_cast<const unsigned char *>(bytes), static_cast<int>(length), 0);
}

static void
count_keys(Reading &reading, Datum value, bool null)
{
	auto row = static_cast<uint32>(reading.rows);
	/* Placeholders for NULL, for a value without keys, for a NULL among the keys. */
	constexpr uint64 null_item = 1;
	constexpr uint64 empty_item = 2;
	constexpr uint64 null_key = 3;
	if (null)
	{
		reading.tally->add(null_item, 1, row, reading.block);
		return;
	}
	int32 count = 0;
	bool *nulls = nullptr;
	auto *keys = reinterpret_cast<Datum *>(DatumGetPointer(FunctionCall3Coll(
		&reading.extract, reading.key->collation, value, PointerGetDatum(&count), PointerGetDatum(&nulls))));
	if (keys == nullptr || count <= 0)
	{
		reading.tally->add(empty_item, 1, row, reading.block);
		return;
	}
	for (int32 i = 0; i < count; i++)
	{
		if (nulls != nullptr && nulls[i])
			reading.tally->add(null_key, 1, row, reading.block);
		else
			reading.tally->add(hash_of(reading, keys[i]), stored_size(keys[i], reading.length, reading.storage), row,
							   reading.block);
	}
}

static void
compress(Reading &reading, Datum value, MemoryContext keep)
{
	GISTENTRY entry;
	gistentryinit(entry, value, nullptr, nullptr, 0, true);
	if (reading.has_extract)
		entry = *reinterpret_cast<GISTENTRY *>(
			DatumGetPointer(FunctionCall1Coll(&reading.extract, reading.key->collation, PointerGetDatum(&entry))));
	reading.sizes->push_back(stored_size(entry.key, reading.length, reading.storage));
	if (reading.entries->size() < union_of)
	{
		MemoryContext row = MemoryContextSwitchTo(keep);
		entry.key = datumCopy(entry.key, reading.by_value, reading.length);
		MemoryContextSwitchTo(row);
		reading.entries->push_back(entry);
	}
}

/* How large the key over a page of keys is. */
static void
unite(Reading &reading)
{
	if (!reading.has_unite || reading.entries->empty())
		return;
	std::size_t count = reading.entries->size();
	/* A page of one key: some union functions read two of it. */
	std::size_t room = std::max<std::size_t>(count, 2);
	auto *vector = static_cast<GistEntryVector *>(palloc(offsetof(GistEntryVector, vector) + room * sizeof(GISTENTRY)));
	vector->n = static_cast<int32>(room);
	for (std::size_t i = 0; i < room; i++)
	{
		GISTENTRY &entry = (*reading.entries)[i % count];
		vector->vector[i] = entry;
		if (reading.has_decompress)
			vector->vector[i] = *reinterpret_cast<GISTENTRY *>(DatumGetPointer(
				FunctionCall1Coll(&reading.decompress, reading.key->collation, PointerGetDatum(&entry))));
	}
	int size = 0;
	Datum over =
		FunctionCall2Coll(&reading.unite, reading.key->collation, PointerGetDatum(vector), PointerGetDatum(&size));
	reading.union_bytes = stored_size(over, reading.length, reading.storage);
}

static void
take(Reading &reading, Datum value, bool null, MemoryContext keep)
{
	reading.rows++;
	if (null)
		reading.nulls++;
	if (reading.index->method == GIN_AM_OID)
		count_keys(reading, value, null);
	else if (null)
		return;
	else if (reading.index->method == GIST_AM_OID)
		compress(reading, value, keep);
	else
	{
		int32 bytes = stored_size(value, reading.length, reading.storage);
		reading.sizes->push_back(bytes);
		reading.tally->add(hash_of(reading, value), bytes, static_cast<uint32>(reading.rows), reading.block);
	}
}

/* An expression of the index's table as a partition has it: columns by name. NULL when one is not there (any more). */
static Node *
translated(Node *expression, const ImaginedIndex &index, const RelationEntry &table, TupleDesc columns)
{
	if (expression == nullptr)
		return nullptr;
	AttrMap *map = make_attrmap(index.table->column_count);
	for (const ColumnEntry &column : index.table->columns)
	{
		const ColumnEntry *own = &table == index.table ? &column : table.column(column.name);
		if (own != nullptr && own->number <= columns->natts)
		{
			Form_pg_attribute attribute = TupleDescAttr(columns, own->number - 1);
			if (!attribute->attisdropped && attribute->atttypid == column.type)
				map->attnums[column.number - 1] = own->number;
		}
	}
	bool missing = any_node(expression,
							[map](Node *node)
							{
								if (!IsA(node, Var))
									return false;
								AttrNumber number = reinterpret_cast<Var *>(node)->varattno;
								return number <= 0 || number > map->maplen || map->attnums[number - 1] == 0;
							});
	if (missing)
		return nullptr;
	bool whole_row;
	return map_variable_attnos(expression, 1, 0, map, InvalidOid, &whole_row);
}

static void
read_piece(Reading &reading, const Piece &piece, Node *expression, Node *predicate)
{
	Oid oid = piece.table->oid;
	if (!ConditionalLockRelationOid(oid, AccessShareLock))
		return;
	Relation table = try_relation_open(oid, NoLock);
	if (table == nullptr)
		return;
	TupleDesc columns = RelationGetDescr(table);
	Node *value_of = translated(expression, *reading.index, *piece.table, columns);
	Node *condition = translated(predicate, *reading.index, *piece.table, columns);
	bool readable = table->rd_rel->relkind == piece.table->kind && table->rd_tableam != nullptr &&
					!RELATION_IS_OTHER_TEMP(table) && value_of != nullptr &&
					(condition != nullptr || predicate == nullptr) &&
					!(RecoveryInProgress() && table->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT);
	if (readable)
	{
		Identity before = act_as(table->rd_rel->relowner);
		SetUserIdAndSecContext(table->rd_rel->relowner, before.context | SECURITY_RESTRICTED_OPERATION);
		EState *state = CreateExecutorState();
		ExprState *value = ExecPrepareExpr(reinterpret_cast<Expr *>(value_of), state);
		ExprState *kept = condition == nullptr ? nullptr : ExecPrepareQual(reinterpret_cast<List *>(condition), state);
		TupleTableSlot *slot = table_slot_create(table, nullptr);
		ExprContext *row = GetPerTupleExprContext(state);
		row->ecxt_scantuple = slot;

		TsmRoutine routine = {};
		routine.NextSampleBlock = next_block;
		routine.NextSampleTuple = next_tuple;
		auto *blocks = static_cast<Blocks *>(palloc0(sizeof(Blocks)));
		blocks->scan.tsmroutine = &routine;
		blocks->blocks = piece.blocks;
		MemoryContext keep = CurrentMemoryContext;
		TableScanDesc scan = table_beginscan_sampling(table, GetActiveSnapshot(), 0, nullptr, true, false, true);
		while (table_scan_sample_next_block(scan, &blocks->scan))
		{
			reading.block++;
			while (table_scan_sample_next_tuple(scan, &blocks->scan, slot))
			{
				ResetExprContext(row);
				MemoryContextSwitchTo(row->ecxt_per_tuple_memory);
				if (kept == nullptr || ExecQual(kept, row))
				{
					bool null;
					Datum datum = ExecEvalExpr(value, row, &null);
					take(reading, datum, null, keep);
				}
				MemoryContextSwitchTo(keep);
			}
		}
		table_endscan(scan);
		ExecDropSingleTupleTableSlot(slot);
		FreeExecutorState(state);
		before.restore();
	}
	relation_close(table, NoLock);
}

/* The tables that have the rows, in order. */
static void
collect_pieces(Vector<Piece> &pieces, const RelationEntry &table)
{
	if (table.stores_rows())
	{
		int64 pages = pages_on_disk(table.tablespace, table.file, static_cast<int64>(table.pages));
		if (pages > 0)
			pieces.push_back({&table, pages, {}});
	}
	else if (table.kind == RELKIND_PARTITIONED_TABLE)
		for (const RelationEntry *partition : table.children)
			collect_pieces(pieces, *partition);
}

/*
 * Chooses one block at random out of each of equal stretches of all pages: in
 * proportion to the sizes of the partitions, the same ones for the same table.
 */
static void
choose_blocks(Vector<Piece> &pieces, int64 total, int64 wanted)
{
	auto *blocks = static_cast<BlockNumber *>(palloc(static_cast<std::size_t>(wanted) * sizeof(BlockNumber)));
	std::size_t at = 0;
	int64 before = 0;
	int64 chosen = 0;
	int64 stretch = 0;
	for (Piece &piece : pieces)
	{
		std::size_t first = at;
		while (stretch < wanted)
		{
			double jitter = murmurhash32(static_cast<uint32>(stretch) + 1) / 4294967296.0;
			chosen = wanted == total ? stretch
									 : static_cast<int64>((static_cast<double>(stretch) + jitter) *
														  static_cast<double>(total) / static_cast<double>(wanted));
			if (chosen >= before + piece.pages)
				break;
			blocks[at++] = static_cast<BlockNumber>(chosen - before);
			stretch++;
		}
		before += piece.pages;
		piece.blocks = {blocks + first, at - first};
	}
}

/* May it be run as the owner of the table: can nobody who has fewer rights have written the functions it calls? */
static bool
may_run(Node *expression, Oid owner)
{
	auto is_foreign = [](Oid function, void *owner_oid)
	{
		if (function < FirstNormalObjectId)
			return false;
		HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
		if (!HeapTupleIsValid(tuple))
			return true;
		Oid writer = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->proowner;
		ReleaseSysCache(tuple);
		return !has_privs_of_role(writer, *static_cast<Oid *>(owner_oid));
	};
	/* The conditions of a domain would run, too. */
	return !any_node(expression, [&](Node *node)
					 { return IsA(node, CoerceToDomain) || check_functions_in_node(node, is_foreign, &owner); });
}

namespace {
/* Values seen once, in two parts: as rare as those seen twice, and rarer. */
struct Rare
{
	double common_seen;
	double common_all;
	double rarest_seen;
	double rarest_all;
};
} // namespace

/*
 * How many values there must be of which a sample of that share of all rows
 * found counts[i] i times. The ratios of neighbouring counts tell how often
 * values like those found twice to four times are found once, or missed: they
 * are equal where all values are equally frequent, and lie on a line where the
 * frequencies differ (a Poisson distribution, a negative binomial one). What
 * else was found once are values that the table hardly has twice, as the
 * numbers of orders among the words of a document: there are as many more as
 * there are more rows.
 */
static Rare
rare_values(const double (&counts)[5], double sampled_share)
{
	constexpr double few = 20;
	double once = counts[1];
	Rare rare = {0, 0, once, once / sampled_share};
	if (counts[2] < 1 || sampled_share >= 1)
		return rare;
	double second = counts[3] > 0 ? 3 * counts[3] / counts[2] : 2 * counts[2] / std::max(once, 1.0);
	double third = counts[3] >= few && counts[4] >= few ? 4 * counts[4] / counts[3] : second;
	double slope = std::max(third - second, 0.0);
	double first = std::max(second - slope, second / 3);
	/* Fewer were found once than that leads to: the rarer are more alike than the frequent, and none is alone. */
	if (double found = 2 * counts[2] / std::max(once, 1.0); found > first)
	{
		first = found;
		slope = std::max(second - first, 0.0);
	}
	double none = std::max(first - slope / 2, first / 2);
	rare.common_seen = std::min(2 * counts[2] / first, once);
	rare.common_all = rare.common_seen * (1 + 1 / none);
	rare.rarest_seen = once - rare.common_seen;
	rare.rarest_all = rare.rarest_seen / sampled_share;
	return rare;
}

template <class T>
static std::span<const T>
kept(const Vector<T> &from)
{
	auto *to = static_cast<T *>(palloc(from.size() * sizeof(T) + 1));
	std::copy(from.begin(), from.end(), to);
	return {to, from.size()};
}

/* Sampled keys as classes: frequent ones by their counts, those seen once spread over all that must be there. */
static void
classify(KeySample &sample, std::span<Tally::Entry> seen, uint32 blocks, bool gin)
{
	double counts[5] = {};
	double once_bytes = 0;
	for (const Tally::Entry &entry : seen)
	{
		if (entry.count < std::size(counts))
			counts[entry.count]++;
		if (entry.count == 1)
			once_bytes += entry.bytes;
	}
	double once = counts[1];
	sample.unique = once == static_cast<double>(seen.size());
	/* Neighbours in frequency are one class. */
	Local<Vector<PostingClass>> classes;
	for (std::size_t i = 0; i < seen.size() && seen[i].count > 1;)
	{
		PostingClass sum = {};
		uint32 first = seen[i].count;
		for (; i < seen.size() && seen[i].count > 1 && seen[i].count * 20 >= first * 19; i++)
		{
			sum.keys++;
			sum.share += seen[i].count;
			sum.blocks += seen[i].blocks;
			sum.bytes += seen[i].bytes;
		}
		sum.share /= sum.keys * sample.rows;
		sum.blocks = first >= 8 ? sum.blocks / (sum.keys * blocks) : 0;
		sum.bytes /= sum.keys;
		classes->push_back(sum);
	}
	if (once > 0)
	{
		Rare rare = rare_values(counts, std::min(sample.rows / sample.table_rows, 1.0));
		if (rare.common_seen > 0)
			classes->push_back(
				{rare.common_all, rare.common_seen / sample.rows / rare.common_all, 0, once_bytes / once});
		if (rare.rarest_seen > 0)
			classes->push_back(
				{rare.rarest_all, rare.rarest_seen / sample.rows / rare.rarest_all, 0, once_bytes / once});
	}
	if (gin)
	{
		sample.postings = kept(*classes);
		return;
	}
	Local<Vector<ValueClass>> by_value;
	for (const PostingClass &one : *classes)
		by_value->push_back({one.keys, one.share});
	sample.classes = kept(*by_value);
}

/* What the index keeps of a key. */
static void
describe(Reading &reading)
{
	const ImaginedKey &key = *reading.key;
	Oid type = key.type;
	if (OidIsValid(key.opclass))
	{
		HeapTuple tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(key.opclass));
		if (HeapTupleIsValid(tuple))
		{
			Oid kept_type = reinterpret_cast<Form_pg_opclass>(GETSTRUCT(tuple))->opckeytype;
			ReleaseSysCache(tuple);
			if (kept_type == ANYELEMENTOID)
				type = get_base_element_type(getBaseType(key.type));
			else if (OidIsValid(kept_type))
				type = kept_type;
		}
	}
	reading.stored_type = type;
	get_typlenbyvalalign(type, &reading.length, &reading.by_value, &reading.align);
	reading.storage = get_typstorage(type);
	auto find = [&key](FmgrInfo *function, int number)
	{
		Oid oid = get_opfamily_proc(key.opfamily, key.input_type, key.input_type, static_cast<int16>(number));
		if (OidIsValid(oid))
			fmgr_info(oid, function);
		return OidIsValid(oid);
	};
	if (reading.index->method == GIN_AM_OID)
		reading.has_extract = find(&reading.extract, GIN_EXTRACTVALUE_PROC);
	if (reading.index->method == GIST_AM_OID)
	{
		reading.has_extract = find(&reading.extract, GIST_COMPRESS_PROC);
		reading.has_decompress = find(&reading.decompress, GIST_DECOMPRESS_PROC);
		reading.has_unite = find(&reading.unite, GIST_UNION_PROC);
	}
}

/* Reads the rows; false when there was nothing to read. The result is in the context to. */
static bool
read_sample(const ImaginedIndex &index, const ImaginedKey &key, Node *expression, KeySample *sample, MemoryContext to)
{
	Local<Vector<Piece>> pieces;
	collect_pieces(*pieces, *index.table);
	int64 pages = 0;
	double known_pages = 0;
	double known_rows = 0;
	for (const Piece &piece : *pieces)
	{
		pages += piece.pages;
		if (piece.table->tuples > 0)
		{
			known_pages += piece.table->pages;
			known_rows += static_cast<double>(piece.table->tuples);
		}
	}
	if (pages == 0)
		return false;
	double density = known_pages > 0 ? std::max(known_rows / known_pages, 1.0) : 100;
	int64 wanted = std::min(pages, std::clamp(static_cast<int64>(most_rows / density), most_blocks / 5, most_blocks));
	choose_blocks(*pieces, pages, wanted);

	Local<Tally> tally;
	Local<Vector<int32>> sizes;
	Local<Vector<GISTENTRY>> entries;
	Reading reading = {};
	reading.index = &index;
	reading.key = &key;
	reading.tally = &*tally;
	reading.sizes = &*sizes;
	reading.entries = &*entries;
	auto *predicate = reinterpret_cast<Node *>(index.predicate);
	Refusal refusal = attempted(
		[&]
		{
			NewGUCNestLevel();
			pin_setting("search_path", "pg_catalog, pg_temp");
			describe(reading);
			for (const Piece &piece : *pieces)
				if (!piece.blocks.empty())
					read_piece(reading, piece, expression, predicate);
			unite(reading);
		});
	if (refusal.code != 0 || reading.block == 0 || reading.rows < 1)
		return false;

	MemoryContext room = MemoryContextSwitchTo(to);
	*sample = {};
	sample->rows = reading.rows;
	sample->null_fraction = reading.nulls / reading.rows;
	sample->table_pages = static_cast<double>(pages);
	sample->table_rows = reading.rows * static_cast<double>(pages) / reading.block;
	sample->union_bytes = reading.union_bytes;
	sample->signatures = reading.stored_type != key.type && reading.length == -1;
	if (!sizes->empty())
	{
		MemoryContextSwitchTo(room);
		Local<Vector<WeightedSize>> weighted;
		for (int32 size : *sizes)
			weighted->push_back({size, 1});
		MemoryContextSwitchTo(to);
		sample->sizes = drawn_sizes({weighted->data(), weighted->size()});
	}
	MemoryContextSwitchTo(room);
	std::span<Tally::Entry> seen = tally->sorted();
	MemoryContextSwitchTo(to);
	classify(*sample, seen, reading.block, index.method == GIN_AM_OID);
	MemoryContextSwitchTo(room);
	return true;
}

namespace {
/* Samples of this transaction. */
struct Known
{
	Oid table;
	Oid method;
	Oid opclass;
	CommandId command;
	Node *expression;
	List *predicate;
	const KeySample *sample; /* NULL: could not be read */
};

struct Cache
{
	MemoryContext context;
	Local<Vector<Known>> known;
};
} // namespace

static Cache *cache;

static Cache &
current_cache()
{
	if (cache != nullptr)
		return *cache;
	MemoryContext context = AllocSetContextCreate(TopTransactionContext, "dbeng samples", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	auto *made = ::new (palloc(sizeof(Cache))) Cache;
	made->context = context;
	auto *callback = static_cast<MemoryContextCallback *>(palloc0(sizeof(MemoryContextCallback)));
	callback->func = [](void *) { cache = nullptr; };
	MemoryContextRegisterResetCallback(context, callback);
	MemoryContextSwitchTo(caller);
	return *(cache = made);
}

const KeySample *
sample_key(const ImaginedIndex &index, const ImaginedKey &key)
{
	Node *expression = key.expression;
	if (key.column > 0)
	{
		const ColumnEntry *column = index.table->column(key.column);
		expression =
			reinterpret_cast<Node *>(makeVar(1, key.column, column->type, column->typmod, column->collation, 0));
	}
	Cache &here = current_cache();
	CommandId command = GetCurrentCommandId(false);
	for (const Known &one : *here.known)
		if (one.table == index.table->oid && one.method == index.method && one.opclass == key.opclass &&
			one.command == command && equal(one.expression, expression) && equal(one.predicate, index.predicate))
			return one.sample;

	auto *sample = static_cast<KeySample *>(MemoryContextAllocZero(here.context, sizeof(KeySample)));
	MemoryContext room = AllocSetContextCreate(CurrentMemoryContext, "dbeng sample", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(room);
	bool found = may_run(expression, index.table->owner) &&
				 may_run(reinterpret_cast<Node *>(index.predicate), index.table->owner) &&
				 read_sample(index, key, expression, sample, here.context);
	MemoryContextSwitchTo(here.context);
	here.known->push_back({index.table->oid, index.method, key.opclass, command,
						   static_cast<Node *>(copyObjectImpl(expression)),
						   static_cast<List *>(copyObjectImpl(index.predicate)), found ? sample : nullptr});
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(room);
	return found ? sample : nullptr;
}

} // namespace dbeng
