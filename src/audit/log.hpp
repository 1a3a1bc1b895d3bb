/*
 * log.hpp: the tables that audit keeps, in the schema dbeng_audit. They are made when auditing
 * is first enabled, and are no members of the extension: DROP EXTENSION leaves them, pg_dump takes them.
 *
 *	tables   an audited table each: its number, its name, how it is audited
 *	shapes   what their rows looked like (shape.hpp)
 *	log      the chunks (record.hpp), partitioned by time; nobody but this library writes it
 *	seals    what of it is final: a chain of hashes (seals.hpp)
 */
#pragma once

#include "audit/record.hpp"

namespace dbeng {

inline constexpr const char *audit_schema = "dbeng_audit";

/* Columns of dbeng_audit.log, in order. */
enum LogColumn : AttrNumber
{
	log_id = 1,		/* bigint: audit_id of its first change at least; ids ascend within a session */
	log_changed_at, /* timestamptz: when the transaction began */
	log_written_at, /* timestamptz: when the chunk was written: transactions that changed the same row did it in this order */
	log_xid,		/* xid8: the transaction, the topmost one */
	log_changes,	  /* int: how many */
	log_cluster,	  /* int: whose transaction_id it is (cluster_number()) */
	log_changed_by,	  /* text: the application's user, NULL without */
	log_db_user,	  /* text */
	log_session_user, /* text: NULL where it is the same */
	log_ip_address,	  /* inet: NULL for local connections */
	log_application,  /* text: NULL when empty */
	log_context,	  /* text: the application's context (setting dbeng.audit_context_setting), NULL without */
	log_payload,	  /* bytea */
	log_columns = log_payload
};

/* OIDs of what is there; all InvalidOid when auditing was never enabled here. Kept until a catalog change says otherwise. */
struct AuditLog
{
	Oid schema;
	Oid tables;
	Oid shapes;
	Oid log;
	Oid seals;
	Oid id_sequence; /* increment by 1000: a session takes a block at a time */

	bool exists() const { return OidIsValid(log); }
};

const AuditLog &audit_log();

/* A btree of a table of the log whose first columns are these; InvalidOid without. */
Oid log_index(Relation table, std::span<const AttrNumber> columns);

/* Of this cluster: a dump takes the log to others, where the same transaction ids are other transactions. */
int32 cluster_number();

/* The partition that takes what a transaction of that time changed. Kept until the partitions change. */
Oid log_partition(TimestampTz at);

} // namespace dbeng
