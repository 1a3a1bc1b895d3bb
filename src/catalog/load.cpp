#include "catalog/loader.hpp"

namespace dbeng {

Loader::Loader(Catalog &catalog, MemoryContext context, Snapshot snapshot)
	: catalog_(catalog), arena_(context), snapshot_(snapshot)
{}

void
Loader::load(Extent extent)
{
	catalog_.now = GetCurrentTimestamp();
	catalog_.server_start = PgStartTime;
	catalog_.in_recovery = RecoveryInProgress();

	/* In this order: each step finds what it points to already in place. */
	bool all = extent == Extent::all;
	extensions_and_dependencies();
	schemas();
	if (all)
		types();
	relations();
	inheritance();
	lists();
	/* Which tables' columns are worth reading, the counters tell. */
	if (extent == Extent::layout)
		counters(extent);
	if (extent != Extent::sizes)
	{
		columns(extent);
		statistics();
	}
	indexes();
	if (all)
	{
		constraints();
		sequences();
		partition_keys();
		view_dependencies();
		roles();
		functions();
		policies();
		triggers();
		rules();
		privileges();
		collations();
	}
	database();
	if (extent != Extent::layout)
		counters(extent);
}

const char *
Loader::text(Datum value)
{
	varlena *plain = PG_DETOAST_DATUM_PACKED(value);
	std::size_t length = VARSIZE_ANY_EXHDR(plain);
	char *copy = arena_.allocate_array<char>(length + 1);
	memcpy(copy, VARDATA_ANY(plain), length);
	copy[length] = '\0';
	if (reinterpret_cast<varlena *>(DatumGetPointer(value)) != plain)
		pfree(plain);
	return copy;
}

std::span<const AttrNumber>
Loader::numbers(Datum int2_array)
{
	auto *array = reinterpret_cast<ArrayType *>(PG_DETOAST_DATUM(int2_array));
	if (ARR_NDIM(array) != 1 || ARR_HASNULL(array))
		return {};
	auto copy = arena_.copy(reinterpret_cast<const AttrNumber *>(ARR_DATA_PTR(array)),
							static_cast<std::size_t>(ARR_DIMS(array)[0]));
	if (reinterpret_cast<ArrayType *>(DatumGetPointer(int2_array)) != array)
		pfree(array);
	return copy;
}

Standing
Loader::standing(Oid class_oid, Oid object, const SchemaEntry *schema) const
{
	if (schema != nullptr && schema->standing != Standing::user && schema->standing != Standing::extension)
		return schema->standing;
	auto at = std::lower_bound(members_.begin(), members_.end(), Member{class_oid, object, InvalidOid});
	if (at != members_.end() && at->class_oid == class_oid && at->object == object)
		return at->extension == own_extension_ ? Standing::own : Standing::extension;
	return Standing::user;
}

/* One pass over pg_depend for the three kinds of rows the model needs. */
void
Loader::extensions_and_dependencies()
{
	each_tuple(ExtensionRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_extension>();
				   ExtensionEntry entry = {};
				   entry.oid = form.oid;
				   entry.name = name(form.extname);
				   entry.owner = form.extowner;
				   if (Datum version; row.get(Anum_pg_extension_extversion, &version))
					   entry.version = text(version);
				   if (strcmp(entry.name, "dbeng") == 0)
					   own_extension_ = entry.oid;
				   extensions_.push_back(entry);
			   });
	catalog_.extensions = sorted_by_oid(extensions_);

	each_tuple(DependRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_depend>();
				   if (form.deptype == DEPENDENCY_EXTENSION)
				   {
					   if (form.refclassid == ExtensionRelationId)
						   members_.push_back(Member{form.classid, form.objid, form.refobjid});
				   }
				   else if (form.refclassid != RelationRelationId)
					   return;
				   else if (form.classid == RewriteRelationId)
				   {
					   if (form.deptype == DEPENDENCY_NORMAL)
						   reads_.push_back(Read{form.objid, form.refobjid, static_cast<AttrNumber>(form.refobjsubid)});
				   }
				   else if (form.classid == RelationRelationId && form.objsubid == 0 && form.refobjsubid > 0 &&
							(form.deptype == DEPENDENCY_AUTO || form.deptype == DEPENDENCY_INTERNAL))
					   owned_.push_back(Owned{form.objid, form.refobjid, static_cast<AttrNumber>(form.refobjsubid),
											  form.deptype == DEPENDENCY_INTERNAL});
			   });
	std::sort(members_.begin(), members_.end());
	std::sort(owned_.begin(), owned_.end(), [](const Owned &a, const Owned &b) { return a.sequence < b.sequence; });
}

void
Loader::schemas()
{
	each_tuple(NamespaceRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_namespace>();
				   SchemaEntry entry = {};
				   entry.oid = form.oid;
				   entry.name = name(form.nspname);
				   entry.owner = form.nspowner;
				   if (Datum acl; row.get(Anum_pg_namespace_nspacl, &acl))
					   entry.acl = arena_.copy_varlena(acl);
				   if (strncmp(entry.name, "pg_temp_", 8) == 0 || strncmp(entry.name, "pg_toast_temp_", 14) == 0)
					   entry.standing = Standing::temporary;
				   else if (IsCatalogNamespace(entry.oid) || IsToastNamespace(entry.oid) ||
							strcmp(entry.name, "information_schema") == 0)
					   entry.standing = Standing::system;
				   else if ((strcmp(entry.name, "dbeng") == 0 || strcmp(entry.name, "dbeng_audit") == 0) &&
							own_extension_ != InvalidOid)
					   entry.standing = Standing::own;
				   else
					   entry.standing = standing(NamespaceRelationId, entry.oid, nullptr);
				   schemas_.push_back(entry);
			   });
	catalog_.schemas = sorted_by_oid(schemas_);

	/* An extension's own schema is known only now. */
	each_tuple(ExtensionRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_extension>();
				   if (ExtensionEntry *entry = find_by_oid(catalog_.extensions, form.oid))
					   entry->schema = schema(form.extnamespace);
			   });
}

/* Every table has a row type and an array of it: both are left out. */
void
Loader::types()
{
	each_tuple(TypeRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_type>();
				   if (form.typtype == TYPTYPE_COMPOSITE)
					   return;
				   TypeEntry entry = {};
				   entry.oid = form.oid;
				   entry.schema = schema(form.typnamespace);
				   entry.standing = standing(TypeRelationId, form.oid, entry.schema);
				   entry.base = form.typbasetype;
				   entry.element = form.typlen == -1 ? form.typelem : InvalidOid;
				   /* Rows are aligned to 8; so are few elements else, and those are the server's own types. */
				   if (entry.element != InvalidOid && entry.standing == Standing::user &&
					   form.typalign == TYPALIGN_DOUBLE)
					   return;
				   entry.name = name(form.typname);
				   entry.collation = form.typcollation;
				   entry.owner = form.typowner;
				   entry.length = form.typlen;
				   entry.align = form.typalign;
				   entry.kind = form.typtype;
				   entry.category = form.typcategory;
				   entry.not_null = form.typnotnull;
				   entry.by_value = form.typbyval;
				   types_.push_back(entry);
			   });
	catalog_.types = sorted_by_oid(types_);
}

void
Loader::database()
{
	DatabaseEntry &database = catalog_.database;
	TransactionId oldest = InvalidTransactionId;
	each_tuple(DatabaseRelationId, snapshot_,
			   [this, &database, &oldest](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_database>();
				   if (!TransactionIdIsValid(oldest) || TransactionIdPrecedes(form.datfrozenxid, oldest))
				   {
					   oldest = form.datfrozenxid;
					   database.oldest_database = name(form.datname);
				   }
				   if (!MultiXactIdIsValid(database.min_multixact) ||
					   MultiXactIdPrecedes(form.datminmxid, database.min_multixact))
					   database.min_multixact = form.datminmxid;
				   if (form.oid != MyDatabaseId)
					   return;
				   database.oid = form.oid;
				   database.name = name(form.datname);
				   database.owner = form.datdba;
				   database.encoding = form.encoding;
				   database.connection_limit = form.datconnlimit;
				   database.allows_connections = form.datallowconn;
				   if (Datum version; row.get(Anum_pg_database_datcollversion, &version))
					   database.collation_version = text(version);
				   if (Datum acl; row.get(Anum_pg_database_datacl, &acl))
					   database.acl = arena_.copy_varlena(acl);
			   });
	database.frozen_xid = oldest;
}

const Catalog &
load_catalog(Extent extent)
{
	MemoryContext context = CurrentMemoryContext;
	auto *catalog = static_cast<Catalog *>(palloc0(sizeof(Catalog)));
	::new (static_cast<void *>(catalog)) Catalog();
	catalog->context = context;

	/* The latest snapshot, not the transaction's: what REPEATABLE READ saw long ago is no advice for today. */
	Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
	auto *loader = static_cast<Loader *>(palloc(sizeof(Loader)));
	::new (static_cast<void *>(loader)) Loader(*catalog, context, snapshot);
	loader->load(extent);
	UnregisterSnapshot(snapshot);
	return *catalog;
}

} // namespace dbeng
