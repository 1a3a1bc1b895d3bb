#include "catalog/loader.hpp"
#include "catalog/pages_now.hpp"

namespace dbeng {

/* Do checks look at its columns, indexes and constraints? */
static bool
is_modelled(const RelationEntry &relation)
{
	return relation.standing == Standing::user || relation.standing == Standing::extension;
}

static bool
has_columns(const RelationEntry &relation, Extent extent)
{
	if (extent == Extent::layout &&
		(!relation.stores_rows() || (relation.pages <= 1 && pages_are_current(relation.tuples, relation.counters))))
		return false;
	return is_modelled(relation) && relation.kind != RELKIND_SEQUENCE;
}

/*
 * How many rows of a catalog to make room for at once, so that it is not moved and paid for again: those of its last
 * VACUUM, within reason, as much of a bloated catalog may be of the past.
 */
static std::size_t
expected_rows(Oid catalog_oid)
{
	Relation catalog = table_open(catalog_oid, AccessShareLock);
	float4 tuples = catalog->rd_rel->reltuples;
	table_close(catalog, AccessShareLock);
	return static_cast<std::size_t>(std::clamp(tuples, 0.0f, 100000.0f));
}

/* pg_class: relations and indexes apart; a TOAST table becomes a part of its owner. */
void
Loader::relations()
{
	relations_.reserve(expected_rows(RelationRelationId) / 3);
	indexes_.reserve(expected_rows(IndexRelationId));
	each_tuple(RelationRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_class>();
				   if (form.relkind == RELKIND_TOASTVALUE)
				   {
					   toasts_.push_back(Toast{form.oid, static_cast<BlockNumber>(form.relpages), form.relfilenode,
											   form.reltuples, form.relfrozenxid, form.relminmxid});
					   return;
				   }
				   if (form.relkind == RELKIND_COMPOSITE_TYPE || IsToastNamespace(form.relnamespace))
					   return;
				   const SchemaEntry *in = schema(form.relnamespace);
				   if (in == nullptr)
					   return;
				   Datum value;
				   if (form.relkind == RELKIND_INDEX || form.relkind == RELKIND_PARTITIONED_INDEX)
				   {
					   if (in->standing == Standing::system || in->standing == Standing::temporary)
						   return;
					   IndexEntry entry = {};
					   entry.oid = form.oid;
					   entry.name = name(form.relname);
					   entry.method = form.relam;
					   entry.tablespace = form.reltablespace;
					   entry.file = form.relfilenode;
					   entry.tuples = form.reltuples;
					   entry.pages = static_cast<BlockNumber>(form.relpages);
					   entry.partitioned = form.relkind == RELKIND_PARTITIONED_INDEX;
					   if (row.get(Anum_pg_class_reloptions, &value))
						   entry.options = arena_.copy_varlena(value);
					   indexes_.push_back(entry);
					   return;
				   }
				   RelationEntry entry = {};
				   entry.oid = form.oid;
				   entry.name = name(form.relname);
				   entry.schema = in;
				   entry.standing = form.relpersistence == RELPERSISTENCE_TEMP
										? Standing::temporary
										: standing(RelationRelationId, form.oid, in);
				   entry.owner = form.relowner;
				   entry.method = form.relam;
				   entry.tablespace = form.reltablespace;
				   entry.of_type = form.reloftype;
				   entry.toast = form.reltoastrelid;
				   entry.file = form.relfilenode;
				   entry.pages = static_cast<BlockNumber>(form.relpages);
				   entry.all_visible_pages = static_cast<BlockNumber>(form.relallvisible);
				   entry.tuples = form.reltuples;
				   entry.frozen_xid = form.relfrozenxid;
				   entry.min_multixact = form.relminmxid;
				   entry.column_count = form.relnatts;
				   entry.kind = form.relkind;
				   entry.persistence = form.relpersistence;
				   entry.replica_identity = form.relreplident;
				   entry.partition = form.relispartition;
				   entry.row_security = form.relrowsecurity;
				   entry.force_row_security = form.relforcerowsecurity;
				   entry.populated = form.relispopulated;
				   if (row.get(Anum_pg_class_reloptions, &value))
					   entry.options = arena_.copy_varlena(value);
				   if (row.get(Anum_pg_class_relacl, &value))
					   entry.acl = arena_.copy_varlena(value);
				   if (row.get(Anum_pg_class_relpartbound, &value))
					   entry.partition_bound = text(value);
				   relations_.push_back(entry);
			   });
	catalog_.relations = sorted_by_oid(relations_);
	catalog_.indexes = sorted_by_oid(indexes_);

	relation_oids_.reserve(catalog_.relations.size());
	for (const RelationEntry &entry : catalog_.relations)
		relation_oids_.push_back(entry.oid);

	sorted_by_oid(toasts_);
	std::span<Toast> toasts(toasts_.data(), toasts_.size());
	for (RelationEntry &entry : catalog_.relations)
	{
		entry.root = &entry;
		if (entry.toast == InvalidOid)
			continue;
		if (const Toast *toast = find_by_oid(toasts, entry.toast))
		{
			entry.toast_pages = toast->pages;
			entry.toast_file = toast->file;
			entry.toast_tuples = toast->tuples;
			if (TransactionIdIsNormal(toast->frozen_xid) && TransactionIdPrecedes(toast->frozen_xid, entry.frozen_xid))
				entry.frozen_xid = toast->frozen_xid;
			if (MultiXactIdIsValid(toast->min_multixact) &&
				MultiXactIdPrecedes(toast->min_multixact, entry.min_multixact))
				entry.min_multixact = toast->min_multixact;
		}
	}
}

RelationEntry *
Loader::relation(Oid oid) const
{
	auto at = std::lower_bound(relation_oids_.begin(), relation_oids_.end(), oid);
	return at != relation_oids_.end() && *at == oid ? &catalog_.relations[at - relation_oids_.begin()] : nullptr;
}

void
Loader::lists()
{
	Local<Vector<RelationEntry *>> tables;
	Local<Vector<RelationEntry *>> tables_and_partitions;
	Local<Vector<RelationEntry *>> own_relations;
	for (RelationEntry &entry : catalog_.relations)
	{
		if (entry.standing != Standing::user)
			continue;
		own_relations->push_back(&entry);
		if (!entry.is_table())
			continue;
		tables_and_partitions->push_back(&entry);
		if (!entry.partition)
			tables->push_back(&entry);
	}
	catalog_.tables_ = arena_.copy(*tables);
	catalog_.tables_and_partitions_ = arena_.copy(*tables_and_partitions);
	catalog_.own_relations_ = arena_.copy(*own_relations);
}

/* pg_inherits: partitions, inheritance children and the partitions of partitioned indexes. */
void
Loader::inheritance()
{
	struct Link
	{
		RelationEntry *child;
		RelationEntry *parent;
	};
	Local<Vector<Link>> links;
	each_tuple(InheritsRelationId, snapshot_,
			   [this, &links](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_inherits>();
				   if (RelationEntry *child = relation(form.inhrelid))
				   {
					   RelationEntry *parent = relation(form.inhparent);
					   if (parent == nullptr)
						   return;
					   links->push_back(Link{child, parent});
					   if (form.inhseqno == 1 || child->parent == nullptr)
						   child->parent = parent;
					   if (!child->partition)
						   child->inherits = true;
				   }
				   else if (IndexEntry *index = find_by_oid(catalog_.indexes, form.inhrelid))
				   {
					   IndexEntry *parent = find_by_oid(catalog_.indexes, form.inhparent);
					   if (parent == nullptr)
						   return;
					   index->parent = parent;
					   index->next_sibling = parent->first_child;
					   parent->first_child = index;
				   }
			   });
	for (RelationEntry &entry : catalog_.relations)
		while (entry.root->partition && entry.root->parent != nullptr)
			entry.root = entry.root->parent;

	std::sort(links->begin(), links->end(),
			  [](const Link &a, const Link &b) { return std::pair(a.parent, a.child) < std::pair(b.parent, b.child); });
	auto *children = arena_.allocate_array<RelationEntry *>(links->size());
	for (std::size_t i = 0; i < links->size(); i++)
	{
		Link &link = (*links)[i];
		children[i] = link.child;
		if (i == 0 || (*links)[i - 1].parent != link.parent)
			link.parent->children = {children + i, 0};
		link.parent->children = {link.parent->children.data(), link.parent->children.size() + 1};
	}
}

/* pg_attribute and pg_attrdef. Room for all is made at once, by relnatts; dropped columns leave no gap. */
void
Loader::columns(Extent extent)
{
	std::size_t total = 0;
	for (const RelationEntry &entry : catalog_.relations)
		if (has_columns(entry, extent))
			total += static_cast<std::size_t>(entry.column_count);
	auto *room = static_cast<ColumnEntry *>(MemoryContextAllocExtended(
		arena_.context(), std::max<std::size_t>(total, 1) * sizeof(ColumnEntry), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO));
	for (RelationEntry &entry : catalog_.relations)
		if (has_columns(entry, extent))
		{
			entry.columns = {room, static_cast<std::size_t>(entry.column_count)};
			room += entry.column_count;
		}

	RelationEntry *table = nullptr;
	Oid looked_up = InvalidOid;
	each_tuple(AttributeRelationId, snapshot_,
			   [this, &table, &looked_up](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_attribute>();
				   if (form.attnum <= 0 || form.attisdropped)
					   return;
				   /* A relation's columns mostly follow each other. */
				   if (looked_up != form.attrelid)
				   {
					   looked_up = form.attrelid;
					   table = relation(looked_up);
				   }
				   if (table == nullptr || static_cast<std::size_t>(form.attnum) > table->columns.size())
					   return;
				   ColumnEntry &column = table->columns[static_cast<std::size_t>(form.attnum) - 1];
				   column.name = name(form.attname);
				   column.type = form.atttypid;
				   column.typmod = form.atttypmod;
				   column.collation = form.attcollation;
				   column.number = form.attnum;
				   column.length = form.attlen;
				   column.align = form.attalign;
				   column.storage = form.attstorage;
				   column.identity = form.attidentity;
				   column.generated = form.attgenerated;
				   column.not_null = form.attnotnull;
				   column.has_default = form.atthasdef;
				   column.has_missing = form.atthasmissing;
				   column.inherited = form.attinhcount > 0;
				   column.local = form.attislocal;
				   if (HeapTupleHasNulls(row.tuple))
					   if (Datum acl; row.get(Anum_pg_attribute_attacl, &acl))
						   table->has_column_acl = true;
			   });
	for (RelationEntry &entry : catalog_.relations)
	{
		auto end = std::remove_if(entry.columns.begin(), entry.columns.end(),
								  [](const ColumnEntry &column) { return column.name == nullptr; });
		entry.columns = entry.columns.first(static_cast<std::size_t>(end - entry.columns.begin()));
	}
	if (extent == Extent::all)
		defaults();
}

void
Loader::defaults()
{
	each_tuple(AttrDefaultRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_attrdef>();
				   const RelationEntry *of = relation(form.adrelid);
				   if (of == nullptr)
					   return;
				   Datum tree;
				   auto *column = const_cast<ColumnEntry *>(of->column(form.adnum));
				   if (column != nullptr && row.get(Anum_pg_attrdef_adbin, &tree))
				   {
					   auto *expression = arena_.allocate_array<Expression>(1);
					   expression->tree = text(tree);
					   column->default_value = expression;
				   }
			   });
}

/* pg_statistic, without the values: only how many, how wide, how distinct, how ordered. */
void
Loader::statistics()
{
	RelationEntry *table = nullptr;
	each_tuple(StatisticRelationId, snapshot_,
			   [this, &table](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_statistic>();
				   if (table == nullptr || table->oid != form.starelid)
				   {
					   table = relation(form.starelid);
					   if (table == nullptr)
						   return;
				   }
				   auto *column = const_cast<ColumnEntry *>(table->column(form.staattnum));
				   if (column == nullptr)
					   return;
				   /* A parent has its own rows' statistics and the tree's: the tree's it is. */
				   if (column->statistics != nullptr && !form.stainherit)
					   return;
				   auto *statistics = arena_.allocate_array<ColumnStatistics>(1);
				   statistics->null_fraction = form.stanullfrac;
				   statistics->width = form.stawidth;
				   statistics->distinct = form.stadistinct;
				   statistics->correlation = std::numeric_limits<float4>::quiet_NaN();
				   const int16 kinds[STATISTIC_NUM_SLOTS] = {form.stakind1, form.stakind2, form.stakind3, form.stakind4,
															 form.stakind5};
				   for (int slot = 0; slot < STATISTIC_NUM_SLOTS; slot++)
				   {
					   Datum value;
					   if (kinds[slot] != STATISTIC_KIND_CORRELATION ||
						   !row.get(static_cast<AttrNumber>(Anum_pg_statistic_stanumbers1 + slot), &value))
						   continue;
					   auto *array = reinterpret_cast<ArrayType *>(PG_DETOAST_DATUM_COPY(value));
					   if (ARR_NDIM(array) == 1 && ARR_DIMS(array)[0] >= 1 && ARR_ELEMTYPE(array) == FLOAT4OID)
						   statistics->correlation = *reinterpret_cast<float4 *>(ARR_DATA_PTR(array));
					   pfree(array);
				   }
				   column->statistics = statistics;
			   });
}

/* pg_index, and what pg_opclass says of the operator classes. */
void
Loader::indexes()
{
	struct Opclass
	{
		Oid oid;
		Oid family;
		Oid input_type;
		bool is_default;
	};
	Local<Vector<Opclass>> opclasses;
	each_tuple(OperatorClassRelationId, snapshot_,
			   [&opclasses](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_opclass>();
				   opclasses->push_back(Opclass{form.oid, form.opcfamily, form.opcintype, form.opcdefault});
			   });
	std::span<Opclass> by_oid = sorted_by_oid(*opclasses);

	each_tuple(IndexRelationId, snapshot_,
			   [this, by_oid](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_index>();
				   IndexEntry *index = find_by_oid(catalog_.indexes, form.indexrelid);
				   RelationEntry *table = index == nullptr ? nullptr : relation(form.indrelid);
				   if (table == nullptr)
					   return;
				   index->table = table;
				   index->unique = form.indisunique;
				   index->nulls_not_distinct = form.indnullsnotdistinct;
				   index->primary = form.indisprimary;
				   index->exclusion = form.indisexclusion;
				   index->immediate = form.indimmediate;
				   index->clustered = form.indisclustered;
				   index->valid = form.indisvalid;
				   index->ready = form.indisready;
				   index->live = form.indislive;
				   index->replica_identity = form.indisreplident;
				   index->key_columns = static_cast<uint16>(form.indnkeyatts);

				   Datum value;
				   auto *collations = row.get(Anum_pg_index_indcollation, &value)
										  ? reinterpret_cast<oidvector *>(DatumGetPointer(value))
										  : nullptr;
				   auto *classes = row.get(Anum_pg_index_indclass, &value)
									   ? reinterpret_cast<oidvector *>(DatumGetPointer(value))
									   : nullptr;
				   auto *options = row.get(Anum_pg_index_indoption, &value)
									   ? reinterpret_cast<int2vector *>(DatumGetPointer(value))
									   : nullptr;
				   auto *keys = arena_.allocate_array<IndexKey>(static_cast<std::size_t>(form.indnatts));
				   for (int i = 0; i < form.indnatts; i++)
				   {
					   IndexKey &key = keys[i];
					   key = {};
					   key.column = form.indkey.values[i];
					   if (i >= form.indnkeyatts)
						   continue;
					   key.collation = collations->values[i];
					   key.opclass = classes->values[i];
					   key.option = options->values[i];
					   if (const Opclass *opclass = find_by_oid(by_oid, key.opclass))
					   {
						   key.opfamily = opclass->family;
						   key.input_type = opclass->input_type;
						   key.default_opclass = opclass->is_default;
					   }
				   }
				   index->keys = {keys, static_cast<std::size_t>(form.indnatts)};
				   if (row.get(Anum_pg_index_indexprs, &value))
					   index->expressions = text(value);
				   if (row.get(Anum_pg_index_indpred, &value))
					   index->predicate = text(value);
			   });

	/* An index without its pg_index row would be a corrupt catalog; it is no use to a check either way. */
	auto end = std::remove_if(indexes_.begin(), indexes_.end(),
							  [](const IndexEntry &index) { return index.table == nullptr; });
	if (end != indexes_.end())
		catalog_.indexes = catalog_.indexes.first(static_cast<std::size_t>(end - indexes_.begin()));

	distribute(
		arena_, catalog_.indexes, [](const IndexEntry &index) { return index.table; },
		[](RelationEntry & table) -> auto & { return table.indexes; });
}

/* pg_constraint; NOT NULL rows (18) only where they are not validated, the rest is ColumnEntry::not_null. */
void
Loader::constraints()
{
	each_tuple(ConstraintRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_constraint>();
				   if (form.contype == CONSTRAINT_TRIGGER || (form.contype == 'n' && form.convalidated))
					   return;
				   ConstraintEntry entry = {};
				   if (form.conrelid != InvalidOid)
				   {
					   entry.table = relation(form.conrelid);
					   if (entry.table == nullptr || !is_modelled(*entry.table))
						   return;
				   }
				   entry.oid = form.oid;
				   entry.name = name(form.conname);
				   entry.type = form.contype;
				   entry.domain = form.contypid;
				   entry.parent = form.conparentid;
				   entry.deferrable = form.condeferrable;
				   entry.deferred = form.condeferred;
				   entry.validated = form.convalidated;
				   entry.enforced = pg::is_enforced(form);
				   entry.local = form.conislocal;
				   entry.inherited = form.coninhcount > 0;
				   entry.index = find_by_oid(catalog_.indexes, form.conindid);
				   Datum value;
				   if (row.get(Anum_pg_constraint_conkey, &value))
					   entry.columns = numbers(value);
				   if (form.contype == CONSTRAINT_FOREIGN)
				   {
					   entry.referenced = relation(form.confrelid);
					   entry.on_update = form.confupdtype;
					   entry.on_delete = form.confdeltype;
					   entry.match = form.confmatchtype;
					   if (row.get(Anum_pg_constraint_confkey, &value))
						   entry.referenced_columns = numbers(value);
				   }
				   if (form.contype == CONSTRAINT_CHECK && row.get(Anum_pg_constraint_conbin, &value))
					   entry.expression = text(value);
				   constraints_.push_back(entry);
			   });
	catalog_.constraints = sorted_by_oid(constraints_);
	for (const ConstraintEntry &constraint : catalog_.constraints)
		if (constraint.index != nullptr && constraint.type != CONSTRAINT_FOREIGN)
			const_cast<IndexEntry *>(constraint.index)->constraint = &constraint;

	distribute(
		arena_, catalog_.constraints, [](const ConstraintEntry &constraint) { return constraint.table; },
		[](RelationEntry & table) -> auto & { return table.constraints; });
	distribute(
		arena_, catalog_.constraints, [](const ConstraintEntry &constraint) { return constraint.referenced; },
		[](RelationEntry & table) -> auto & { return table.referencing; });
}

void
Loader::sequences()
{
	each_tuple(SequenceRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_sequence>();
				   RelationEntry *sequence = relation(form.seqrelid);
				   if (sequence == nullptr)
					   return;
				   SequenceEntry entry = {};
				   entry.relation = sequence;
				   entry.type = form.seqtypid;
				   entry.increment = form.seqincrement;
				   entry.minimum = form.seqmin;
				   entry.maximum = form.seqmax;
				   entry.cycles = form.seqcycle;
				   auto at = std::lower_bound(owned_.begin(), owned_.end(), form.seqrelid,
											  [](const Owned &owned, Oid oid) { return owned.sequence < oid; });
				   if (at != owned_.end() && at->sequence == form.seqrelid)
				   {
					   entry.owner_table = relation(at->table);
					   entry.owner_column = at->column;
					   entry.identity = at->identity;
				   }
				   sequences_.push_back(entry);
			   });
	catalog_.sequences = {sequences_.data(), sequences_.size()};
	for (SequenceEntry &sequence : catalog_.sequences)
		sequence.relation->sequence = &sequence;
}

void
Loader::partition_keys()
{
	each_tuple(PartitionedRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_partitioned_table>();
				   RelationEntry *table = relation(form.partrelid);
				   if (table == nullptr)
					   return;
				   auto *key = arena_.allocate_array<PartitionKey>(1);
				   key->strategy = form.partstrat;
				   key->default_partition = form.partdefid;
				   key->columns = arena_.copy(form.partattrs.values, static_cast<std::size_t>(form.partnatts));
				   table->partition_key = key;
			   });
}

/* reads_ has a rule's OID; pg_rewrite says whose it is. */
void
Loader::view_dependencies()
{
	std::sort(reads_.begin(), reads_.end(), [](const Read &a, const Read &b) { return a.rule < b.rule; });
	each_tuple(RewriteRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_rewrite>();
				   const RelationEntry *view = relation(form.ev_class);
				   if (view == nullptr || !is_modelled(*view))
					   return;
				   auto at = std::lower_bound(reads_.begin(), reads_.end(), form.oid,
											  [](const Read &read, Oid oid) { return read.rule < oid; });
				   for (; at != reads_.end() && at->rule == form.oid; ++at)
					   if (const RelationEntry *read = relation(at->relation); read != nullptr && read != view)
						   view_dependencies_.push_back(ViewDependency{view, read, at->column});
			   });
	catalog_.view_dependencies = {view_dependencies_.data(), view_dependencies_.size()};
}

} // namespace dbeng
