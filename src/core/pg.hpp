/*
 * pg.hpp: the one door to the server.
 *
 * Every server header comes in here and nowhere else, and every difference
 * between server versions is settled here, so that the rest of the code reads
 * as if there were only one version.
 *
 * C++ and Boost headers come first: port.h redefines snprintf and friends as
 * macros, which breaks std::snprintf in any C++ header parsed afterwards.
 */
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <new>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/container/flat_map.hpp>
#include <boost/container/flat_set.hpp>
#include <boost/container/small_vector.hpp>
#include <boost/container/static_vector.hpp>
#include <boost/container/vector.hpp>

extern "C" {
#include "postgres.h"

#include "access/amapi.h"
#include "access/detoast.h"
#include "access/attmap.h"
#include "access/genam.h"
#include "access/generic_xlog.h"
#include "access/brin.h"
#include "access/brin_page.h"
#include "access/gin.h"
#include "access/ginblock.h"
#include "access/gist.h"
#include "access/gist_private.h"
#include "access/hash.h"
#include "access/heapam.h"
#include "access/heaptoast.h"
#include "access/htup_details.h"
#include "access/itup.h"
#include "access/multixact.h"
#include "access/nbtree.h"
#include "access/parallel.h"
#include "access/relation.h"
#include "access/rmgr.h"
#include "access/spgist_private.h"
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/toast_compression.h"
#include "access/toast_internals.h"
#include "access/transam.h"
#include "access/tsmapi.h"
#include "access/twophase.h"
#include "access/visibilitymap.h"
#include "access/visibilitymapdefs.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "access/xloginsert.h"
#include "access/xlogutils.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/heap.h"
#include "catalog/index.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_am.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_auth_members.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_database.h"
#include "catalog/pg_db_role_setting.h"
#include "catalog/pg_default_acl.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_event_trigger.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_partitioned_table.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_sequence.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_statistic_ext_data.h"
#include "catalog/pg_tablespace.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "common/cryptohash.h"
#include "common/hashfn.h"
#include "common/int.h"
#include "common/jsonapi.h"
#include "commands/comment.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "commands/sequence.h"
#include "commands/tablespace.h"
#include "commands/trigger.h"
#include "common/keywords.h"
#include "common/pg_prng.h"
#include "common/relpath.h"
#include "common/sha2.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/dshash.h"
#include "lib/stringinfo.h"
#include "libpq/crypt.h"
#include "libpq/pqsignal.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"
#include "nodes/pathnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/plancat.h"
#include "optimizer/planner.h"
#include "parser/analyze.h"
#include "parser/parse_coerce.h"
#include "parser/parse_relation.h"
#include "parser/parse_utilcmd.h"
#include "parser/parser.h"
#include "parser/parsetree.h"
#include "parser/scansup.h"
#include "parser/parse_node.h"
#include "parser/parse_type.h"
#include "parser/parser.h"
#include "parser/parsetree.h"
#include "parser/scanner.h"
#include "partitioning/partbounds.h"
#include "partitioning/partdesc.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "replication/slot.h"
#include "replication/walsender.h"
#include "rewrite/rewriteDefine.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "rewrite/rewriteSupport.h"
#include "statistics/statistics.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "storage/freespace.h"
#include "storage/fsm_internals.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "storage/lwlock.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "storage/procsignal.h"
#if PG_VERSION_NUM >= 170000
#include "storage/read_stream.h"
#endif
#include "storage/shmem.h"
#include "storage/sinval.h"
#include "storage/sinvaladt.h"
#include "storage/smgr.h"
#include "tcop/cmdtag.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/backend_status.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/catcache.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/float.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inet.h"
#include "utils/inval.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/plancache.h"
#include "utils/partcache.h"
/* Whoever builds this need not have ICU's headers, and what this one declares with them is not used. */
#undef USE_ICU
#include "utils/pg_locale.h"
#include "utils/pgstat_internal.h"
#include "utils/portal.h"
#include "utils/rangetypes.h"
#include "utils/ps_status.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/rls.h"
#include "utils/ruleutils.h"
#include "utils/selfuncs.h"
#include "utils/snapmgr.h"
#include "utils/spccache.h"
#include "utils/syscache.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"
#include "utils/tuplesort.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"
#include "utils/uuid.h"
#include "utils/varlena.h"
#include "utils/wait_event.h"
#include "utils/xid8.h"
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#endif
}

/* Before 16 PGDLLEXPORT is empty outside Windows, and we compile with -fvisibility=hidden. */
#if PG_VERSION_NUM < 160000
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

/* Defines a SQL-callable function: SQL_FUNCTION(name) { ... } */
#define SQL_FUNCTION(name)                    \
	extern "C" {                              \
	PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name);                \
	}                                         \
	Datum name([[maybe_unused]] PG_FUNCTION_ARGS)

#undef Min
#undef Max
#undef Abs

namespace dbeng {
namespace pg {

inline constexpr int version = PG_VERSION_NUM;
inline constexpr int major = PG_VERSION_NUM / 10000;

/* What palloc() has before each piece. */
inline constexpr double chunk_header = version >= 160000 ? 8 : 16;

/* How many workers build a GIN index beside the session that says so: since 18. */
inline int
gin_build_workers([[maybe_unused]] Oid table, [[maybe_unused]] Oid index)
{
#if PG_VERSION_NUM >= 180000
	return plan_create_index_workers(table, index);
#else
	return 0;
#endif
}

/* The number of a relation's file, and the address of that file. */
#if PG_VERSION_NUM >= 160000
using FileNumber = RelFileNumber;
#else
using FileNumber = Oid;
#endif

/* A fork of a relation's file in this database, read without a relcache entry. */
struct ForkFile
{
#if PG_VERSION_NUM >= 160000
	RelFileLocator address;
#else
	RelFileNode address;
#endif
	ForkNumber fork;
	bool permanent;

	ForkFile(Oid tablespace, FileNumber file, ForkNumber which, bool is_permanent)
		: address{OidIsValid(tablespace) ? tablespace : MyDatabaseTableSpace, MyDatabaseId, file}, fork(which),
		  permanent(is_permanent)
	{}

	/* 0 also when there is no such file. */
	BlockNumber pages() const
	{
#if PG_VERSION_NUM >= 170000
		SMgrRelation storage = smgropen(address, INVALID_PROC_NUMBER);
#else
		SMgrRelation storage = smgropen(address, InvalidBackendId);
#endif
		return smgrexists(storage, fork) ? smgrnblocks(storage, fork) : 0;
	}

	/* Pins a block. */
	Buffer read(BlockNumber block, ReadBufferMode mode, BufferAccessStrategy strategy) const
	{
		return ReadBufferWithoutRelcache(address, fork, block, mode, strategy, permanent);
	}
};

/* Pins the first block of a relation's file in this database; InvalidBuffer when it has none. */
inline Buffer
read_first_block(Oid tablespace, FileNumber file, bool permanent)
{
	ForkFile main(tablespace, file, MAIN_FORKNUM, permanent);
	return main.pages() == 0 ? InvalidBuffer : main.read(0, RBM_NORMAL, nullptr);
}

/* Where this database's file of that number begins, from the data directory: the first segment of the main fork. */
inline void
file_path(Oid tablespace, FileNumber file, char *path, std::size_t room)
{
	Oid in = OidIsValid(tablespace) ? tablespace : MyDatabaseTableSpace;
#if PG_VERSION_NUM >= 180000
	strlcpy(path, GetRelationPath(MyDatabaseId, in, file, INVALID_PROC_NUMBER, MAIN_FORKNUM).str, room);
#else
#if PG_VERSION_NUM >= 170000
	char *whole = GetRelationPath(MyDatabaseId, in, file, INVALID_PROC_NUMBER, MAIN_FORKNUM);
#else
	char *whole = GetRelationPath(MyDatabaseId, in, file, InvalidBackendId, MAIN_FORKNUM);
#endif
	strlcpy(path, whole, room);
	pfree(whole);
#endif
}

/*
 * Reads blocks in the order given, ahead of their use, and hands each to
 * visit(Buffer, position), which releases it.
 */
template <class Visit>
void
each_block(Relation relation, ForkNumber fork, std::span<const BlockNumber> blocks, BufferAccessStrategy strategy,
		   Visit visit)
{
#if PG_VERSION_NUM >= 170000
	std::span<const BlockNumber> left = blocks;
	auto next = [](ReadStream *, void *from, void *) -> BlockNumber
	{
		auto *rest = static_cast<std::span<const BlockNumber> *>(from);
		if (rest->empty())
			return InvalidBlockNumber;
		BlockNumber block = rest->front();
		*rest = rest->subspan(1);
		return block;
	};
#if PG_VERSION_NUM >= 180000
	int flags = READ_STREAM_USE_BATCHING;
#else
	int flags = READ_STREAM_DEFAULT;
#endif
	ReadStream *stream = read_stream_begin_relation(flags, strategy, relation, fork, next, &left, 0);
	for (std::size_t i = 0; i < blocks.size(); i++)
	{
		CHECK_FOR_INTERRUPTS();
		visit(read_stream_next_buffer(stream, nullptr), i);
	}
	read_stream_end(stream);
#else
	auto ahead = static_cast<std::size_t>(std::max(get_tablespace_io_concurrency(relation->rd_rel->reltablespace), 0));
	std::size_t advised = 0;
	for (std::size_t i = 0; i < blocks.size(); i++)
	{
		CHECK_FOR_INTERRUPTS();
#ifdef USE_PREFETCH
		for (; advised < std::min(i + 1 + ahead, blocks.size()); advised++)
			if (advised > i)
				PrefetchBuffer(relation, fork, blocks[advised]);
#endif
		visit(ReadBufferExtended(relation, fork, blocks[i], RBM_NORMAL, strategy), i);
	}
#endif
}

/* The oldest transaction of which it is still recorded whether it committed. */
inline TransactionId
oldest_recorded()
{
#if PG_VERSION_NUM >= 170000
	return TransamVariables->oldestClogXid;
#else
	return ShmemVariableCache->oldestClogXid;
#endif
}

/* The tree walkers take an unprototyped function pointer before 16. */
using Walker = bool (*)(Node *, void *);

#if PG_VERSION_NUM < 160000
inline auto
unprototyped(Walker walker)
{
	return reinterpret_cast<bool (*)()>(reinterpret_cast<void (*)()>(walker));
}

inline bool
walk_expression(Node *node, Walker walker, void *context)
{
	return expression_tree_walker(node, unprototyped(walker), context);
}

inline bool
walk_query(Query *query, Walker walker, void *context)
{
	return query_tree_walker(query, unprototyped(walker), context, 0);
}

inline bool
walk_raw(Node *node, Walker walker, void *context)
{
	return raw_expression_tree_walker(node, unprototyped(walker), context);
}
#else
inline bool
walk_expression(Node *node, Walker walker, void *context)
{
	return expression_tree_walker(node, walker, context);
}

inline bool
walk_query(Query *query, Walker walker, void *context)
{
	return query_tree_walker(query, walker, context, 0);
}

inline bool
walk_raw(Node *node, Walker walker, void *context)
{
	return raw_expression_tree_walker(node, walker, context);
}
#endif

/* pg_constraint.conenforced: 18. */
inline bool
is_enforced([[maybe_unused]] const FormData_pg_constraint &form)
{
#if PG_VERSION_NUM >= 180000
	return form.conenforced;
#else
	return true;
#endif
}

/* Is it a foreign key over periods: 18. */
inline bool
is_temporal([[maybe_unused]] const FormData_pg_constraint &form)
{
#if PG_VERSION_NUM >= 180000
	return form.conperiod;
#else
	return false;
#endif
}

/* A column that a plan sets, beyond what its statement says; whoever runs it needs no right for that. */
inline void
mark_updated([[maybe_unused]] PlannedStmt *plan, RangeTblEntry *relation, AttrNumber column)
{
	int member = column - FirstLowInvalidHeapAttributeNumber;
#if PG_VERSION_NUM >= 160000
	/* A partition goes by what is said of its root. */
	if (relation->perminfoindex == 0)
		return;
	RTEPermissionInfo *permissions = getRTEPermissionInfo(plan->permInfos, relation);
	permissions->updatedCols = bms_add_member(permissions->updatedCols, member);
#else
	relation->updatedCols = bms_add_member(relation->updatedCols, member);
#endif
}

/* A column's statistics target, -1: the default. Since 17 a NULL says so. */
inline int
statistics_target(HeapTuple attribute)
{
	bool null;
	Datum target = SysCacheGetAttr(ATTNUM, attribute, Anum_pg_attribute_attstattarget, &null);
#if PG_VERSION_NUM >= 170000
	return null ? -1 : DatumGetInt16(target);
#else
	return null ? -1 : DatumGetInt32(target);
#endif
}

/* pg_auth_members.inherit_option and set_option: 16; before, INHERIT was the member's and SET always allowed. */
inline bool
inherits([[maybe_unused]] const FormData_pg_auth_members &form, [[maybe_unused]] bool member_inherits)
{
#if PG_VERSION_NUM >= 160000
	return form.inherit_option;
#else
	return member_inherits;
#endif
}

inline bool
can_set([[maybe_unused]] const FormData_pg_auth_members &form)
{
#if PG_VERSION_NUM >= 160000
	return form.set_option;
#else
	return true;
#endif
}

/* The counters of a table or index under the model's names; 16 renamed half of them and added the time of the last scan. */
template <class Counters>
Counters
counters(const PgStat_StatTabEntry &from)
{
	Counters to = {};
	to.scans = from.numscans;
	to.rows_read = from.tuples_returned;
	to.rows_fetched = from.tuples_fetched;
	to.inserted = from.tuples_inserted;
	to.updated = from.tuples_updated;
	to.deleted = from.tuples_deleted;
	to.hot_updated = from.tuples_hot_updated;
	to.blocks_fetched = from.blocks_fetched;
	to.blocks_hit = from.blocks_hit;
#if PG_VERSION_NUM >= 160000
	to.live = from.live_tuples;
	to.dead = from.dead_tuples;
	to.modified_since_analyze = from.mod_since_analyze;
	to.inserted_since_vacuum = from.ins_since_vacuum;
	if constexpr (requires { to.moved_by_update; })
		to.moved_by_update = from.tuples_newpage_updated;
	to.last_scan = from.lastscan;
	to.last_vacuum = std::max(from.last_vacuum_time, from.last_autovacuum_time);
	to.last_analyze = std::max(from.last_analyze_time, from.last_autoanalyze_time);
#else
	to.live = from.n_live_tuples;
	to.dead = from.n_dead_tuples;
	to.modified_since_analyze = from.changes_since_analyze;
	to.inserted_since_vacuum = from.inserts_since_vacuum;
	to.last_vacuum = std::max(from.vacuum_timestamp, from.autovac_vacuum_timestamp);
	to.last_analyze = std::max(from.analyze_timestamp, from.autovac_analyze_timestamp);
#endif
	return to;
}

template <class Database>
void
counters(const PgStat_StatDBEntry &from, Database &to)
{
#if PG_VERSION_NUM >= 160000
	to.commits = from.xact_commit;
	to.rollbacks = from.xact_rollback;
	to.blocks_read = from.blocks_fetched - from.blocks_hit;
	to.blocks_hit = from.blocks_hit;
	to.temp_files = from.temp_files;
	to.temp_bytes = from.temp_bytes;
	to.deadlocks = from.deadlocks;
	to.checksum_failures = from.checksum_failures;
#else
	to.commits = from.n_xact_commit;
	to.rollbacks = from.n_xact_rollback;
	to.blocks_read = from.n_blocks_fetched - from.n_blocks_hit;
	to.blocks_hit = from.n_blocks_hit;
	to.temp_files = from.n_temp_files;
	to.temp_bytes = from.n_temp_bytes;
	to.deadlocks = from.n_deadlocks;
	to.checksum_failures = from.n_checksum_failures;
#endif
	to.stats_reset = from.stat_reset_timestamp;
}

/* How often a table was vacuumed and analysed, by hand and automatically. */
template <class Counters>
void
vacuum_counts(const PgStat_StatTabEntry &from, Counters &to)
{
	to.vacuums = from.vacuum_count;
	to.analyzes = from.analyze_count;
#if PG_VERSION_NUM >= 160000
	to.autovacuums = from.autovacuum_count;
	to.autoanalyzes = from.autoanalyze_count;
#else
	to.autovacuums = from.autovac_vacuum_count;
	to.autoanalyzes = from.autovac_analyze_count;
#endif
}

/* What counters() leaves out of a database's totals. Times in microseconds. */
template <class Totals>
void
database_totals(const PgStat_StatDBEntry &from, Totals &to)
{
	counters(from, to);
#if PG_VERSION_NUM >= 160000
	to.rows_returned = from.tuples_returned;
	to.rows_fetched = from.tuples_fetched;
	to.inserted = from.tuples_inserted;
	to.updated = from.tuples_updated;
	to.deleted = from.tuples_deleted;
	to.active_us = from.active_time;
	to.session_us = from.session_time;
	to.idle_in_transaction_us = from.idle_in_transaction_time;
	to.sessions = from.sessions;
	to.read_us = from.blk_read_time;
	to.write_us = from.blk_write_time;
	to.conflicts = from.conflict_tablespace + from.conflict_lock + from.conflict_snapshot + from.conflict_logicalslot +
				   from.conflict_bufferpin + from.conflict_startup_deadlock;
	to.sessions_abandoned = from.sessions_abandoned;
	to.sessions_fatal = from.sessions_fatal;
	to.sessions_killed = from.sessions_killed;
#else
	to.rows_returned = from.n_tuples_returned;
	to.rows_fetched = from.n_tuples_fetched;
	to.inserted = from.n_tuples_inserted;
	to.updated = from.n_tuples_updated;
	to.deleted = from.n_tuples_deleted;
	to.active_us = from.total_active_time;
	to.session_us = from.total_session_time;
	to.idle_in_transaction_us = from.total_idle_in_xact_time;
	to.sessions = from.n_sessions;
	to.read_us = from.n_block_read_time;
	to.write_us = from.n_block_write_time;
	to.conflicts = from.n_conflict_tablespace + from.n_conflict_lock + from.n_conflict_snapshot +
				   from.n_conflict_bufferpin + from.n_conflict_startup_deadlock;
	to.sessions_abandoned = from.n_sessions_abandoned;
	to.sessions_fatal = from.n_sessions_fatal;
	to.sessions_killed = from.n_sessions_killed;
#endif
}

/*
 * Visits the shared counters of this database's relations and of every
 * database, straight in the shared hash table. Both visitors get copies; a
 * partition of the table is locked in share mode meanwhile, so they only store
 * what they get.
 */
template <class VisitRelation, class VisitDatabase>
void
each_counted(VisitRelation visit_relation, VisitDatabase visit_database)
{
	dshash_seq_status scan;
	dshash_seq_init(&scan, pgStatLocal.shared_hash, false);
	while (auto *entry = static_cast<PgStatShared_HashEntry *>(dshash_seq_next(&scan)))
	{
		if (entry->dropped)
			continue;
#if PG_VERSION_NUM >= 180000
		auto object = static_cast<Oid>(entry->key.objid);
#else
		Oid object = entry->key.objoid;
#endif
		if (entry->key.kind == PGSTAT_KIND_RELATION && entry->key.dboid == MyDatabaseId)
		{
			auto *shared = static_cast<PgStatShared_Relation *>(dsa_get_address(pgStatLocal.dsa, entry->body));
			LWLockAcquire(&shared->header.lock, LW_SHARED);
			PgStat_StatTabEntry copy = shared->stats;
			LWLockRelease(&shared->header.lock);
			visit_relation(object, copy);
		}
		else if (entry->key.kind == PGSTAT_KIND_DATABASE && OidIsValid(entry->key.dboid))
		{
			auto *shared = static_cast<PgStatShared_Database *>(dsa_get_address(pgStatLocal.dsa, entry->body));
			LWLockAcquire(&shared->header.lock, LW_SHARED);
			PgStat_StatDBEntry copy = shared->stats;
			LWLockRelease(&shared->header.lock);
			visit_database(entry->key.dboid, copy);
		}
	}
	dshash_seq_term(&scan);
}

/* The i-th session's status in this process's copy, from 1; NULL when it has none. */
inline LocalPgBackendStatus *
local_status(int i)
{
#if PG_VERSION_NUM >= 160000
	return pgstat_get_local_beentry_by_index(i);
#else
	return pgstat_fetch_stat_local_beentry(i);
#endif
}

/* A file system's path of the first segment of a relation's main fork, of this database. */
inline char *
relation_file(Oid tablespace, FileNumber file)
{
#if PG_VERSION_NUM >= 180000
	return pstrdup(GetRelationPath(MyDatabaseId, tablespace, file, INVALID_PROC_NUMBER, MAIN_FORKNUM).str);
#elif PG_VERSION_NUM >= 170000
	return GetRelationPath(MyDatabaseId, tablespace, file, INVALID_PROC_NUMBER, MAIN_FORKNUM);
#else
	return GetRelationPath(MyDatabaseId, tablespace, file, InvalidBackendId, MAIN_FORKNUM);
#endif
}

/* Checkpoints, background writer and WAL; 17 moved what backends write to pg_stat_io, 18 the times of WAL. */
template <class Totals>
void
server_totals(Totals &to)
{
	const PgStat_BgWriterStats *writer = pgstat_fetch_stat_bgwriter();
	to.buffers_clean = writer->buf_written_clean;
	to.maxwritten_clean = writer->maxwritten_clean;
	to.buffers_alloc = writer->buf_alloc;
	to.writer_reset = writer->stat_reset_timestamp;
	const PgStat_CheckpointerStats *checkpointer = pgstat_fetch_stat_checkpointer();
#if PG_VERSION_NUM >= 170000
	to.checkpoints_timed = checkpointer->num_timed;
	to.checkpoints_requested = checkpointer->num_requested;
	to.checkpoint_write_ms = checkpointer->write_time;
	to.checkpoint_sync_ms = checkpointer->sync_time;
	to.buffers_checkpoint = checkpointer->buffers_written;
	to.buffers_backend = 0;
#else
	to.checkpoints_timed = checkpointer->timed_checkpoints;
	to.checkpoints_requested = checkpointer->requested_checkpoints;
	to.checkpoint_write_ms = checkpointer->checkpoint_write_time;
	to.checkpoint_sync_ms = checkpointer->checkpoint_sync_time;
	to.buffers_checkpoint = checkpointer->buf_written_checkpoints;
	to.buffers_backend = checkpointer->buf_written_backend;
#endif
	const PgStat_WalStats *wal = pgstat_fetch_stat_wal();
	to.wal_reset = wal->stat_reset_timestamp;
#if PG_VERSION_NUM >= 180000
	to.wal_bytes = static_cast<int64>(wal->wal_counters.wal_bytes);
	to.wal_records = wal->wal_counters.wal_records;
	to.wal_full_pages = wal->wal_counters.wal_fpi;
	to.wal_buffers_full = wal->wal_counters.wal_buffers_full;
#else
	to.wal_bytes = static_cast<int64>(wal->wal_bytes);
	to.wal_records = wal->wal_records;
	to.wal_full_pages = wal->wal_fpi;
	to.wal_buffers_full = wal->wal_buffers_full;
#endif
	const PgStat_ArchiverStats *archiver = pgstat_fetch_stat_archiver();
	to.archived = archiver->archived_count;
	to.archive_failures = archiver->failed_count;
	to.archiver_reset = archiver->stat_reset_timestamp;
}

/* Is it a member of an ordering operator family: =, <> (as a negator), <, <=, >, >=? */
inline bool
is_comparison(Oid operator_oid)
{
#if PG_VERSION_NUM >= 180000
	return get_op_index_interpretation(operator_oid) != NIL;
#else
	return get_op_btree_interpretation(operator_oid) != NIL;
#endif
}

/* Calls visit(const EquivalenceMember *) for the members of a class, with those made for this child relation. */
template <class Visit>
void
each_member(EquivalenceClass *equivalence, [[maybe_unused]] RelOptInfo *rel, Visit visit)
{
#if PG_VERSION_NUM >= 180000
	EquivalenceMemberIterator members;
	setup_eclass_member_iterator(&members, equivalence, rel->relids);
	while (EquivalenceMember *member = eclass_member_iterator_next(&members))
		visit(member);
#else
	ListCell *cell;
	foreach (cell, equivalence->ec_members)
		visit(lfirst_node(EquivalenceMember, cell));
#endif
}

inline bool
is_descending(const PathKey *pathkey)
{
#if PG_VERSION_NUM >= 180000
	return pathkey->pk_cmptype == COMPARE_GT;
#else
	return pathkey->pk_strategy == BTGreaterStrategyNumber;
#endif
}

/* Does it sort byte by byte? */
inline bool
collation_is_c(Oid collation)
{
#if PG_VERSION_NUM >= 180000
	return pg_newlocale_from_collation(collation)->collate_is_c;
#else
	return lc_collate_is_c(collation);
#endif
}

/* Runs a portal to its end as what a client sent. */
inline void
run_portal(Portal portal, DestReceiver *receiver, QueryCompletion *completion)
{
#if PG_VERSION_NUM >= 180000
	PortalRun(portal, FETCH_ALL, true, receiver, receiver, completion);
#else
	PortalRun(portal, FETCH_ALL, true, true, receiver, receiver, completion);
#endif
}

inline IndexScanDesc
begin_index_scan(Relation table, Relation index, Snapshot snapshot, int keys)
{
#if PG_VERSION_NUM >= 180000
	return index_beginscan(table, index, snapshot, nullptr, keys, 0);
#else
	return index_beginscan(table, index, snapshot, keys, 0);
#endif
}

/* A CHECK constraint that holds for what there is already, to be stored without a look at it. */
inline Constraint *
proven_check(const char *name, const char *tree)
{
	Constraint *check = makeNode(Constraint);
	check->contype = CONSTR_CHECK;
	check->conname = pstrdup(name);
	check->location = -1;
	check->cooked_expr = pstrdup(tree);
	check->skip_validation = true;
	check->initially_valid = true;
#if PG_VERSION_NUM >= 180000
	check->is_enforced = true;
#endif
	return check;
}

/* The target of an extended statistics object, -1: the default. Since 17 a NULL says so. */
inline int
extended_statistics_target(HeapTuple statistics)
{
	bool null;
	Datum target = SysCacheGetAttr(STATEXTOID, statistics, Anum_pg_statistic_ext_stxstattarget, &null);
#if PG_VERSION_NUM >= 170000
	return null ? -1 : DatumGetInt16(target);
#else
	return null ? -1 : DatumGetInt32(target);
#endif
}

/*
 * What a role that is acted as may not do, beyond the end of a transaction: some statements end it themselves. A server
 * built to check itself insists that there be none.
 */
#ifdef USE_ASSERT_CHECKING
inline constexpr int lasting_restriction = 0;
#else
inline constexpr int lasting_restriction = SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION;
#endif

inline bool
may_connect(Oid database, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(DatabaseRelationId, database, role, ACL_CONNECT) == ACLCHECK_OK;
#else
	return pg_database_aclcheck(database, role, ACL_CONNECT) == ACLCHECK_OK;
#endif
}

inline bool
may_create_in(Oid schema, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(NamespaceRelationId, schema, role, ACL_CREATE) == ACLCHECK_OK;
#else
	return pg_namespace_aclcheck(schema, role, ACL_CREATE) == ACLCHECK_OK;
#endif
}

inline bool
owns_relation(Oid relation, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(RelationRelationId, relation, role);
#else
	return pg_class_ownercheck(relation, role);
#endif
}

/* The type of a name as format_type() writes it, under the search_path there is; InvalidOid when it is gone. */
inline Oid
find_type(const char *name)
{
	Oid type = InvalidOid;
	int32 typmod;
#if PG_VERSION_NUM >= 160000
	ErrorSaveContext problem = {};
	problem.type = T_ErrorSaveContext;
	if (!parseTypeString(name, &type, &typmod, reinterpret_cast<Node *>(&problem)))
		return InvalidOid;
#else
	parseTypeString(name, &type, &typmod, true);
#endif
	return type;
}

inline bool
is_finite([[maybe_unused]] const Interval &interval)
{
#if PG_VERSION_NUM >= 170000
	return !INTERVAL_NOT_FINITE(&interval);
#else
	return true;
#endif
}

/* The index of the primary key, unless that is deferrable; InvalidOid without. */
inline Oid
primary_key_index(Relation relation)
{
#if PG_VERSION_NUM >= 180000
	return RelationGetPrimaryKeyIndex(relation, false);
#else
	return RelationGetPrimaryKeyIndex(relation);
#endif
}

/* Does this session hold that lock? */
inline bool
holds_lock(const LOCKTAG &tag, LOCKMODE mode)
{
#if PG_VERSION_NUM >= 170000
	return LockHeldByMe(&tag, mode, false);
#else
	return LockHeldByMe(&tag, mode);
#endif
}

/* The sequence of an identity column; InvalidOid without. */
inline Oid
identity_sequence(Relation table, AttrNumber column)
{
#if PG_VERSION_NUM >= 170000
	return getIdentitySequence(table, column, true);
#else
	return getIdentitySequence(RelationGetRelid(table), column, true);
#endif
}

/* Computed when it is read, so never stored: 18. */
inline bool
is_virtual(const FormData_pg_attribute &column)
{
#if PG_VERSION_NUM >= 180000
	return column.attgenerated == ATTRIBUTE_GENERATED_VIRTUAL;
#else
	return column.attgenerated != '\0' && column.attgenerated != ATTRIBUTE_GENERATED_STORED;
#endif
}

/* What an index access method kept from one index_insert() to the next is given back: 17. */
inline void
end_index_inserts([[maybe_unused]] Relation index, [[maybe_unused]] IndexInfo *info)
{
#if PG_VERSION_NUM >= 170000
	index_insert_cleanup(index, info);
#endif
}

/* The session that a transaction is of; NULL: it has ended. */
inline PGPROC *
process_of(const VirtualTransactionId &transaction)
{
#if PG_VERSION_NUM >= 170000
	return ProcNumberGetProc(transaction.procNumber);
#else
	return BackendIdGetProc(transaction.backendId);
#endif
}

/* Entries of all indexes for a row that is in the table; returns the indexes whose uniqueness is still to be checked. */
inline ::List *
insert_index_entries(ResultRelInfo *table, TupleTableSlot *row, EState *state)
{
#if PG_VERSION_NUM >= 160000
	return ExecInsertIndexTuples(table, row, state, false, false, nullptr, NIL, false);
#else
	return ExecInsertIndexTuples(table, row, state, false, false, nullptr, NIL);
#endif
}

/* How the columns of one row type become those of another; NULL where they are the same. */
inline AttrMap *
column_map(TupleDesc from, TupleDesc to)
{
#if PG_VERSION_NUM >= 160000
	return build_attrmap_by_name_if_req(from, to, false);
#else
	return build_attrmap_by_name_if_req(from, to);
#endif
}

/* Names a sequence in its own WAL record. */
inline xl_seq_rec
sequence_record(Relation sequence)
{
	xl_seq_rec record;
#if PG_VERSION_NUM >= 160000
	record.locator = sequence->rd_locator;
#else
	record.node = sequence->rd_node;
#endif
	return record;
}

/* How the server compresses best what it stores. */
#ifdef USE_LZ4
inline constexpr char best_compression = TOAST_LZ4_COMPRESSION;
#else
inline constexpr char best_compression = TOAST_PGLZ_COMPRESSION;
#endif

/*
 * Connects a background worker to a database as a role that may be unable to
 * log in. The role is the authenticated one, as of a client: neither RESET
 * ROLE nor SET SESSION AUTHORIZATION leads anywhere else. Before 17 this is
 * how the server starts parallel workers; minor versions that are too old for
 * it connect the role like a client, which needs LOGIN.
 */
#if PG_VERSION_NUM >= 170000
inline void
connect_as(Oid database, Oid role, [[maybe_unused]] bool role_is_superuser)
{
	BackgroundWorkerInitializeConnectionByOid(database, role, BGWORKER_BYPASS_ROLELOGINCHECK);
}
#elif PG_VERSION_NUM >= 160006 || (PG_VERSION_NUM < 160000 && PG_VERSION_NUM >= 150010)
/* Weak: a server of an older minor version than the headers has none. */
extern "C" void SetAuthenticatedUserId(Oid, bool) __attribute__((weak));

inline void
connect_as(Oid database, Oid role, bool role_is_superuser)
{
	if (&SetAuthenticatedUserId == nullptr)
	{
		BackgroundWorkerInitializeConnectionByOid(database, role, 0);
		return;
	}
	InitializingParallelWorker = true;
	SetAuthenticatedUserId(role, role_is_superuser);
	SetSessionAuthorization(role, role_is_superuser);
	SetCurrentRoleId(InvalidOid, false);
	BackgroundWorkerInitializeConnectionByOid(database, role, 0);
	InitializingParallelWorker = false;
	/* What RESET SESSION AUTHORIZATION returns to, and what current_setting() shows. */
	StartTransactionCommand();
	SetConfigOption("session_authorization", GetUserNameFromId(role, false), PGC_BACKEND, PGC_S_OVERRIDE);
	CommitTransactionCommand();
}
#else
inline void
connect_as(Oid database, Oid role, [[maybe_unused]] bool role_is_superuser)
{
	BackgroundWorkerInitializeConnectionByOid(database, role, 0);
}
#endif

} // namespace pg
} // namespace dbeng
