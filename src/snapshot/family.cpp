#include "snapshot/family.hpp"

namespace dbeng {

static constexpr Field clock_fields[] = {{"elapsed"}, {"snapshots"}};

static constexpr Field relation_fields[] = {
	{"scans"},
	{"rows_read"},
	{"rows_fetched"},
	{"blocks_hit"},
	{"blocks_read"},
	{"inserted"},
	{"updated"},
	{"hot_updated"},
	{"deleted"},
	{"live", Kind::gauge},
	{"dead", Kind::gauge},
	{"modified_since_analyze", Kind::gauge},
	{"inserted_since_vacuum", Kind::gauge},
	{"vacuums"},
	{"autovacuums"},
	{"analyzes"},
	{"autoanalyzes"},
};

static constexpr Field size_fields[] = {{"bytes", Kind::gauge}};

static constexpr Field statement_fields[] = {
	{"calls"},			{"exec_us"},   {"rows"},		{"blocks_hit"}, {"blocks_read"}, {"blocks_dirtied"},
	{"blocks_written"}, {"wal_bytes"}, {"wal_records"}, {"read_us"},	{"write_us"},	 {"temp_read"},
	{"temp_written"},	{"plans"},	   {"plan_us"},		{"jit_us"},		{"local_read"},	 {"local_written"},
};

static constexpr Field database_fields[] = {
	{"commits"},		{"blocks_hit"},		   {"rows_returned"},
	{"rows_fetched"},	{"blocks_read"},	   {"rollbacks"},
	{"inserted"},		{"updated"},		   {"deleted"},
	{"active_us"},		{"session_us"},		   {"idle_in_transaction_us"},
	{"sessions"},		{"temp_files"},		   {"temp_bytes"},
	{"read_us"},		{"write_us"},		   {"deadlocks"},
	{"conflicts"},		{"checksum_failures"}, {"sessions_abandoned"},
	{"sessions_fatal"}, {"sessions_killed"},   {"reset_at", Kind::gauge},
};

static constexpr Field server_fields[] = {
	{"wal_bytes"},
	{"wal_records"},
	{"wal_full_pages"},
	{"buffers_alloc"},
	{"buffers_clean"},
	{"maxwritten_clean"},
	{"checkpoints_timed"},
	{"checkpoints_requested"},
	{"checkpoint_write_ms"},
	{"checkpoint_sync_ms"},
	{"buffers_checkpoint"},
	{"buffers_backend"},
	{"wal_buffers_full"},
	{"archived"},
	{"archive_failures"},
	{"statements_evicted"},
	{"server_started", Kind::gauge},
	{"timeline", Kind::gauge},
	{"clock_offset", Kind::gauge},
	{"shared_reset", Kind::gauge},
	{"statements_reset", Kind::gauge},
	{"reloaded", Kind::gauge},
};

static constexpr Field io_fields[] = {{"hits"},	  {"reads"},  {"writes"},	  {"extends"}, {"evictions"},
									  {"reuses"}, {"fsyncs"}, {"writebacks"}, {"read_us"}, {"write_us"}};

static constexpr Field slru_fields[] = {{"hits"}, {"reads"}, {"writes"}, {"zeroed"}};

static constexpr Field slot_fields[] = {
	{"retained_bytes", Kind::gauge}, {"spill_bytes"}, {"total_bytes"}, {"active", Kind::gauge}};

static constexpr Field standby_fields[] = {{"replay_lag_us", Kind::gauge},
										   {"flush_lag_us", Kind::gauge},
										   {"write_lag_us", Kind::gauge},
										   {"replay_lag_bytes", Kind::gauge}};

static constexpr Field wait_fields[] = {{"samples"}};

static constexpr Field activity_fields[] = {
	{"connections", Kind::gauge},
	{"active", Kind::gauge},
	{"idle_in_transaction", Kind::gauge},
	{"waiting_for_lock", Kind::gauge},
	{"oldest_transaction_us", Kind::gauge},
	{"longest_query_us", Kind::gauge},
	{"longest_lock_wait_us", Kind::gauge},
	{"xid_age", Kind::gauge},
	{"multixact_age", Kind::gauge},
	{"prepared_transactions", Kind::gauge},
	{"sample_rounds"},
};

static constexpr Field disk_fields[] = {{"total_bytes", Kind::gauge}, {"free_bytes", Kind::gauge}};

static_assert(std::size(clock_fields) == clock_field::count);
static_assert(std::size(relation_fields) == relation_field::count);
static_assert(std::size(size_fields) == size_field::count);
static_assert(std::size(statement_fields) == statement_field::count);
static_assert(std::size(database_fields) == database_field::count);
static_assert(std::size(server_fields) == server_field::count);
static_assert(std::size(io_fields) == io_field::count);
static_assert(std::size(slru_fields) == slru_field::count);
static_assert(std::size(slot_fields) == slot_field::count);
static_assert(std::size(standby_fields) == standby_field::count);
static_assert(std::size(wait_fields) == wait_field::count);
static_assert(std::size(activity_fields) == activity_field::count);
static_assert(std::size(disk_fields) == disk_field::count);
static_assert(std::size(database_fields) <= most_fields && std::size(server_fields) <= most_fields);

std::span<const Field>
fields_of(Family family)
{
	static constexpr std::span<const Field> all[family_count] = {
		clock_fields, relation_fields, size_fields,	   statement_fields, database_fields, server_fields, io_fields,
		slru_fields,  slot_fields,	   standby_fields, wait_fields,		 activity_fields, disk_fields};
	return all[static_cast<int>(family)];
}

} // namespace dbeng
