/*
 * audited_table.hpp: which tables are audited, and how: dbeng_audit.tables.
 *
 * A table is known to the log by a number, its table_id, that its triggers
 * have as their argument. What is registered says whose number it is: so a
 * trigger that somebody puts on a table of his own writes nothing in another's
 * name. The column "relation" is a regclass: a dump has it as a name, so that
 * it means the same table wherever it is restored.
 *
 * Read and written without SQL: whoever changes a row of an audited table has
 * no right on these tables, and triggers on them refuse every statement.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct AuditedTable
{
	int32 table_id = 0;
	Oid relation = InvalidOid; /* InvalidOid: it was dropped */
	const char *schema_name = nullptr;
	const char *table_name = nullptr;
	std::span<const char *const> exclude; /* by the names that the columns have now */
	std::span<const char *const> redact;
	const char *enabled_by = nullptr;
	TimestampTz enabled_at = 0;
	TimestampTz disabled_at = 0; /* 0: it is audited */
	bool log_query = false;
	bool on_replica = false;
	bool stale = false; /* it, or one of those columns, goes by another name or number than is registered */

	bool enabled() const { return disabled_at == 0; }
};

/* Who owns a relation; InvalidOid when it is gone. */
Oid owner_of(Oid relation);

/* The extension's owner and superusers: a log that is anybody else's is none. */
bool may_own_log(Oid role);

/* A table of schema dbeng_audit; InvalidOid without, and where it is a stranger's. */
Oid log_table(const char *name);

/* All that were ever audited, by table_id; in CurrentMemoryContext. */
std::span<const AuditedTable> audited_tables();

/* One of them; NULL when there is none of that number. */
const AuditedTable *audited_table(int32 table_id);

/* Is it that table, or a partition of it? Of a number that nobody has registered: false. */
bool belongs_to(Oid relation, const AuditedTable &table);
bool belongs_to(Oid relation, int32 table_id);

/* Adds it, or writes it anew. */
void register_table(const AuditedTable &table);

/* What happened to a table without getting into the log: kept in dbeng_audit.gaps. */
enum class Gap : char
{
	replica = 'r',	/* rows were written under session_replication_role = replica */
	disabled = 'd', /* audit was switched off, from began_at to ended_at */
	unwatched = 'u' /* between these the table was dropped and made anew, or for some time without its row triggers */
};

/* Notes one; of rows written past the log once a transaction and table. */
void note_gap(int32 table_id, Gap kind, TimestampTz began_at, TimestampTz ended_at);

} // namespace dbeng
