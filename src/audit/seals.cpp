#include "audit/seals.hpp"

#include "audit/key_index.hpp"
#include "audit/log.hpp"
#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

namespace {
/* Columns of dbeng_audit.seals, in order. */
enum SealsColumn : AttrNumber
{
	seals_seal_id = 1,
	seals_kind,
	seals_month,
	seals_cluster,
	seals_from_transaction,
	seals_from_log_id,
	seals_to_transaction,
	seals_to_log_id,
	seals_chunks,
	seals_changes,
	seals_sealed_at,
	seals_log,
	seals_root,
	seals_digest,
	seals_checks,
	seals_columns = seals_checks
};
} // namespace

static constexpr const char *seal_columns =
	"seal_id, kind::text, month, cluster, from_transaction, from_log_id, to_transaction, to_log_id, chunks, changes,"
	" sealed_at, log, root, digest";

uint32
beginning_of(const Digest &digest)
{
	return static_cast<uint32>(digest.bytes[0]) | static_cast<uint32>(digest.bytes[1]) << 8 |
		   static_cast<uint32>(digest.bytes[2]) << 16 | static_cast<uint32>(digest.bytes[3]) << 24;
}

Digest
digest_after(Sha256 &hash, const Digest &before, const Seal &seal)
{
	hash.begin();
	hash.add(before.bytes, sizeof before.bytes);
	for (int64 number :
		 {seal.seal_id, static_cast<int64>(seal.kind), seal.month, int64{seal.cluster},
		  static_cast<int64>(seal.from.transaction_id), seal.from.log_id, static_cast<int64>(seal.to.transaction_id),
		  seal.to.log_id, seal.chunks, seal.changes, seal.sealed_at, int64{seal.log}})
		hash.add_number(static_cast<uint64>(number));
	hash.add(seal.root.bytes, sizeof seal.root.bytes);
	return hash.end();
}

/* All zeros for what is no digest. */
static Digest
digest_from(const varlena *bytes)
{
	Digest digest = {};
	if (bytes == nullptr)
		return digest;
	auto *plain = reinterpret_cast<varlena *>(PG_DETOAST_DATUM_PACKED(PointerGetDatum(bytes)));
	if (VARSIZE_ANY_EXHDR(plain) == sizeof digest.bytes)
		memcpy(digest.bytes, VARDATA_ANY(plain), sizeof digest.bytes);
	return digest;
}

static Seal
seal_of(const Row &row)
{
	auto transaction = [&row](SealsColumn column)
	{ return U64FromFullTransactionId(DatumGetFullTransactionId(row.datum(column))); };
	Seal seal = {};
	seal.seal_id = row.integer(seals_seal_id);
	const char *kind = row.text(seals_kind);
	seal.kind = static_cast<SealKind>(kind == nullptr ? '\0' : kind[0]);
	seal.month = row.time(seals_month);
	seal.cluster = static_cast<int32>(row.integer(seals_cluster));
	seal.from = {transaction(seals_from_transaction), row.integer(seals_from_log_id)};
	seal.to = {transaction(seals_to_transaction), row.integer(seals_to_log_id)};
	seal.chunks = row.integer(seals_chunks);
	seal.changes = row.integer(seals_changes);
	seal.sealed_at = row.time(seals_sealed_at);
	seal.log = static_cast<Oid>(row.integer(seals_log));
	seal.root = digest_from(row.bytes(seals_root));
	seal.digest = digest_from(row.bytes(seals_digest));
	return seal;
}

void
each_seal(void (*visit)(const Seal &seal, void *argument), void *argument)
{
	if (!OidIsValid(audit_log().seals))
		return;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(caller, "dbeng seal", ALLOCSET_DEFAULT_SIZES);
	/* An index that lacks a seal would hide it. */
	int level = NewGUCNestLevel();
	pin_setting("enable_indexscan", "off");
	pin_setting("enable_indexonlyscan", "off");
	pin_setting("enable_bitmapscan", "off");
	BatchedQuery query(format("SELECT %s FROM %s.seals ORDER BY seal_id", seal_columns, audit_schema), {});
	AtEOXact_GUC(true, level);
	while (query.next())
		for (uint64 i = 0; i < query.rows(); i++)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextSwitchTo(scratch);
			Seal seal = seal_of(query.row(i));
			MemoryContextSwitchTo(caller);
			visit(seal, argument);
			MemoryContextReset(scratch);
		}
	query.close();
	MemoryContextDelete(scratch);
}

bool
last_seal(const char *condition, int64 argument, Seal &seal)
{
	bool found = false;
	Argument arguments[] = {Argument::bigint(argument)};
	each_row(
		format("SELECT %s FROM %s.seals WHERE %s ORDER BY seal_id DESC LIMIT 1", seal_columns, audit_schema, condition),
		arguments,
		[&](const Row &row)
		{
			seal = seal_of(row);
			found = true;
		});
	return found;
}

/* Per chunk: varint of log_id less that before, the sign lowest; varint of changes; 4 bytes. */
static Datum
packed(std::span<const ChunkCheck> checks)
{
	std::size_t room = VARHDRSZ + checks.size() * (2 * longest_number + sizeof(uint32));
	auto *bytes = static_cast<varlena *>(palloc(room));
	char *at = VARDATA(bytes);
	int64 before = 0;
	for (const ChunkCheck &check : checks)
	{
		auto step = static_cast<uint64>(check.log_id) - static_cast<uint64>(before);
		at = put_number(at, step << 1 ^ (step >> 63 != 0 ? ~uint64{0} : 0));
		at = put_number(at, static_cast<uint32>(check.changes));
		memcpy(at, &check.beginning, sizeof check.beginning);
		at += sizeof check.beginning;
		before = check.log_id;
	}
	SET_VARSIZE(bytes, at - reinterpret_cast<char *>(bytes));
	return PointerGetDatum(bytes);
}

static bool
unpack(std::span<const char> bytes, Vector<ChunkCheck> &checks)
{
	std::size_t at = 0;
	auto number = [&bytes, &at](uint64 &value)
	{
		value = 0;
		for (int shift = 0; shift < 64 && at < bytes.size(); shift += 7)
		{
			auto next = static_cast<uint8>(bytes[at++]);
			value |= static_cast<uint64>(next & 0x7F) << shift;
			if ((next & 0x80) == 0)
				return true;
		}
		return false;
	};
	uint64 log_id = 0;
	while (at < bytes.size())
	{
		uint64 step;
		uint64 changes;
		ChunkCheck check;
		if (!number(step) || !number(changes) || bytes.size() - at < sizeof check.beginning)
			return false;
		log_id += step >> 1 ^ (~(step & 1) + 1);
		check.log_id = static_cast<int64>(log_id);
		check.changes = static_cast<int32>(changes);
		memcpy(&check.beginning, bytes.data() + at, sizeof check.beginning);
		at += sizeof check.beginning;
		checks.push_back(check);
	}
	return true;
}

bool
checks_of(int64 seal_id, Vector<ChunkCheck> &checks)
{
	checks.clear();
	Argument arguments[] = {Argument::bigint(seal_id)};
	bool whole = false;
	each_row(format("SELECT checks FROM %s.seals WHERE seal_id = $1 LIMIT 1", audit_schema), arguments,
			 [&](const Row &row)
			 {
				 if (row.null(1))
					 return;
				 auto *plain = reinterpret_cast<varlena *>(PG_DETOAST_DATUM_PACKED(row.datum(1)));
				 whole = VARSIZE_ANY_EXHDR(plain) > 0 && unpack({VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain)}, checks);
			 });
	if (!whole)
		checks.clear();
	return whole;
}

bool
SealChain::open(bool wait)
{
	seals_ = audit_log().seals;
	if (!OidIsValid(seals_))
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("table %s.seals is not there", audit_schema), errdetail("It has the seals of the audit log."),
				errhint("SELECT dbeng.enable_audit('the_table') makes it; seals that it had are lost."));
	/* Keeps readers out of nothing, and lasts until the end of the transaction. */
	if (wait)
		LockRelationOid(seals_, ShareRowExclusiveLock);
	else if (!ConditionalLockRelationOid(seals_, ShareRowExclusiveLock))
		return false;
	Relation seals = table_open(seals_, NoLock);
	Oid key = pg::primary_key_index(seals);
	table_close(seals, NoLock);
	/* What a restore loads comes in many transactions, the keys of its tables after the last of their rows. */
	if (!OidIsValid(key))
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("table %s.seals has no primary key", audit_schema),
				errdetail("The log is being restored, or somebody has dropped it."),
				errhint("ALTER TABLE %s.seals ADD PRIMARY KEY (seal_id);", audit_schema));
	return true;
}

void
SealChain::append(Seal &seal, std::span<const ChunkCheck> checks)
{
	seal.seal_id = last_id_ + 1;
	seal.digest = digest_after(*hash_, last_, seal);
	Datum values[seals_columns] = {};
	bool nulls[seals_columns] = {};
	auto set = [&values](SealsColumn column, Datum value) { values[column - 1] = value; };
	auto bytea = [](const Digest &digest)
	{
		return PointerGetDatum(cstring_to_text_with_len(reinterpret_cast<const char *>(digest.bytes),
														static_cast<int>(sizeof digest.bytes)));
	};
	set(seals_seal_id, Int64GetDatum(seal.seal_id));
	set(seals_kind, CharGetDatum(static_cast<char>(seal.kind)));
	set(seals_month, TimestampTzGetDatum(seal.month));
	set(seals_cluster, Int32GetDatum(seal.cluster));
	set(seals_from_transaction, transaction_datum(seal.from.transaction_id));
	set(seals_from_log_id, Int64GetDatum(seal.from.log_id));
	set(seals_to_transaction, transaction_datum(seal.to.transaction_id));
	set(seals_to_log_id, Int64GetDatum(seal.to.log_id));
	set(seals_chunks, Int64GetDatum(seal.chunks));
	set(seals_changes, Int64GetDatum(seal.changes));
	set(seals_sealed_at, TimestampTzGetDatum(seal.sealed_at));
	set(seals_log, ObjectIdGetDatum(seal.log));
	set(seals_root, bytea(seal.root));
	set(seals_digest, bytea(seal.digest));
	set(seals_checks, packed(checks));
	/* No statement, no trigger: those refuse it. */
	Relation seals = table_open(seals_, NoLock);
	CatalogTupleInsert(seals, heap_form_tuple(RelationGetDescr(seals), values, nulls));
	table_close(seals, NoLock);
	last_id_ = seal.seal_id;
	last_ = seal.digest;
}

void
SealChain::look()
{
	Seal seal;
	if (!last_seal("$1 = 0", 0, seal))
		return;
	last_id_ = seal.seal_id;
	last_ = seal.digest;
}

/* What the chunks of a month were is of no use any more. */
static void
empty_checks(TimestampTz month)
{
	Relation seals = table_open(audit_log().seals, NoLock);
	SysScanDesc scan = systable_beginscan(seals, InvalidOid, false, nullptr, 0, nullptr);
	while (HeapTuple tuple = systable_getnext(scan))
	{
		CHECK_FOR_INTERRUPTS();
		Datum values[seals_columns];
		bool nulls[seals_columns];
		heap_deform_tuple(tuple, RelationGetDescr(seals), values, nulls);
		if (DatumGetTimestampTz(values[seals_month - 1]) != month ||
			toast_raw_datum_size(values[seals_checks - 1]) == VARHDRSZ)
			continue;
		values[seals_checks - 1] = packed({});
		HeapTuple emptied = heap_form_tuple(RelationGetDescr(seals), values, nulls);
		CatalogTupleUpdate(seals, &tuple->t_self, emptied);
	}
	systable_endscan(scan);
	table_close(seals, NoLock);
}

void
seal_dropped_months(TimestampTz from, TimestampTz to)
{
	if (!OidIsValid(audit_log().seals))
		return;
	Local<SealChain> chain;
	chain->open(true);
	PushCopiedSnapshot(GetLatestSnapshot());
	chain->look();
	Local<Vector<Seal>> months;
	Argument arguments[] = {{TIMESTAMPTZOID, TimestampTzGetDatum(from), false},
							{TIMESTAMPTZOID, TimestampTzGetDatum(to), false}};
	each_row(
		format(
			"SELECT month, sum(chunks)::bigint, sum(changes)::bigint FROM %s.seals s WHERE month >= $1 AND month < $2"
			" AND kind = 's' AND NOT EXISTS (SELECT FROM %s.seals d WHERE d.kind = 'd' AND d.month = s.month"
			" AND d.seal_id > s.seal_id) GROUP BY month ORDER BY month",
			audit_schema, audit_schema),
		arguments,
		[&months](const Row &row)
		{
			Seal seal = {};
			seal.kind = SealKind::dropped;
			seal.month = row.time(1);
			seal.chunks = row.integer(2);
			seal.changes = row.integer(3);
			months->push_back(seal);
		});
	PopActiveSnapshot();
	for (Seal &seal : *months)
	{
		seal.cluster = cluster_number();
		seal.sealed_at = GetCurrentTimestamp();
		seal.log = audit_log().log;
		chain->append(seal, {});
		CommandCounterIncrement();
		empty_checks(seal.month);
		drop_key_segments(seal.month);
		CommandCounterIncrement();
	}
	chain->close();
}

} // namespace dbeng
