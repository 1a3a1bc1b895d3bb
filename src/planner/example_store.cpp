/*
 * example_store.cpp: records lie in chains of blocks, their heads in a hash
 * table, and in a list from the newest to the oldest. Whether one is due says
 * a table beside it, of sets of four in a cache line each, that processes
 * read and change with nothing but atomic operations.
 */
#include "planner/example_store.hpp"

namespace dbeng {

namespace {
constexpr uint32 none = UINT32_MAX;
constexpr std::size_t block_bytes = 256;
/* What an example takes on the average, by which memory is shared out. */
constexpr std::size_t average_bytes = 2 * block_bytes;

/* The last time somebody was told to look at it. Both 0: free. */
struct Look
{
	pg_atomic_uint64 key;
	pg_atomic_uint64 at;
};

struct LookSet
{
	Look looks[4];
};

struct Head
{
	ExampleKey key; /* no database: free, next is the next free one */
	TimestampTz seen_at;
	uint32 bytes;
	uint32 block; /* the first */
	uint32 next;  /* in its bucket */
	uint32 newer;
	uint32 older;
};

struct Block
{
	char bytes[block_bytes];
};

struct Store
{
	LWLock lock;
	uint32 look_sets;
	uint32 heads; /* as many buckets as heads */
	uint32 blocks;
	/* Those that were never used are behind these; their memory is not touched before. */
	uint32 used_heads;
	uint32 used_blocks;
	uint32 free_head;
	uint32 free_block;
	uint32 free_blocks; /* how many in all */
	uint32 newest;
	uint32 oldest;
};

/* The store and its tables; every process has the same. */
struct Tables
{
	Store *store;
	LookSet *look_sets;
	Head *head;
	uint32 *bucket;
	uint32 *next_block;
	Block *block;
};

/* How many of each a size has room for. */
struct Capacity
{
	explicit Capacity(int kilobytes)
	{
		std::size_t bytes = static_cast<std::size_t>(kilobytes) * 1024;
		std::size_t each = sizeof(LookSet) / 2 + sizeof(Head) + sizeof(uint32) +
						   average_bytes / block_bytes * (sizeof(Block) + sizeof(uint32));
		heads = static_cast<uint32>(bytes / each);
		look_sets = heads / 2;
		blocks = static_cast<uint32>(heads * (average_bytes / block_bytes));
	}
	std::size_t bytes() const
	{
		return PG_CACHE_LINE_SIZE + CACHELINEALIGN(sizeof(Store)) + CACHELINEALIGN(look_sets * sizeof(LookSet)) +
			   CACHELINEALIGN(heads * sizeof(Head)) + CACHELINEALIGN(heads * sizeof(uint32)) +
			   CACHELINEALIGN(blocks * sizeof(uint32)) + blocks * sizeof(Block);
	}

	uint32 look_sets;
	uint32 heads;
	uint32 blocks;
};
} // namespace

static Tables tables = {};
static const int *wanted_kilobytes = nullptr;
static shmem_request_hook_type previous_request = nullptr;
static shmem_startup_hook_type previous_startup = nullptr;

template <class T>
static T *
take(char *&from, std::size_t count)
{
	auto *taken = reinterpret_cast<T *>(from);
	from += CACHELINEALIGN(count * sizeof(T));
	return taken;
}

static void
request()
{
	if (previous_request != nullptr)
		previous_request();
	RequestAddinShmemSpace(Capacity(*wanted_kilobytes).bytes());
}

static void
initialise(const Capacity &capacity)
{
	Store *store = tables.store;
	*store = {};
	LWLockInitialize(&store->lock, LWLockNewTrancheId());
	store->look_sets = capacity.look_sets;
	store->heads = capacity.heads;
	store->blocks = capacity.blocks;
	store->free_head = store->free_block = store->newest = store->oldest = none;
	for (uint32 set = 0; set < capacity.look_sets; set++)
	{
		for (Look &look : tables.look_sets[set].looks)
		{
			pg_atomic_init_u64(&look.key, 0);
			pg_atomic_init_u64(&look.at, 0);
		}
	}
	std::fill_n(tables.bucket, capacity.heads, none);
}

static void
startup()
{
	if (previous_startup != nullptr)
		previous_startup();
	Capacity capacity(*wanted_kilobytes);
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	bool found;
	void *memory = ShmemInitStruct("dbeng examples", capacity.bytes(), &found);
	char *at = reinterpret_cast<char *>(CACHELINEALIGN(memory));
	tables.store = take<Store>(at, 1);
	tables.look_sets = take<LookSet>(at, capacity.look_sets);
	tables.head = take<Head>(at, capacity.heads);
	tables.bucket = take<uint32>(at, capacity.heads);
	tables.next_block = take<uint32>(at, capacity.blocks);
	tables.block = take<Block>(at, capacity.blocks);
	if (!found)
		initialise(capacity);
	LWLockRelease(AddinShmemInitLock);
	LWLockRegisterTranche(tables.store->lock.tranche, "dbeng examples");
}

void
reserve_examples(const int *kilobytes)
{
	wanted_kilobytes = kilobytes;
	previous_request = shmem_request_hook;
	shmem_request_hook = request;
	previous_startup = shmem_startup_hook;
	shmem_startup_hook = startup;
}

bool
has_examples()
{
	return tables.store != nullptr;
}

/* Never 0: that is a free place. */
static uint64
hash(const ExampleKey &key)
{
	uint64 mixed = static_cast<uint64>(key.query_id) ^ (static_cast<uint64>(key.database) << 32 | key.user);
	mixed = (mixed ^ (mixed >> 33)) * UINT64CONST(0xff51afd7ed558ccd);
	mixed = (mixed ^ (mixed >> 33)) * UINT64CONST(0xc4ceb9fe1a85ec53);
	return (mixed ^ (mixed >> 33)) | 1;
}

/* Which of that many: by the upper half, the lower bit being no choice. */
static uint32
place_of(uint64 hashed, uint32 places)
{
	return static_cast<uint32>(((hashed >> 32) * places) >> 32);
}

/* Also what was looked at in the future is over: then the clock was set back. */
static bool
is_over(uint64 at, TimestampTz now, int64 interval)
{
	int64 age = now - static_cast<TimestampTz>(at);
	return age >= interval || age <= -interval;
}

bool
is_example_due(const ExampleKey &key, int64 interval)
{
	uint64 hashed = hash(key);
	LookSet &set = tables.look_sets[place_of(hashed, tables.store->look_sets)];
	Look *found = nullptr;
	Look *oldest = nullptr;
	uint64 oldest_at = UINT64_MAX;
	uint64 at = 0;
	for (Look &look : set.looks)
	{
		uint64 looked = pg_atomic_read_u64(&look.at);
		if (pg_atomic_read_u64(&look.key) == hashed)
		{
			found = &look;
			at = looked;
			break;
		}
		if (looked < oldest_at)
		{
			oldest = &look;
			oldest_at = looked;
		}
	}
	if (found == nullptr)
		at = oldest_at;
	/* Almost always it ends here. The start of the statement is known; what time it really is costs more to know. */
	if (!is_over(at, GetCurrentStatementStartTimestamp(), interval))
		return false;
	TimestampTz now = GetCurrentTimestamp();
	if (!is_over(at, now, interval))
		return false;
	if (found != nullptr)
		return pg_atomic_compare_exchange_u64(&found->at, &at, static_cast<uint64>(now));
	uint64 other = pg_atomic_read_u64(&oldest->key);
	if (!pg_atomic_compare_exchange_u64(&oldest->key, &other, hashed))
		return false;
	pg_atomic_write_u64(&oldest->at, static_cast<uint64>(now));
	return true;
}

static bool
same(const ExampleKey &a, const ExampleKey &b)
{
	return a.query_id == b.query_id && a.user == b.user && a.database == b.database;
}

static uint32 &
bucket_of(const ExampleKey &key)
{
	return tables.bucket[place_of(hash(key), tables.store->heads)];
}

static uint32
find(const ExampleKey &key)
{
	uint32 at = bucket_of(key);
	while (at != none && !same(tables.head[at].key, key))
		at = tables.head[at].next;
	return at;
}

static void
give_back_blocks(Head &head)
{
	Store &store = *tables.store;
	while (head.block != none)
	{
		uint32 next = tables.next_block[head.block];
		tables.next_block[head.block] = store.free_block;
		store.free_block = head.block;
		store.free_blocks++;
		head.block = next;
	}
}

static uint32
take_block()
{
	Store &store = *tables.store;
	if (store.free_block == none)
		return store.used_blocks++;
	store.free_blocks--;
	return std::exchange(store.free_block, tables.next_block[store.free_block]);
}

static uint32
blocks_left()
{
	return tables.store->free_blocks + tables.store->blocks - tables.store->used_blocks;
}

static void
leave_list(uint32 at)
{
	Store &store = *tables.store;
	const Head &head = tables.head[at];
	(head.newer == none ? store.newest : tables.head[head.newer].older) = head.older;
	(head.older == none ? store.oldest : tables.head[head.older].newer) = head.newer;
}

static void
enter_list(uint32 at)
{
	Store &store = *tables.store;
	Head &head = tables.head[at];
	head.newer = none;
	head.older = store.newest;
	(store.newest == none ? store.oldest : tables.head[store.newest].newer) = at;
	store.newest = at;
}

static void
forget_oldest()
{
	Store &store = *tables.store;
	uint32 at = store.oldest;
	Head &head = tables.head[at];
	leave_list(at);
	give_back_blocks(head);
	uint32 *link = &bucket_of(head.key);
	while (*link != at)
		link = &tables.head[*link].next;
	*link = head.next;
	head.key = {};
	head.next = store.free_head;
	store.free_head = at;
}

/* A head for a key that has none; in no list yet. */
static uint32
take_head(const ExampleKey &key)
{
	Store &store = *tables.store;
	if (store.free_head == none && store.used_heads == store.heads)
		forget_oldest();
	uint32 at = store.free_head;
	if (at != none)
		store.free_head = tables.head[at].next;
	else
		at = store.used_heads++;
	Head &head = tables.head[at];
	uint32 &bucket = bucket_of(key);
	head.key = key;
	head.block = none;
	head.next = bucket;
	bucket = at;
	return at;
}

static void
write_blocks(Head &head, std::span<const char> record)
{
	uint32 *link = &head.block;
	for (std::size_t done = 0; done < record.size(); done += block_bytes)
	{
		uint32 block = take_block();
		*link = block;
		link = &tables.next_block[block];
		*link = none;
		memcpy(tables.block[block].bytes, record.data() + done, std::min(block_bytes, record.size() - done));
	}
	head.bytes = static_cast<uint32>(record.size());
}

void
keep_example(const ExampleKey &key, TimestampTz seen_at, std::span<const char> record)
{
	Assert(record.size() <= max_example_bytes);
	auto blocks = static_cast<uint32>((record.size() + block_bytes - 1) / block_bytes);
	LWLockAcquire(&tables.store->lock, LW_EXCLUSIVE);
	uint32 at = find(key);
	if (at == none)
		at = take_head(key);
	else
	{
		leave_list(at);
		give_back_blocks(tables.head[at]);
	}
	/* It is in no list and has no blocks: it is not the one that is forgotten. */
	while (blocks_left() < blocks)
		forget_oldest();
	write_blocks(tables.head[at], record);
	tables.head[at].seen_at = seen_at;
	enter_list(at);
	LWLockRelease(&tables.store->lock);
}

/* Under the lock. */
static void
copy(const Head &head, StoredExample &example, char *room)
{
	example = {head.key, head.seen_at, head.bytes};
	std::size_t done = 0;
	for (uint32 block = head.block; block != none; block = tables.next_block[block])
	{
		memcpy(room + done, tables.block[block].bytes, std::min<std::size_t>(block_bytes, head.bytes - done));
		done += block_bytes;
	}
}

bool
copy_example(const ExampleKey &key, StoredExample &example, char *room)
{
	LWLockAcquire(&tables.store->lock, LW_SHARED);
	uint32 at = find(key);
	if (at != none)
		copy(tables.head[at], example, room);
	LWLockRelease(&tables.store->lock);
	return at != none;
}

std::size_t
example_places()
{
	LWLockAcquire(&tables.store->lock, LW_SHARED);
	std::size_t places = tables.store->used_heads;
	LWLockRelease(&tables.store->lock);
	return places;
}

bool
copy_example(std::size_t place, StoredExample &example, char *room)
{
	LWLockAcquire(&tables.store->lock, LW_SHARED);
	const Head &head = tables.head[place];
	bool used = OidIsValid(head.key.database);
	if (used)
		copy(head, example, room);
	LWLockRelease(&tables.store->lock);
	return used;
}

} // namespace dbeng
