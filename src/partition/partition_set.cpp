#include "partition/partition_set.hpp"

#include "catalog/expression.hpp"
#include "core/extension.hpp"
#include "core/text.hpp"

namespace dbeng {

const char *const settings_columns =
	"s.parent::oid, s.encoding, s.step, s.step_number, s.time_zone, s.anchor, s.snowflake_epoch, s.snowflake_shift,"
	" s.premake, s.ahead, s.retention, s.retention_age, s.retention_count, s.retention_numbers, s.on_expiry,"
	" s.archive_schema::oid, s.with_default, s.draining, s.enabled";

static Interval
interval_of(const Row &row, int column)
{
	return row.null(column) ? Interval{} : *DatumGetIntervalP(row.datum(column));
}

static const char *
text_of(const Row &row, int column)
{
	return row.null(column) ? nullptr : pstrdup(row.text(column));
}

static Expiry
expiry_of(const char *name)
{
	return strcmp(name, "drop") == 0 ? Expiry::drop : strcmp(name, "move") == 0 ? Expiry::move : Expiry::keep;
}

void
settings_of(const Row &row, SetSettings *settings)
{
	*settings = {};
	settings->parent = static_cast<Oid>(row.integer(1));
	CalendarRule &rule = settings->rule;
	const char *encoding = row.text(2);
	if (!encoding_of_name(encoding, &rule.encoding))
		ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("dbeng.partition_set has an unknown encoding \"%s\"", encoding),
				errdetail("It is that of the set with OID %u.", settings->parent),
				errhint("Call dbeng.manage_partitions() again for it."));
	rule.step = interval_of(row, 3);
	rule.number = row.integer(4);
	rule.zone = text_of(row, 5);
	rule.anchor = row.integer(6);
	rule.anchored = !row.null(6);
	rule.epoch_ms = row.null(7) ? twitter_epoch_ms : epoch_milliseconds(row.time(7));
	rule.shift = static_cast<int>(row.integer(8));
	settings->premake = static_cast<int>(row.integer(9));
	settings->ahead = interval_microseconds(interval_of(row, 10));
	settings->retention = text_of(row, 11);
	settings->retention_age = interval_of(row, 12);
	settings->retention_count = static_cast<int>(row.integer(13));
	settings->retention_numbers = row.integer(14);
	settings->expiry = expiry_of(row.text(15));
	settings->archive_schema = static_cast<Oid>(row.integer(16));
	settings->with_default = row.flag(17);
	settings->draining = row.flag(18);
	settings->enabled = row.flag(19);
}

bool
read_settings(Oid parent, SetSettings *settings)
{
	bool found = false;
	Identity caller = act_as_owner();
	Argument arguments[] = {Argument::oid(parent)};
	each_row(format("SELECT %s FROM dbeng.partition_set s WHERE s.parent = $1", settings_columns), arguments,
			 [&](const Row &row)
			 {
				 settings_of(row, settings);
				 found = true;
			 });
	caller.restore();
	return found;
}

const char *
key_trouble(Relation parent)
{
	if (RelationGetForm(parent)->relkind != RELKIND_PARTITIONED_TABLE)
		return "it is not partitioned";
	::PartitionKey key = RelationGetPartitionKey(parent);
	if (key->strategy != PARTITION_STRATEGY_RANGE)
		return format("it is partitioned by %s, not by RANGE",
					  key->strategy == PARTITION_STRATEGY_HASH ? "HASH" : "LIST");
	if (key->partnatts != 1)
		return format("its partition key has %d columns, not one", key->partnatts);
	if (key->partattrs[0] == 0)
		return "its partition key is an expression, not a column";
	Oid usual = GetDefaultOpClass(getBaseType(key->parttypid[0]), BTREE_AM_OID);
	if (!OidIsValid(usual) || get_opclass_family(usual) != key->partopfamily[0])
		return format("its partition key is ordered by an operator class that is not the usual one of type %s",
					  format_type_be(key->parttypid[0]));
	return nullptr;
}

static KeyBound
copied_bound(PartitionBoundInfo bounds, int i, ::PartitionKey key)
{
	switch (bounds->kind[i][0])
	{
		case PARTITION_RANGE_DATUM_MINVALUE:
			return {KeyBound::Kind::minimum, Datum{0}};
		case PARTITION_RANGE_DATUM_MAXVALUE:
			return {KeyBound::Kind::maximum, Datum{0}};
		default:
			return {KeyBound::Kind::value, datumCopy(bounds->datums[i][0], key->parttypbyval[0], key->parttyplen[0])};
	}
}

KeyBound
stored_bound(::List *datums)
{
	auto *bound = linitial_node(PartitionRangeDatum, datums);
	if (bound->kind == PARTITION_RANGE_DATUM_MINVALUE)
		return {KeyBound::Kind::minimum, Datum{0}};
	if (bound->kind == PARTITION_RANGE_DATUM_MAXVALUE)
		return {KeyBound::Kind::maximum, Datum{0}};
	return {KeyBound::Kind::value, castNode(Const, bound->value)->constvalue};
}

/* The partition that is half detached, straight from the catalogs: partition descriptors leave it out. */
static SetPartition
find_pending(Oid parent)
{
	SetPartition pending = {};
	Relation inherits = table_open(InheritsRelationId, AccessShareLock);
	ScanKeyData key;
	ScanKeyInit(&key, Anum_pg_inherits_inhparent, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(parent));
	SysScanDesc scan = systable_beginscan(inherits, InheritsParentIndexId, true, nullptr, 1, &key);
	while (HeapTuple tuple = systable_getnext(scan))
	{
		auto *form = reinterpret_cast<Form_pg_inherits>(GETSTRUCT(tuple));
		if (form->inhdetachpending)
			pending.relation = form->inhrelid;
	}
	systable_endscan(scan);
	table_close(inherits, AccessShareLock);
	HeapTuple tuple =
		OidIsValid(pending.relation) ? SearchSysCache1(RELOID, ObjectIdGetDatum(pending.relation)) : nullptr;
	if (!HeapTupleIsValid(tuple))
		return {};
	bool null;
	Datum stored = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_relpartbound, &null);
	pending.leaf = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relkind != RELKIND_PARTITIONED_TABLE;
	if (!null)
	{
		auto *spec = castNode(PartitionBoundSpec, expression_tree(TextDatumGetCString(stored)));
		pending.lower = spec->is_default ? KeyBound{} : stored_bound(spec->lowerdatums);
		pending.upper = spec->is_default ? KeyBound{} : stored_bound(spec->upperdatums);
	}
	ReleaseSysCache(tuple);
	return null ? SetPartition{} : pending;
}

static void
read_partitions(PartitionSet &set, Relation parent)
{
	::PartitionKey key = RelationGetPartitionKey(parent);
	PartitionDesc description = RelationGetPartitionDesc(parent, true);
	set.partitions->clear();
	set.default_partition = InvalidOid;
	set.pending = description->detached_exist ? find_pending(RelationGetRelid(parent)) : SetPartition{};
	if (description->nparts == 0)
		return;
	PartitionBoundInfo bounds = description->boundinfo;
	if (partition_bound_has_default(bounds))
		set.default_partition = description->oids[bounds->default_index];
	set.partitions->reserve(static_cast<std::size_t>(description->nparts));
	for (int i = 1; i < bounds->ndatums; i++)
	{
		int at = bounds->indexes[i];
		if (at >= 0)
			set.partitions->push_back({description->oids[at], copied_bound(bounds, i - 1, key),
									   copied_bound(bounds, i, key), description->is_leaf[at]});
	}
}

const char *
PartitionSet::look()
{
	Relation parent = try_relation_open(settings.parent, AccessShareLock);
	if (parent == nullptr)
		return "the table is gone";
	const char *trouble = key_trouble(parent);
	if (trouble == nullptr)
	{
		::PartitionKey divided_by = RelationGetPartitionKey(parent);
		owner = RelationGetForm(parent)->relowner;
		key = divided_by->partattrs[0];
		key_name = pstrdup(NameStr(TupleDescAttr(RelationGetDescr(parent), key - 1)->attname));
		trouble = calendar.make(settings.rule, divided_by->parttypid[0], divided_by->parttypmod[0],
								divided_by->partcollation[0]);
		read_partitions(*this, parent);
	}
	relation_close(parent, AccessShareLock);
	return trouble;
}

static void
read_state(PartitionSet &set)
{
	Argument arguments[] = {Argument::oid(set.settings.parent)};
	Identity caller = act_as_owner();
	set.leaving->clear();
	each_row("SELECT l.partition, l.on_expiry FROM dbeng.partition_leaving l WHERE l.parent = $1 ORDER BY l.since",
			 arguments,
			 [&set](const Row &row) {
				 set.leaving->push_back({static_cast<Oid>(row.integer(1)), expiry_of(row.text(2))});
			 });
	set.ids_per_second = 0;
	if (set.settings.ahead > 0 && set.settings.rule.encoding == Encoding::number)
		each_row("SELECT t.ids_per_second FROM dbeng.partition_state t WHERE t.parent = $1 AND t.ids_per_second > 0",
				 arguments, [&set](const Row &row) { set.ids_per_second = row.number(1); });
	caller.restore();
}

const char *
PartitionSet::read(Oid parent)
{
	if (!read_settings(parent, &settings))
		return "dbeng.manage_partitions() was not called for it";
	read_state(*this);
	return look();
}

/* Puts sets that others refer to after those: their rows can go only when those of the others have gone. */
static void
order_by_references(Vector<Oid> &parents, const Vector<std::pair<Oid, Oid>> &references)
{
	Local<Vector<Oid>> ordered;
	Local<FlatSet<Oid>> left;
	for (Oid parent : parents)
		left->insert(parent);
	while (ordered->size() < parents.size())
	{
		std::size_t before = ordered->size();
		for (Oid parent : parents)
		{
			bool waits = std::any_of(references.begin(), references.end(),
									 [&](const std::pair<Oid, Oid> &reference) {
										 return reference.second == parent && reference.first != parent &&
												left->contains(reference.first);
									 });
			if (!left->contains(parent) || waits)
				continue;
			ordered->push_back(parent);
			left->erase(parent);
		}
		/* They refer to each other: any order is as good. */
		if (ordered->size() == before)
			for (Oid parent : parents)
				if (left->erase(parent) > 0)
					ordered->push_back(parent);
	}
	parents.assign(ordered->begin(), ordered->end());
}

void
managed_sets(Vector<Oid> &parents, bool due_only)
{
	Identity caller = act_as_owner();
	const char *sets = due_only ? "SELECT t.parent FROM dbeng.partition_state t WHERE t.next_due <= now() AND EXISTS ("
								  "SELECT FROM dbeng.partition_set s WHERE s.parent = t.parent AND s.enabled)"
								: "SELECT s.parent::oid FROM dbeng.partition_set s WHERE s.enabled";
	each_row(
		format("SELECT m.parent FROM (%s) m WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = m.parent) ORDER BY 1",
			   sets),
		[&parents](const Row &row) { parents.push_back(static_cast<Oid>(row.integer(1))); });
	Local<Vector<std::pair<Oid, Oid>>> references;
	if (parents.size() > 1)
		each_row(
			"SELECT DISTINCT f.conrelid, f.confrelid FROM pg_constraint f WHERE f.contype = 'f' AND f.conparentid = 0"
			" AND f.confrelid IN (SELECT s.parent FROM dbeng.partition_set s)"
			" AND f.conrelid IN (SELECT s.parent FROM dbeng.partition_set s)",
			[&references](const Row &row) {
				references->push_back({static_cast<Oid>(row.integer(1)), static_cast<Oid>(row.integer(2))});
			});
	caller.restore();
	if (!references->empty())
		order_by_references(parents, *references);
}

void
forget_dropped_sets()
{
	Identity caller = act_as_owner();
	for (const char *table : {"partition_set", "partition_state", "partition_leaving"})
		execute(
			format("DELETE FROM dbeng.%s t WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.parent)", table));
	caller.restore();
}

/* What the partition that begins there is called after. */
static const char *
label_of(const Calendar &calendar, const KeyBound &lower)
{
	int64 position;
	if (lower.kind == KeyBound::Kind::minimum)
		return "first";
	if (lower.kind == KeyBound::Kind::value && calendar.position(lower.value, &position))
		return calendar.label(position);
	return "part";
}

/* The parent's name and a label, and a number where that is taken. */
static const char *
free_name(const PartitionSet &set, const char *label)
{
	Oid schema = get_rel_namespace(set.settings.parent);
	const char *parent = get_rel_name(set.settings.parent);
	if (parent == nullptr)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("relation with OID %u does not exist", set.settings.parent));
	for (int number = 1;; number++)
	{
		CHECK_FOR_INTERRUPTS();
		const char *tail = number == 1 ? format("_%s", label) : format("_%s_%d", label, number);
		auto room = static_cast<int>(NAMEDATALEN - 1 - strlen(tail));
		auto length = static_cast<int>(strlen(parent));
		const char *head = parent;
		/* Names that are cut off alike are told apart by what was cut off. */
		if (length > room)
		{
			uint32 hash = hash_bytes(reinterpret_cast<const unsigned char *>(parent), length) & 0xffffff;
			head = format("%.*s_%06x", pg_mbcliplen(parent, length, room - 7), parent, hash);
		}
		const char *name = format("%s%s", head, tail);
		if (!OidIsValid(get_relname_relid(name, schema)) &&
			!OidIsValid(
				GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name), ObjectIdGetDatum(schema))))
			return name;
	}
}

const char *
partition_name(const PartitionSet &set, const KeyBound &lower)
{
	return free_name(set, label_of(set.calendar, lower));
}

const char *
default_name(const PartitionSet &set)
{
	return free_name(set, "default");
}

} // namespace dbeng
