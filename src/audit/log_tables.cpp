/*
 * log_tables.cpp: the tables of schema dbeng_audit, and what keeps everybody
 * from writing them.
 *
 * They belong to the extension's owner and to nobody else: the triggers that
 * write them do it past all rights (log.cpp). So whoever made the schema
 * beforehand, to have the log in tables of his own, is refused.
 */
#include "audit/log_tables.hpp"

#include "audit/audited_table.hpp"
#include "audit/log.hpp"
#include "audit/log_partitions.hpp"
#include "core/extension.hpp"
#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

static constexpr const char *refusing_trigger = "!dbeng_audit_refuse";

namespace {
struct Definition
{
	const char *name;
	const char *columns;
	const char *comment;
	const char *indexes[2] = {};
};
} // namespace

static constexpr Definition definitions[] = {
	{"tables",
	 "(table_id int PRIMARY KEY, schema_name name NOT NULL, table_name name NOT NULL, enabled_at timestamptz NOT NULL,"
	 " enabled_by name NOT NULL, disabled_at timestamptz, exclude name[] NOT NULL, redact name[] NOT NULL,"
	 " log_query boolean NOT NULL, on_replica boolean NOT NULL, relation regclass, numbers_of oid NOT NULL,"
	 " exclude_numbers int2[] NOT NULL, redact_numbers int2[] NOT NULL)",
	 "audited tables: the number each has in the log, and how it is audited"},
	{"shapes",
	 "(table_id int NOT NULL, hash bigint NOT NULL, recorded_at timestamptz NOT NULL, schema_name name NOT NULL,"
	 " table_name name NOT NULL, numbers int2[] NOT NULL, names name[] NOT NULL, type_names text[] NOT NULL,"
	 " types oid[] NOT NULL, typmods int4[] NOT NULL, lengths int2[] NOT NULL, aligns \"char\"[] NOT NULL,"
	 " by_values boolean[] NOT NULL, codings int2[] NOT NULL, keys int2[] NOT NULL, redacted boolean[] NOT NULL,"
	 " generated boolean[] NOT NULL, has_key boolean NOT NULL, encoding int2 NOT NULL)",
	 "what rows of audited tables looked like when they were logged",
	 {"shapes_place ON dbeng_audit.shapes (table_id, hash)"}},
	{"gaps",
	 "(table_id int NOT NULL, kind \"char\" NOT NULL, began_at timestamptz NOT NULL, ended_at timestamptz NOT NULL,"
	 " transaction_id xid8 NOT NULL, db_user name NOT NULL)",
	 "what the log does not have: r, rows written under session_replication_role = replica; d, audit was switched off; u, between these the table was dropped and made anew, or without its triggers for some time"},
	{"seals",
	 "(seal_id bigint PRIMARY KEY, kind \"char\" NOT NULL, month timestamptz NOT NULL, cluster int NOT NULL,"
	 " from_transaction xid8 NOT NULL, from_log_id bigint NOT NULL, to_transaction xid8 NOT NULL,"
	 " to_log_id bigint NOT NULL, chunks bigint NOT NULL, changes bigint NOT NULL, sealed_at timestamptz NOT NULL,"
	 " log oid NOT NULL, root bytea NOT NULL, digest bytea NOT NULL, checks bytea NOT NULL)",
	 "what of the log is sealed, a chain: s, hashes of a month's entries from one place to another; d, a month that"
	 " retention dropped"},
	{"key_segments",
	 "(segment bigint NOT NULL, month timestamptz NOT NULL, cluster int NOT NULL, level int NOT NULL,"
	 " first_transaction xid8 NOT NULL, first_log_id bigint NOT NULL, last_transaction xid8 NOT NULL,"
	 " last_log_id bigint NOT NULL, groups int NOT NULL, entries bigint NOT NULL, last_changed timestamptz NOT NULL,"
	 " last_written timestamptz NOT NULL)",
	 "the index of keys: which chunks of the log it covers, a segment each"},
	{"keys",
	 "(segment bigint NOT NULL, low bigint NOT NULL, high bigint NOT NULL, packed bytea NOT NULL)",
	 "the index of keys: in which chunks of a segment which keys are",
	 {"keys_place ON dbeng_audit.keys (segment, low)"}},
	{"log",
	 "(log_id bigint NOT NULL, changed_at timestamptz NOT NULL, written_at timestamptz NOT NULL,"
	 " transaction_id xid8 NOT NULL, changes int NOT NULL, cluster int NOT NULL, changed_by text, db_user text NOT NULL,"
	 " session_user_name text, ip_address inet, application_name text, context text, payload bytea NOT NULL) PARTITION BY RANGE (changed_at)",
	 "the audit log, many changes a row: read it as dbeng.audit_log",
	 {"log_time ON dbeng_audit.log USING brin (changed_at) WITH (pages_per_range = 16)",
	  "log_place ON dbeng_audit.log (cluster, transaction_id, log_id)"}},
};

void
lock_audit()
{
	Extension extension = find_extension();
	LockDatabaseObject(ExtensionRelationId, extension.oid, 0, ShareUpdateExclusiveLock);
}

/* Who comes first could make the log a view, or a table with triggers of his. */
static void
require_trusted(const char *what, const char *name, Oid owner)
{
	if (may_own_log(owner))
		return;
	const char *role = GetUserNameFromId(owner, false);
	ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("%s %s belongs to role \"%s\"", what, name, role),
			errdetail("The audit log is kept only in what the owner of extension dbeng or a superuser owns."),
			errhint("ALTER %s %s OWNER TO %s; or, if it is no audit log, rename it.",
					strcmp(what, "schema") == 0 ? "SCHEMA" : "TABLE", name,
					quoted(GetUserNameFromId(GetUserId(), false))));
}

static const char *
log_name(const char *name)
{
	return quoted(audit_schema, name);
}

/* What ALTER DEFAULT PRIVILEGES has given away of what was made a moment ago: ON kind name, whose acl the query gives. */
static void
revoke_grants(const char *kind, const char *name, const char *acl, Oid object)
{
	Local<Vector<const char *>> grantees;
	Argument arguments[] = {{OIDOID, ObjectIdGetDatum(object), false}};
	see_own_changes();
	MemoryContext context = CurrentMemoryContext;
	each_row(format("SELECT DISTINCT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END"
					" FROM (%s) o(acl, owner), aclexplode(acl) WHERE grantee <> owner",
					acl),
			 arguments,
			 [&grantees, context](const Row &row) { grantees->push_back(MemoryContextStrdup(context, row.text(1))); });
	for (const char *grantee : *grantees)
		execute(format("REVOKE ALL ON %s %s FROM %s", kind, name, grantee));
}

static void
revoke_grants(Oid relation)
{
	revoke_grants(get_rel_relkind(relation) == RELKIND_SEQUENCE ? "SEQUENCE" : "TABLE",
				  log_name(get_rel_name(relation)), "SELECT relacl, relowner FROM pg_class WHERE oid = $1", relation);
}

static const char *
refusal(Oid relation)
{
	const char *table = log_name(get_rel_name(relation));
	return format("CREATE OR REPLACE TRIGGER %s BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s"
				  " FOR EACH STATEMENT EXECUTE FUNCTION dbeng._audit_refuse();"
				  " ALTER TABLE %s ENABLE ALWAYS TRIGGER %s",
				  quoted(refusing_trigger), table, table, quoted(refusing_trigger));
}

const char *
protection(Oid relation)
{
	constexpr int16 every =
		TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE | TRIGGER_TYPE_TRUNCATE;
	bool protects = false;
	Relation catalog = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData keys[2];
	ScanKeyInit(&keys[0], Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	ScanKeyInit(&keys[1], Anum_pg_trigger_tgname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum(refusing_trigger));
	SysScanDesc scan = systable_beginscan(catalog, TriggerRelidNameIndexId, true, nullptr, 2, keys);
	if (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple))
	{
		auto &form = *reinterpret_cast<Form_pg_trigger>(GETSTRUCT(tuple));
		bool unconditional;
		heap_getattr(tuple, Anum_pg_trigger_tgqual, RelationGetDescr(catalog), &unconditional);
		const char *function = get_func_name(form.tgfoid);
		protects = form.tgenabled == TRIGGER_FIRES_ALWAYS && form.tgtype == every && unconditional &&
				   form.tgattr.dim1 == 0 && function != nullptr && strcmp(function, "_audit_refuse") == 0 &&
				   get_func_namespace(form.tgfoid) == get_namespace_oid("dbeng", true);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return protects ? nullptr : refusal(relation);
}

void
protect_log_table(const char *name)
{
	Oid relation = get_relname_relid(name, get_namespace_oid(audit_schema, false));
	revoke_grants(relation);
	execute(refusal(relation));
}

void
log_tables(Vector<Oid> &tables)
{
	for (const Definition &definition : definitions)
		if (Oid table = log_table(definition.name); OidIsValid(table))
			tables.push_back(table);
	Oid log = log_table("log");
	if (!OidIsValid(log))
		return;
	ListCell *cell;
	foreach (cell, find_inheritance_children(log, NoLock))
		tables.push_back(lfirst_oid(cell));
}

static void
make_schema()
{
	Oid schema = get_namespace_oid(audit_schema, true);
	if (OidIsValid(schema))
	{
		HeapTuple tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for schema %u", schema);
		Oid owner = reinterpret_cast<Form_pg_namespace>(GETSTRUCT(tuple))->nspowner;
		ReleaseSysCache(tuple);
		require_trusted("schema", audit_schema, owner);
		return;
	}
	execute(format("CREATE SCHEMA %s", audit_schema));
	revoke_grants("SCHEMA", audit_schema, "SELECT nspacl, nspowner FROM pg_namespace WHERE oid = $1",
				  get_namespace_oid(audit_schema, false));
	execute(format("COMMENT ON SCHEMA %s IS 'the audit log of dbeng; no part of the extension, which may be dropped'",
				   audit_schema));
}

/* Is it there? It has to be the owner's. */
static bool
exists(const char *name)
{
	Oid relation = get_relname_relid(name, get_namespace_oid(audit_schema, false));
	if (!OidIsValid(relation))
		return false;
	require_trusted("table", log_name(name), owner_of(relation));
	return true;
}

static void
make_table(const Definition &definition)
{
	if (exists(definition.name))
		return;
	execute(format("CREATE TABLE %s %s", log_name(definition.name), definition.columns));
	execute(format("COMMENT ON TABLE %s IS %s", log_name(definition.name), literal(definition.comment)));
	for (const char *index : definition.indexes)
		if (index != nullptr)
			execute(format("CREATE INDEX %s", index));
	protect_log_table(definition.name);
}

void
make_log()
{
	int level = NewGUCNestLevel();
	pin_setting("default_tablespace", "");
	pin_setting("default_table_access_method", "heap");
	make_schema();
	for (const Definition &definition : definitions)
		make_table(definition);
	if (!exists("log_id_seq"))
	{
		/* A session takes a thousand numbers at once. */
		execute(format("CREATE SEQUENCE %s AS bigint INCREMENT 1000", log_name("log_id_seq")));
		revoke_grants(get_relname_relid("log_id_seq", get_namespace_oid(audit_schema, false)));
	}
	Local<Vector<LogPartition>> partitions;
	log_partitions(*partitions);
	if (partitions->empty())
	{
		execute(format("ALTER TABLE %s ALTER COLUMN payload SET STORAGE MAIN", log_name("log")));
		make_months(GetCurrentTransactionStartTimestamp());
		make_default_partition();
	}
	/* DROP EXTENSION … CASCADE has taken the triggers and left the log. */
	Local<Vector<Oid>> tables;
	log_tables(*tables);
	for (Oid table : *tables)
		if (const char *missing = protection(table); missing != nullptr)
			execute(missing);
	AtEOXact_GUC(true, level);
}

} // namespace dbeng

SQL_FUNCTION(dbeng_audit_refuse)
{
	using namespace dbeng;
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("dbeng._audit_refuse() is called by triggers only"));
	auto *trigger = reinterpret_cast<TriggerData *>(fcinfo->context);
	TriggerEvent event = trigger->tg_event;
	const char *statement = TRIGGER_FIRED_BY_INSERT(event)	 ? "INSERT"
							: TRIGGER_FIRED_BY_UPDATE(event) ? "UPDATE"
							: TRIGGER_FIRED_BY_DELETE(event) ? "DELETE"
															 : "TRUNCATE";
	ereport(
		ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
		errmsg("%s on audit log table \"%s.%s\" is refused", statement, audit_schema,
			   RelationGetRelationName(trigger->tg_relation)),
		errdetail("Nobody writes the audit log, its owner included: it is written by the triggers of audited tables."),
		errhint("Old months of it are dropped when dbeng.audit_retention is set."));
}
