#include "partition/new_partition.hpp"

#include "core/extension.hpp"
#include "core/text.hpp"
#include "partition/key_probe.hpp"
#include "partition/steps.hpp"

namespace dbeng {

/* A default partition of no more pages is read in less time than a constraint takes to be made and dropped. */
static constexpr BlockNumber few_pages = 64;

namespace {
/* What a partition is made after, and what has been made. */
struct Model
{
	const PartitionSet &set;
	Relation parent;
	Relation sibling; /* the newest partition that is a plain table; NULL: there is none */
	Oid made;		  /* not open: nobody may have it open who alters it */
};
} // namespace

static Relation
open_sibling(const PartitionSet &set)
{
	Oid newest = InvalidOid;
	for (const SetPartition &partition : *set.partitions)
		if (partition.leaf && get_rel_relkind(partition.relation) == RELKIND_RELATION)
			newest = partition.relation;
	if (!OidIsValid(newest) && OidIsValid(set.default_partition) &&
		get_rel_relkind(set.default_partition) == RELKIND_RELATION)
		newest = set.default_partition;
	return OidIsValid(newest) ? try_relation_open(newest, AccessShareLock) : nullptr;
}

/* pg_class.reloptions as WITH takes them. */
static void
append_options(StringInfo list, Oid relation, const char *prefix)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	if (!HeapTupleIsValid(tuple))
		return;
	bool null;
	Datum options = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_reloptions, &null);
	if (!null)
	{
		auto *array = static_cast<const varlena *>(PG_DETOAST_DATUM_COPY(options));
		for (int i = 0; i < array_length(array); i++)
		{
			const char *option = array_element(array, i);
			const char *equals = strchr(option, '=');
			if (equals == nullptr)
				continue;
			appendStringInfo(list, "%s%s%s = %s", list->len == 0 ? "" : ", ", prefix,
							 quoted(pnstrdup(option, static_cast<Size>(equals - option))), literal(equals + 1));
		}
	}
	ReleaseSysCache(tuple);
}

/* CREATE TABLE with what it says at once. */
static void
create_like_parent(const Model &model, const char *name)
{
	auto *parent = RelationGetForm(model.parent);
	auto *sibling = model.sibling == nullptr ? nullptr : RelationGetForm(model.sibling);
	StringInfoData sql;
	initStringInfo(&sql);
	bool unlogged = (sibling == nullptr ? parent : sibling)->relpersistence == RELPERSISTENCE_UNLOGGED;
	appendStringInfo(&sql, "CREATE %sTABLE %s (LIKE %s INCLUDING ALL EXCLUDING IDENTITY)", unlogged ? "UNLOGGED " : "",
					 quoted(get_namespace_name(parent->relnamespace), name), qualified(model.set.settings.parent));
	Oid method = OidIsValid(parent->relam) ? parent->relam : sibling == nullptr ? InvalidOid : sibling->relam;
	if (OidIsValid(method) && method != HEAP_TABLE_AM_OID)
		appendStringInfo(&sql, " USING %s", quoted(get_am_name(method)));
	if (sibling != nullptr)
	{
		StringInfoData options;
		initStringInfo(&options);
		append_options(&options, RelationGetRelid(model.sibling), "");
		if (OidIsValid(sibling->reltoastrelid))
			append_options(&options, sibling->reltoastrelid, "toast.");
		if (options.len > 0)
			appendStringInfo(&sql, " WITH (%s)", options.data);
	}
	Oid tablespace = OidIsValid(parent->reltablespace) ? parent->reltablespace
					 : sibling == nullptr			   ? InvalidOid
													   : sibling->reltablespace;
	if (OidIsValid(tablespace))
		appendStringInfo(&sql, " TABLESPACE %s", quoted(get_tablespace_name(tablespace)));
	execute(sql.data);
}

static void
change(StringInfo changes, const char *text)
{
	appendStringInfo(changes, "%s%s", changes->len == 0 ? "" : ", ", text);
}

namespace {
/* What pg_attribute says of a column beyond its type. */
struct ColumnTraits
{
	bool found = false;
	int target = -1;
	const char *options = nullptr; /* as SET takes them */
	char storage = '\0';
	char compression = '\0';
};
} // namespace

static ColumnTraits
column_traits(Relation relation, const char *name)
{
	ColumnTraits traits;
	HeapTuple tuple = relation == nullptr ? nullptr : SearchSysCacheAttName(RelationGetRelid(relation), name);
	if (!HeapTupleIsValid(tuple))
		return traits;
	auto *form = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
	traits = {true, pg::statistics_target(tuple), nullptr, form->attstorage, form->attcompression};
	bool null;
	Datum options = SysCacheGetAttr(ATTNUM, tuple, Anum_pg_attribute_attoptions, &null);
	if (!null)
	{
		auto *array = static_cast<const varlena *>(PG_DETOAST_DATUM_COPY(options));
		StringInfoData list;
		initStringInfo(&list);
		/* Others are the server's own business. */
		for (int i = 0; i < array_length(array); i++)
			if (const char *option = array_element(array, i); strncmp(option, "n_distinct", strlen("n_distinct")) == 0)
				change(&list, option);
		traits.options = list.len == 0 ? nullptr : list.data;
	}
	ReleaseSysCache(tuple);
	return traits;
}

static const char *
storage_name(char storage)
{
	switch (storage)
	{
		case TYPSTORAGE_PLAIN:
			return "PLAIN";
		case TYPSTORAGE_EXTERNAL:
			return "EXTERNAL";
		case TYPSTORAGE_EXTENDED:
			return "EXTENDED";
		default:
			return "MAIN";
	}
}

/* What LIKE does not copy, and what the parent leaves to its partitions. */
static void
change_columns(const Model &model, StringInfo changes)
{
	TupleDesc columns = RelationGetDescr(model.parent);
	for (int i = 0; i < columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);
		if (column->attisdropped)
			continue;
		const char *name = NameStr(column->attname);
		ColumnTraits parent = column_traits(model.parent, name);
		ColumnTraits sibling = column_traits(model.sibling, name);
		int target = parent.target >= 0 ? parent.target : sibling.target;
		if (target >= 0)
			change(changes, format("ALTER COLUMN %s SET STATISTICS %d", quoted(name), target));
		if (const char *options = parent.options != nullptr ? parent.options : sibling.options)
			change(changes, format("ALTER COLUMN %s SET (%s)", quoted(name), options));
		if (sibling.found && sibling.storage != parent.storage && parent.storage == get_typstorage(column->atttypid))
			change(changes, format("ALTER COLUMN %s SET STORAGE %s", quoted(name), storage_name(sibling.storage)));
		if (parent.compression == '\0' && sibling.compression != '\0')
			change(changes, format("ALTER COLUMN %s SET COMPRESSION %s", quoted(name),
								   sibling.compression == TOAST_LZ4_COMPRESSION ? "lz4" : "pglz"));
	}
}

/* Runs a statement that the parser has made, within this one. */
static void
run_utility(Node *statement, const char *text)
{
	PlannedStmt *wrapper = makeNode(PlannedStmt);
	wrapper->commandType = CMD_UTILITY;
	wrapper->utilityStmt = statement;
	wrapper->stmt_location = -1;
	ProcessUtility(wrapper, text, false, PROCESS_UTILITY_SUBCOMMAND, nullptr, nullptr, None_Receiver, nullptr);
	CommandCounterIncrement();
}

static RangeVar *
range_var(Oid relation)
{
	return makeRangeVar(get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation), -1);
}

/* What the new table has by now, of one kind: its indexes, its extended statistics. */
static ::List *
of_made(const Model &model, ::List *(*list)(Relation))
{
	Relation made = relation_open(model.made, NoLock);
	::List *oids = list(made);
	relation_close(made, NoLock);
	return oids;
}

/* What an index is, whatever its name and table: UNIQUE or not, and what follows USING. */
static const char *
index_meaning(Oid index)
{
	const char *definition = TextDatumGetCString(OidFunctionCall1(F_PG_GET_INDEXDEF_OID, ObjectIdGetDatum(index)));
	const char *from = strstr(definition, " USING ");
	bool unique = strncmp(definition, "CREATE UNIQUE", strlen("CREATE UNIQUE")) == 0;
	return format("%d%s", unique, from == nullptr ? definition : from);
}

/* The new table's index that is like one of another; InvalidOid without. */
static Oid
same_index(const Model &model, Oid index)
{
	const char *meaning = index_meaning(index);
	ListCell *cell;
	foreach (cell, of_made(model, RelationGetIndexList))
		if (strcmp(index_meaning(lfirst_oid(cell)), meaning) == 0)
			return lfirst_oid(cell);
	return InvalidOid;
}

static void
copy_index(const Model &model, Oid index)
{
	const char *text = pg_get_indexdef_string(index);
	auto *statement = castNode(IndexStmt, linitial_node(RawStmt, pg_parse_query(text))->stmt);
	statement->idxname = nullptr;
	statement->relation = range_var(model.made);
	run_utility(reinterpret_cast<Node *>(statement), text);
}

/* Indexes that the newest partition has for itself; those of its constraints come with these. */
static void
copy_own_indexes(const Model &model)
{
	ListCell *cell;
	foreach (cell, RelationGetIndexList(model.sibling))
	{
		Oid index = lfirst_oid(cell);
		if (!get_rel_relispartition(index) && !OidIsValid(get_index_constraint(index)) &&
			!OidIsValid(same_index(model, index)))
			copy_index(model, index);
	}
}

/* What follows the name: as ALTER TABLE takes it, with the options of an index that it has. */
static const char *
constraint_definition(const Model &model, Oid constraint, const char *name)
{
	const char *command = pg_get_constraintdef_command(constraint);
	const char *beginning = format("ALTER TABLE %s ADD CONSTRAINT %s ",
								   quote_qualified_identifier(get_namespace_name(RelationGetNamespace(model.sibling)),
															  RelationGetRelationName(model.sibling)),
								   quote_identifier(name));
	if (strncmp(command, beginning, strlen(beginning)) == 0)
		return command + strlen(beginning);
	return TextDatumGetCString(OidFunctionCall1(F_PG_GET_CONSTRAINTDEF_OID, ObjectIdGetDatum(constraint)));
}

/* Constraints that the newest partition has for itself. What its CHECKs say of the key is true of its own range only. */
static void
add_own_constraints(const Model &model, StringInfo changes)
{
	const char *key = get_attname(model.set.settings.parent, model.set.key, false);
	AttrNumber key_column = get_attnum(RelationGetRelid(model.sibling), key);
	Relation constraints = table_open(ConstraintRelationId, AccessShareLock);
	ScanKeyData scan_key;
	ScanKeyInit(&scan_key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationGetRelid(model.sibling)));
	SysScanDesc scan = systable_beginscan(constraints, ConstraintRelidTypidNameIndexId, true, nullptr, 1, &scan_key);
	while (HeapTuple tuple = systable_getnext(scan))
	{
		auto *form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
		const char *name = NameStr(form->conname);
		if (!form->conislocal || form->coninhcount > 0 || OidIsValid(form->conparentid) ||
			OidIsValid(get_relation_constraint_oid(model.made, name, true)))
			continue;
		bool checks = form->contype == CONSTRAINT_CHECK;
		bool indexed = form->contype == CONSTRAINT_UNIQUE || form->contype == CONSTRAINT_PRIMARY ||
					   form->contype == CONSTRAINT_EXCLUSION;
		if (!checks && !indexed && form->contype != CONSTRAINT_FOREIGN)
			continue;
		if (indexed && OidIsValid(same_index(model, form->conindid)))
			continue;
		if (checks)
		{
			bool null;
			Datum columns = heap_getattr(tuple, Anum_pg_constraint_conkey, RelationGetDescr(constraints), &null);
			ArrayType *array = null ? nullptr : DatumGetArrayTypeP(columns);
			auto *numbers = null ? nullptr : reinterpret_cast<int16 *>(ARR_DATA_PTR(array));
			if (!null && std::find(numbers, numbers + ARR_DIMS(array)[0], key_column) != numbers + ARR_DIMS(array)[0])
				continue;
		}
		const char *definition = constraint_definition(model, form->oid, name);
		/* An index is named after its constraint, and no two of a schema alike. */
		change(changes,
			   indexed ? format("ADD %s", definition) : format("ADD CONSTRAINT %s %s", quoted(name), definition));
	}
	systable_endscan(scan);
	table_close(constraints, AccessShareLock);
}

static const char *
statistics_name(Oid statistics)
{
	HeapTuple tuple = SearchSysCache1(STATEXTOID, ObjectIdGetDatum(statistics));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for statistics object %u", statistics);
	auto *form = reinterpret_cast<Form_pg_statistic_ext>(GETSTRUCT(tuple));
	const char *name = quoted(get_namespace_name(form->stxnamespace), NameStr(form->stxname));
	ReleaseSysCache(tuple);
	return name;
}

/* What it is, whatever its name and table. */
static const char *
statistics_meaning(Oid statistics)
{
	/* CREATE STATISTICS name (kinds) ON columns FROM table. */
	const char *definition = pg_get_statisticsobjdef_string(statistics);
	std::string_view whole = definition;
	std::size_t name = strlen("CREATE STATISTICS ") + strlen(statistics_name(statistics));
	std::string_view meaning = slice(whole, name, whole.rfind(" FROM ") - std::min(name, whole.rfind(" FROM ")));
	return pnstrdup(meaning.data(), meaning.size());
}

static int
statistics_target(Oid statistics)
{
	HeapTuple tuple = SearchSysCache1(STATEXTOID, ObjectIdGetDatum(statistics));
	if (!HeapTupleIsValid(tuple))
		return -1;
	int target = pg::extended_statistics_target(tuple);
	ReleaseSysCache(tuple);
	return target;
}

static Oid
same_statistics(const Model &model, const char *meaning)
{
	ListCell *cell;
	foreach (cell, of_made(model, RelationGetStatExtList))
		if (strcmp(statistics_meaning(lfirst_oid(cell)), meaning) == 0)
			return lfirst_oid(cell);
	return InvalidOid;
}

/* LIKE has made those of the parent, without their targets. */
static void
copy_statistics(const Model &model, Relation from)
{
	ListCell *cell;
	foreach (cell, RelationGetStatExtList(from))
	{
		Oid statistics = lfirst_oid(cell);
		const char *meaning = statistics_meaning(statistics);
		Oid same = same_statistics(model, meaning);
		if (!OidIsValid(same))
		{
			const char *text = pg_get_statisticsobjdef_string(statistics);
			auto *statement = castNode(CreateStatsStmt, linitial_node(RawStmt, pg_parse_query(text))->stmt);
			statement->defnames = NIL;
			statement->relations = list_make1(range_var(model.made));
			run_utility(reinterpret_cast<Node *>(statement), text);
			same = same_statistics(model, meaning);
		}
		int target = statistics_target(statistics);
		if (OidIsValid(same) && target >= 0 && statistics_target(same) < 0)
			execute(format("ALTER STATISTICS %s SET STATISTICS %d", statistics_name(same), target));
	}
}

/* Puts a list of privileges in the place of what a new object has. */
static void
set_privileges(Oid catalog, HeapTuple tuple, int attribute, Oid relation, int column, Oid owner, const Acl *privileges)
{
	Relation table = table_open(catalog, RowExclusiveLock);
	bool null;
	Datum before = heap_getattr(tuple, attribute, RelationGetDescr(table), &null);
	Oid *old_members = nullptr;
	int old_count = null ? 0 : aclmembers(DatumGetAclP(before), &old_members);
	if (!null || privileges != nullptr)
	{
		Oid *new_members = nullptr;
		int new_count = privileges == nullptr ? 0 : aclmembers(privileges, &new_members);
		Local<Vector<Datum>> values(static_cast<std::size_t>(RelationGetDescr(table)->natts), Datum{0});
		auto *nulls = static_cast<bool *>(palloc0(static_cast<Size>(RelationGetDescr(table)->natts)));
		auto *replaced = static_cast<bool *>(palloc0(static_cast<Size>(RelationGetDescr(table)->natts)));
		int at = attribute - 1;
		(*values)[static_cast<std::size_t>(at)] = PointerGetDatum(privileges);
		nulls[at] = privileges == nullptr;
		replaced[at] = true;
		HeapTuple changed = heap_modify_tuple(tuple, RelationGetDescr(table), values->data(), nulls, replaced);
		CatalogTupleUpdate(table, &changed->t_self, changed);
		updateAclDependencies(RelationRelationId, relation, column, owner, old_count, old_members, new_count,
							  new_members);
		heap_freetuple(changed);
	}
	table_close(table, RowExclusiveLock);
}

static const Acl *
privileges_for(const Model &model, Relation from, Datum privileges, bool null)
{
	if (null)
		return nullptr;
	Acl *copy = DatumGetAclPCopy(privileges);
	Oid owner = RelationGetForm(from)->relowner;
	return owner == model.set.owner ? copy : aclnewowner(copy, owner, model.set.owner);
}

/* Exactly those, grant options and who granted them included. */
static void
copy_privileges(const Model &model, Relation from)
{
	Oid made = model.made;
	HeapTuple source = SearchSysCache1(RELOID, ObjectIdGetDatum(RelationGetRelid(from)));
	HeapTuple target = SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(made));
	if (!HeapTupleIsValid(source) || !HeapTupleIsValid(target))
		elog(ERROR, "cache lookup failed for relation %u", made);
	bool null;
	Datum privileges = SysCacheGetAttr(RELOID, source, Anum_pg_class_relacl, &null);
	set_privileges(RelationRelationId, target, Anum_pg_class_relacl, made, 0, model.set.owner,
				   privileges_for(model, from, privileges, null));
	ReleaseSysCache(source);
	for (int i = 0; i < RelationGetDescr(from)->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(from), i);
		if (column->attisdropped)
			continue;
		source = SearchSysCache2(ATTNUM, ObjectIdGetDatum(RelationGetRelid(from)), Int16GetDatum(column->attnum));
		privileges = SysCacheGetAttr(ATTNUM, source, Anum_pg_attribute_attacl, &null);
		AttrNumber number = null ? InvalidAttrNumber : get_attnum(model.made, NameStr(column->attname));
		if (number != InvalidAttrNumber)
			set_privileges(
				AttributeRelationId, SearchSysCacheCopy2(ATTNUM, ObjectIdGetDatum(made), Int16GetDatum(number)),
				Anum_pg_attribute_attacl, made, number, model.set.owner, privileges_for(model, from, privileges, null));
		ReleaseSysCache(source);
	}
	CommandCounterIncrement();
}

/* An expression of a policy, as the new table has to be told it: sub-selects call the table by its name. */
static const char *
policy_expression(const Model &model, Relation from, Datum tree)
{
	return deparse_expression(static_cast<Node *>(stringToNode(TextDatumGetCString(tree))),
							  deparse_context_for(get_rel_name(model.made), RelationGetRelid(from)), false, false);
}

static const char *
role_list(const ArrayType *roles)
{
	auto *oids = reinterpret_cast<Oid *>(ARR_DATA_PTR(roles));
	StringInfoData list;
	initStringInfo(&list);
	for (int i = 0; i < ARR_DIMS(roles)[0]; i++)
		change(&list, OidIsValid(oids[i]) ? quoted(GetUserNameFromId(oids[i], false)) : "PUBLIC");
	return list.data;
}

static const char *
policy_command(char command)
{
	switch (command)
	{
		case ACL_SELECT_CHR:
			return "SELECT";
		case ACL_INSERT_CHR:
			return "INSERT";
		case ACL_UPDATE_CHR:
			return "UPDATE";
		case ACL_DELETE_CHR:
			return "DELETE";
		default:
			return "ALL";
	}
}

static const char *
policy_statement(const Model &model, Relation from, HeapTuple tuple, TupleDesc columns)
{
	auto *form = reinterpret_cast<Form_pg_policy>(GETSTRUCT(tuple));
	StringInfoData sql;
	initStringInfo(&sql);
	bool null;
	Datum roles = heap_getattr(tuple, Anum_pg_policy_polroles, columns, &null);
	appendStringInfo(&sql, "CREATE POLICY %s ON %s AS %s FOR %s TO %s", quoted(NameStr(form->polname)),
					 qualified(model.made), form->polpermissive ? "PERMISSIVE" : "RESTRICTIVE",
					 policy_command(form->polcmd), role_list(DatumGetArrayTypePCopy(roles)));
	Datum condition = heap_getattr(tuple, Anum_pg_policy_polqual, columns, &null);
	if (!null)
		appendStringInfo(&sql, " USING (%s)", policy_expression(model, from, condition));
	condition = heap_getattr(tuple, Anum_pg_policy_polwithcheck, columns, &null);
	if (!null)
		appendStringInfo(&sql, " WITH CHECK (%s)", policy_expression(model, from, condition));
	return sql.data;
}

static bool
has_policies(Relation relation)
{
	Relation policies = table_open(PolicyRelationId, AccessShareLock);
	ScanKeyData key;
	ScanKeyInit(&key, Anum_pg_policy_polrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationGetRelid(relation)));
	SysScanDesc scan = systable_beginscan(policies, PolicyPolrelidPolnameIndexId, true, nullptr, 1, &key);
	bool has = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(policies, AccessShareLock);
	return has;
}

/* The server asks a table's policies only where the table itself is named: whoever names a partition is held to the same. */
static void
copy_policies(const Model &model, Relation from)
{
	Local<Vector<const char *>> statements;
	Relation policies = table_open(PolicyRelationId, AccessShareLock);
	ScanKeyData key;
	ScanKeyInit(&key, Anum_pg_policy_polrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationGetRelid(from)));
	SysScanDesc scan = systable_beginscan(policies, PolicyPolrelidPolnameIndexId, true, nullptr, 1, &key);
	while (HeapTuple tuple = systable_getnext(scan))
		statements->push_back(policy_statement(model, from, tuple, RelationGetDescr(policies)));
	systable_endscan(scan);
	table_close(policies, AccessShareLock);
	for (const char *statement : *statements)
		execute(statement);
}

static void
change_row_security(StringInfo changes, Relation from)
{
	if (RelationGetForm(from)->relrowsecurity)
		change(changes, "ENABLE ROW LEVEL SECURITY");
	if (RelationGetForm(from)->relforcerowsecurity)
		change(changes, "FORCE ROW LEVEL SECURITY");
}

static void
change_replica_identity(const Model &model, StringInfo changes)
{
	Relation from = RelationGetForm(model.parent)->relreplident != REPLICA_IDENTITY_DEFAULT || model.sibling == nullptr
						? model.parent
						: model.sibling;
	switch (RelationGetForm(from)->relreplident)
	{
		case REPLICA_IDENTITY_FULL:
			change(changes, "REPLICA IDENTITY FULL");
			break;
		case REPLICA_IDENTITY_NOTHING:
			change(changes, "REPLICA IDENTITY NOTHING");
			break;
		case REPLICA_IDENTITY_INDEX:
		{
			ListCell *cell;
			foreach (cell, RelationGetIndexList(from))
			{
				HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
				bool chosen =
					HeapTupleIsValid(tuple) && reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple))->indisreplident;
				if (HeapTupleIsValid(tuple))
					ReleaseSysCache(tuple);
				Oid same = chosen ? same_index(model, lfirst_oid(cell)) : InvalidOid;
				if (OidIsValid(same))
					change(changes, format("REPLICA IDENTITY USING INDEX %s", quoted(get_rel_name(same))));
			}
			break;
		}
		default:
			break;
	}
}

static void
change_cluster(const Model &model, StringInfo changes)
{
	ListCell *cell;
	foreach (cell, RelationGetIndexList(model.sibling))
	{
		if (!get_index_isclustered(lfirst_oid(cell)))
			continue;
		Oid same = same_index(model, lfirst_oid(cell));
		if (OidIsValid(same))
			change(changes, format("CLUSTER ON %s", quoted(get_rel_name(same))));
	}
}

/* No definition of an EXCLUDE constraint says where its index is. */
static void
place_indexes(const Model &model)
{
	ListCell *cell;
	foreach (cell, RelationGetIndexList(model.sibling))
	{
		Oid index = lfirst_oid(cell);
		Oid tablespace = get_rel_tablespace(index);
		Oid same = OidIsValid(tablespace) && !get_rel_relispartition(index) ? same_index(model, index) : InvalidOid;
		if (OidIsValid(same) && get_rel_tablespace(same) != tablespace)
			execute(
				format("ALTER INDEX %s SET TABLESPACE %s", qualified(same), quoted(get_tablespace_name(tablespace))));
	}
}

/* Publications that name the newest partition. Whose they are has said that the set's partitions be in them. */
static void
publish(const Model &model)
{
	ListCell *cell;
	foreach (cell, GetRelationPublications(RelationGetRelid(model.sibling)))
	{
		HeapTuple tuple = SearchSysCache2(PUBLICATIONRELMAP, ObjectIdGetDatum(RelationGetRelid(model.sibling)),
										  ObjectIdGetDatum(lfirst_oid(cell)));
		if (!HeapTupleIsValid(tuple))
			continue;
		StringInfoData sql;
		initStringInfo(&sql);
		appendStringInfo(&sql, "ALTER PUBLICATION %s ADD TABLE ONLY %s",
						 quoted(get_publication_name(lfirst_oid(cell), false)), qualified(model.made));
		bool null;
		Datum columns = SysCacheGetAttr(PUBLICATIONRELMAP, tuple, Anum_pg_publication_rel_prattrs, &null);
		if (!null)
		{
			auto *numbers = reinterpret_cast<int2vector *>(DatumGetPointer(columns));
			StringInfoData list;
			initStringInfo(&list);
			for (int i = 0; i < numbers->dim1; i++)
				change(&list, quoted(get_attname(RelationGetRelid(model.sibling), numbers->values[i], false)));
			appendStringInfo(&sql, " (%s)", list.data);
		}
		Datum filter = SysCacheGetAttr(PUBLICATIONRELMAP, tuple, Anum_pg_publication_rel_prqual, &null);
		if (!null)
			appendStringInfo(&sql, " WHERE (%s)",
							 TextDatumGetCString(DirectFunctionCall2(
								 pg_get_expr, filter, ObjectIdGetDatum(RelationGetRelid(model.sibling)))));
		ReleaseSysCache(tuple);
		Identity owner = act_as(BOOTSTRAP_SUPERUSERID);
		execute(sql.data);
		owner.restore();
	}
}

static bool
has_row_security(Relation relation)
{
	return RelationGetForm(relation)->relrowsecurity || RelationGetForm(relation)->relforcerowsecurity ||
		   has_policies(relation);
}

/* All that CREATE TABLE … LIKE has left open. */
static void
complete(const Model &model)
{
	Oid made = model.made;
	StringInfoData changes;
	initStringInfo(&changes);
	change_columns(model, &changes);
	Relation guarded_by = model.sibling == nullptr || has_row_security(model.parent) ? model.parent : model.sibling;
	change_row_security(&changes, guarded_by);
	if (model.sibling != nullptr)
	{
		copy_own_indexes(model);
		add_own_constraints(model, &changes);
	}
	if (changes.len > 0)
		execute(format("ALTER TABLE %s %s", qualified(made), changes.data));
	if (model.sibling != nullptr)
		place_indexes(model);
	/* These may be of an index that a constraint has brought. */
	resetStringInfo(&changes);
	change_replica_identity(model, &changes);
	if (model.sibling != nullptr)
		change_cluster(model, &changes);
	if (changes.len > 0)
		execute(format("ALTER TABLE %s %s", qualified(made), changes.data));
	copy_policies(model, guarded_by);
	copy_statistics(model, model.parent);
	if (model.sibling != nullptr)
		copy_statistics(model, model.sibling);
	copy_privileges(model, model.sibling == nullptr ? model.parent : model.sibling);
	if (const char *comment = GetComment(model.set.settings.parent, RelationRelationId, 0))
		CreateComments(made, RelationRelationId, 0, comment);
	if (model.sibling != nullptr)
		publish(model);
}

Oid
make_beside(const PartitionSet &set, const char *name)
{
	Relation parent = relation_open(set.settings.parent, AccessShareLock);
	Relation sibling = open_sibling(set);
	Model model = {set, parent, sibling, InvalidOid};
	create_like_parent(model, name);
	model.made = get_relname_relid(name, RelationGetNamespace(parent));
	complete(model);
	if (sibling != nullptr)
		relation_close(sibling, NoLock);
	relation_close(parent, NoLock);
	CommandCounterIncrement();
	return model.made;
}

bool
lacks_index_for_attach(const PartitionSet &set)
{
	if (!OidIsValid(set.default_partition) || get_rel_relkind(set.default_partition) != RELKIND_RELATION)
		return false;
	Relation table = try_relation_open(set.default_partition, AccessShareLock);
	if (table == nullptr)
		return false;
	bool lacks = RelationGetNumberOfBlocks(table) > few_pages && !has_key_index(table, set.key_name, set.calendar);
	relation_close(table, AccessShareLock);
	return lacks;
}

static PartitionRangeDatum *
range_datum(const Calendar &calendar, const KeyBound &bound)
{
	PartitionRangeDatum *datum = makeNode(PartitionRangeDatum);
	datum->kind = bound.kind == KeyBound::Kind::minimum	  ? PARTITION_RANGE_DATUM_MINVALUE
				  : bound.kind == KeyBound::Kind::maximum ? PARTITION_RANGE_DATUM_MAXVALUE
														  : PARTITION_RANGE_DATUM_VALUE;
	datum->location = -1;
	if (bound.kind == KeyBound::Kind::value)
	{
		int16 length;
		bool by_value;
		get_typlenbyval(calendar.type(), &length, &by_value);
		datum->value = reinterpret_cast<Node *>(
			makeConst(calendar.type(), -1, calendar.collation(), length, bound.value, false, by_value));
	}
	return datum;
}

/* What the default partition may not hold any more, as the server itself will want to know it proven. */
static const char *
absence(const PartitionSet &set, Relation parent, Relation rest, const KeyBound &lower, const KeyBound &upper)
{
	PartitionBoundSpec *spec = makeNode(PartitionBoundSpec);
	spec->strategy = PARTITION_STRATEGY_RANGE;
	spec->location = -1;
	spec->lowerdatums = list_make1(range_datum(set.calendar, lower));
	spec->upperdatums = list_make1(range_datum(set.calendar, upper));
	::List *without = get_proposed_default_constraint(get_qual_from_partbound(parent, spec));
	without = map_partition_varattnos(without, 1, rest, parent);
	return nodeToString(make_ands_explicit(without));
}

static const char *
free_constraint_name(Oid relation)
{
	const char *name = "dbeng_attach";
	for (int i = 2; OidIsValid(get_relation_constraint_oid(relation, name, true)); i++)
		name = format("dbeng_attach_%d", i);
	return name;
}

[[noreturn]] static void
refuse_rows_in_default(const PartitionSet &set, const KeyBound &lower, const KeyBound &upper)
{
	ereport(ERROR, errcode(ERRCODE_CHECK_VIOLATION),
			errmsg("the default partition %s has rows from %s to %s", qualified(set.default_partition),
				   set.calendar.literal(lower), set.calendar.literal(upper)),
			errdetail("No partition of that range can be attached before they are out of there."),
			errhint("CALL dbeng.drain_default(%s); moves them.", literal(qualified(set.settings.parent))));
}

/*
 * Proves to the server that the default partition has no row of the range, so that it does not look through all of it under the lock.
 * Returns the name of the constraint that says so; NULL: it is small, or lacks the index, and the server may look itself.
 */
static const char *
prove_absence(const PartitionSet &set, const KeyBound &lower, const KeyBound &upper)
{
	if (get_rel_relkind(set.default_partition) != RELKIND_RELATION)
		return nullptr;
	Relation rest = relation_open(set.default_partition, NoLock);
	const char *name = nullptr;
	if (RelationGetNumberOfBlocks(rest) > few_pages && has_key_index(rest, set.key_name, set.calendar))
	{
		/* Nobody writes it any more, and this one has seen all who did. */
		Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
		Probe probe = probe_key(rest, set.key_name, set.calendar, {lower, upper}, false, snapshot, nullptr);
		UnregisterSnapshot(snapshot);
		if (probe == Probe::found)
			refuse_rows_in_default(set, lower, upper);
		Relation parent = relation_open(set.settings.parent, NoLock);
		name = free_constraint_name(set.default_partition);
		AddRelationNewConstraints(rest, NIL,
								  list_make1(pg::proven_check(name, absence(set, parent, rest, lower, upper))), false,
								  true, true, nullptr);
		relation_close(parent, NoLock);
	}
	relation_close(rest, NoLock);
	CommandCounterIncrement();
	return name;
}

void
attach(const PartitionSet &set, Oid partition, const KeyBound &lower, const KeyBound &upper)
{
	Oid parent = set.settings.parent;
	RelationLock locks[] = {{parent, ShareUpdateExclusiveLock}, {set.default_partition, AccessExclusiveLock}};
	lock_relations(locks);
	const char *proof = OidIsValid(set.default_partition) ? prove_absence(set, lower, upper) : nullptr;
	execute(format("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)", qualified(parent),
				   qualified(partition), set.calendar.literal(lower), set.calendar.literal(upper)));
	if (proof != nullptr)
		execute(format("ALTER TABLE ONLY %s DROP CONSTRAINT %s", qualified(set.default_partition), quoted(proof)));
}

void
attach_default(const PartitionSet &set, Oid partition)
{
	RelationLock locks[] = {{set.settings.parent, ShareUpdateExclusiveLock}};
	lock_relations(locks);
	execute(format("ALTER TABLE %s ATTACH PARTITION %s DEFAULT", qualified(set.settings.parent), qualified(partition)));
}

} // namespace dbeng
