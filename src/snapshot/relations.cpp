#include "snapshot/relations.hpp"

#include "catalog/loader.hpp"
#include "core/text.hpp"

#include <sys/stat.h>

namespace dbeng {

uint64
relation_name_hash(char kind, const char *schema, const char *name)
{
	char text[2 * NAMEDATALEN + 4];
	int length = snprintf(text, sizeof(text), "%c%s.%s", kind, schema, name);
	return hash_bytes_extended(reinterpret_cast<const unsigned char *>(text), length, 0);
}

static bool
by_oid(const StoredRelation &a, const StoredRelation &b)
{
	return a.oid < b.oid;
}

StoredRelation *
StoredRelations::find(Oid oid)
{
	return find_by_oid(all(), oid);
}

namespace {
struct SchemaKind
{
	Oid oid;
	const char *name;
	bool seldom;
	bool temporary;
};
struct Toast
{
	Oid oid;
	Oid table;
};
struct Named
{
	Oid oid;
	Oid schema;
	const char *name;
};
} // namespace

static SchemaKind
schema_kind(Oid oid)
{
	const char *name = get_namespace_name(oid);
	if (name == nullptr)
		name = "";
	return {oid, pstrdup(name),
			IsCatalogNamespace(oid) || strcmp(name, "information_schema") == 0 || strcmp(name, "dbeng") == 0,
			isAnyTempNamespace(oid) || strncmp(name, "pg_toast_temp_", 14) == 0};
}

/*
 * One scan of pg_class and one of pg_index. A relation made by a transaction
 * that has not committed is not seen, nor recorded.
 */
void
StoredRelations::read(const StoredRelations *before, Vector<RelationName> &names)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "dbeng relations", ALLOCSET_DEFAULT_SIZES);
	Local<Vector<SchemaKind>> schemas;
	MemoryContextSwitchTo(context);
	Local<Vector<Toast>> toasts;
	Local<Vector<Named>> named;
	Arena arena(context);
	Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());

	/* The names live on in the caller's memory, one each. */
	auto schema = [&schemas, caller](Oid oid) -> const SchemaKind &
	{
		for (const SchemaKind &known : *schemas)
			if (known.oid == oid)
				return known;
		MemoryContext inner = MemoryContextSwitchTo(caller);
		schemas->push_back(schema_kind(oid));
		MemoryContextSwitchTo(inner);
		return schemas->back();
	};
	if (before != nullptr)
		all_.reserve(before->all_.size() + 64);
	each_tuple(RelationRelationId, snapshot,
			   [&](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_class>();
				   if (form.relkind != RELKIND_RELATION && form.relkind != RELKIND_INDEX &&
					   form.relkind != RELKIND_MATVIEW && form.relkind != RELKIND_TOASTVALUE)
					   return;
				   CHECK_FOR_INTERRUPTS();
				   StoredRelation relation = {};
				   const SchemaKind &in = schema(form.relnamespace);
				   relation.oid = form.oid;
				   relation.table = form.oid;
				   relation.kind = form.relkind;
				   relation.file = form.relfilenode;
				   relation.tablespace = OidIsValid(form.reltablespace) ? form.reltablespace : MyDatabaseTableSpace;
				   relation.seldom = in.seldom;
				   relation.temporary = in.temporary || form.relpersistence == RELPERSISTENCE_TEMP;
				   relation.series = relation.temporary || form.relisshared ? 0 : -1;
				   relation.measure = true;
				   relation.bytes = -1;
				   if (form.relkind != RELKIND_TOASTVALUE && !IsToastNamespace(form.relnamespace))
					   relation.name = relation_name_hash(form.relkind, in.name, NameStr(form.relname));
				   if (OidIsValid(form.reltoastrelid))
					   toasts->push_back(Toast{form.reltoastrelid, form.oid});
				   const StoredRelation *same =
					   before == nullptr ? nullptr : const_cast<StoredRelations *>(before)->find(form.oid);
				   if (same != nullptr)
				   {
					   relation.table = same->table;
					   relation.series = same->series;
					   relation.bytes = same->bytes;
					   relation.kind = same->kind;
					   relation.seldom = same->seldom;
					   relation.measure =
						   same->measure || same->file != relation.file || same->tablespace != relation.tablespace;
					   if (same->kind == 't' || same->kind == 'x')
						   relation.name = same->name;
				   }
				   if ((same == nullptr || same->name != relation.name) && relation.series != 0)
					   named->push_back(Named{form.oid, form.relnamespace, arena.copy(NameStr(form.relname))});
				   all_.push_back(relation);
			   });
	std::sort(all_.begin(), all_.end(), by_oid);

	bool unknown_index = std::any_of(all_.begin(), all_.end(),
									 [](const StoredRelation &relation)
									 { return relation.kind == RELKIND_INDEX && relation.table == relation.oid; });
	if (unknown_index)
		each_tuple(IndexRelationId, snapshot,
				   [&](const TupleView &row)
				   {
					   auto &form = row.form<FormData_pg_index>();
					   if (StoredRelation *index = find(form.indexrelid))
						   if (index->kind == RELKIND_INDEX)
							   index->table = form.indrelid;
				   });
	UnregisterSnapshot(snapshot);
	for (const Toast &toast : *toasts)
		if (StoredRelation *relation = find(toast.oid))
		{
			relation->table = toast.table;
			if (const StoredRelation *table = find(toast.table))
				relation->seldom = table->seldom;
		}
	/* The index of a TOAST table belongs to the table behind it. */
	for (StoredRelation &relation : all_)
		if (relation.kind == RELKIND_INDEX)
		{
			const StoredRelation *table = find(relation.table);
			if (table != nullptr && table->kind == RELKIND_TOASTVALUE)
			{
				relation.kind = 'x';
				relation.table = table->table;
				relation.seldom = table->seldom;
			}
		}

	MemoryContextSwitchTo(caller);
	for (const Named &entry : *named)
	{
		StoredRelation &relation = *find(entry.oid);
		if (relation.kind == 't' || relation.kind == 'x')
			continue;
		names.push_back(RelationName{entry.oid, schema(entry.schema).name, pstrdup(entry.name)});
	}
	/* TOAST tables go by their table's name; that is new or changed with it, or they are new beside an old one. */
	std::size_t tables = names.size();
	std::sort(names.begin(), names.end(), [](const RelationName &a, const RelationName &b) { return a.oid < b.oid; });
	for (StoredRelation &relation : all_)
	{
		if ((relation.kind != 't' && relation.kind != 'x') || relation.series == 0)
			continue;
		auto first = names.begin();
		auto last = names.begin() + static_cast<std::ptrdiff_t>(tables);
		auto at = std::lower_bound(first, last, relation.table,
								   [](const RelationName &name, Oid wanted) { return name.oid < wanted; });
		if (at != last && at->oid == relation.table)
		{
			RelationName name = {relation.oid, at->schema, at->name};
			relation.name = relation_name_hash(relation.kind, name.schema, name.name);
			names.push_back(name);
		}
		else if (relation.series < 0)
		{
			const char *name = get_rel_name(relation.table);
			if (name == nullptr)
				continue;
			const char *in = schema(get_rel_namespace(relation.table)).name;
			relation.name = relation_name_hash(relation.kind, in, name);
			names.push_back(RelationName{relation.oid, in, name});
		}
	}
	MemoryContextDelete(context);
}

int64
StoredRelations::measure(const StoredRelation &relation)
{
	if (relation.file == 0)
	{
		/* A mapped catalog: its file's number is in the map, which the server reads. */
		Relation opened = try_relation_open(relation.oid, AccessShareLock);
		if (opened == nullptr)
			return -1;
		auto bytes = static_cast<int64>(RelationGetNumberOfBlocks(opened)) * BLCKSZ;
		relation_close(opened, AccessShareLock);
		return bytes;
	}
	char *path = pg::relation_file(relation.tablespace, relation.file);
	int64 bytes = -1;
	for (int segment = 0;; segment++)
	{
		char name[MAXPGPATH];
		if (segment == 0)
			strlcpy(name, path, sizeof(name));
		else
			snprintf(name, sizeof(name), "%s.%d", path, segment);
		struct stat status;
		if (stat(name, &status) != 0)
			break;
		bytes = std::max<int64>(bytes, 0) + status.st_size;
		/* Another segment only begins when this one is full. */
		if (status.st_size < static_cast<off_t>(RELSEG_SIZE) * BLCKSZ)
			break;
	}
	pfree(path);
	return bytes;
}

static bool catalogs_changed = true;

static void
note_change(Datum, Oid)
{
	catalogs_changed = true;
}

bool
StoredRelations::changed()
{
	static bool registered = false;
	if (!registered)
	{
		CacheRegisterRelcacheCallback(note_change, Datum{0});
		registered = true;
	}
	bool changed = catalogs_changed;
	catalogs_changed = false;
	return changed;
}

} // namespace dbeng
