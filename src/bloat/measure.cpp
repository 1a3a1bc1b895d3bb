#include "bloat/measure.hpp"

#include "bloat/index_pages.hpp"
#include "core/text.hpp"

namespace dbeng {

namespace {

/* What is measured: one table, or the partitions of one. */
class Measurement
{
  public:
	Measurement(Oid relation, int64 most, Vector<Bloat> &found) : relation_(relation), most_(most), found_(found) {}

	void whole();

  private:
	void leaf(Oid oid, double share);
	void table(Relation table, double share);
	void index(Oid oid, const HeapRows &rows, double share, bool of_toast);
	HeapRows heap(Relation heap, Bloat &row, double share);
	Bloat &row(Oid relation, const char *kind);
	SampleLimits limits(double share) const;

	Oid relation_;
	int64 most_;
	Vector<Bloat> &found_;
};

} // namespace

[[noreturn]] static void
not_there(Oid relation)
{
	ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", relation),
			errdetail("It may have been dropped meanwhile."), errhint("SELECT oid::regclass FROM pg_class;"));
	pg_unreachable();
}

static bool
has_pages(char kind)
{
	return kind == RELKIND_RELATION || kind == RELKIND_MATVIEW || kind == RELKIND_TOASTVALUE || kind == RELKIND_INDEX;
}

static const char *
kind_name(char kind)
{
	switch (kind)
	{
		case RELKIND_VIEW:
			return "a view";
		case RELKIND_FOREIGN_TABLE:
			return "a foreign table";
		case RELKIND_COMPOSITE_TYPE:
			return "a composite type";
		case RELKIND_SEQUENCE:
			return "a sequence";
		default:
			return "a relation of another kind";
	}
}

static void
require_pages(Relation relation)
{
	char kind = relation->rd_rel->relkind;
	const char *name = RelationGetRelationName(relation);
	if (!has_pages(kind) && kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_PARTITIONED_INDEX)
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" has no bloat", name),
				errdetail("It is %s: %s.", kind_name(kind),
						  kind == RELKIND_SEQUENCE ? "one page, of one row" : "it stores no rows here"),
				errhint("Give a table, a materialized view or an index."));
	if (RELATION_IS_OTHER_TEMP(relation))
		ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("\"%s\" is a temporary table of another session", name),
				errdetail("Its pages are in that session's memory."), errhint("Ask in the session that made it."));
	if (RecoveryInProgress() && has_pages(kind) && !RelationIsPermanent(relation))
		ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("\"%s\" is unlogged, and this server is a standby", name),
				errdetail("What it holds never reaches a standby."), errhint("Ask on the primary."));
}

SampleLimits
Measurement::limits(double share) const
{
	SampleLimits limits;
	if (most_ < 0)
	{
		limits.most = most_;
		return limits;
	}
	/* Partitions share one sample, each with a few of its blocks. */
	auto part = [share](int64 all, int64 least)
	{ return std::max(static_cast<int64>(std::ceil(static_cast<double>(all) * share)), std::min(all, least)); };
	limits.most = part(most_, 8);
	limits.least = std::min(part(limits.least, 8), limits.most);
	limits.allowed = part(limits.allowed, 8);
	return limits;
}

Bloat &
Measurement::row(Oid relation, const char *kind)
{
	for (Bloat &row : found_)
		if (row.relation == relation && row.kind == kind)
			return row;
	found_.push_back({.relation = relation, .kind = kind});
	return found_.back();
}

static void
add(Bloat &row, const PageSample &sample)
{
	row.total += static_cast<double>(sample.pages) * BLCKSZ;
	row.rewritten += sample.rewritten;
	row.variance += sample.half_width * sample.half_width;
	row.free += sample.totals[free_bytes];
	row.dead += sample.totals[dead_bytes];
	row.held += sample.totals[held_bytes];
	row.blocks_read += sample.blocks_read;
	row.corrupt += sample.corrupt;
	row.exact = row.exact && sample.exact;
	row.gave_way = row.gave_way || sample.gave_way;
}

static void
not_known(Bloat &row, Relation relation)
{
	row.not_read++;
	if (row.method == nullptr)
		row.method = OidIsValid(relation->rd_rel->relam) ? get_am_name(relation->rd_rel->relam) : "foreign table";
}

/* The maps live as long as what is told of the rows. */
static HeapRows
sampled_rows(Relation heap, const SampleLimits &limits, PageSample &sample)
{
	auto *maps = static_cast<Maps *>(palloc(sizeof(Maps)));
	*maps = read_maps(heap, RelationGetNumberOfBlocks(heap));
	sample = sample_pages(heap, heap_reader(heap), maps, limits);
	return heap_rows(sample, maps);
}

HeapRows
Measurement::heap(Relation heap, Bloat &row, double share)
{
	if (heap->rd_tableam != GetHeapamTableAmRoutine())
	{
		not_known(row, heap);
		return {};
	}
	PageSample sample;
	HeapRows rows = sampled_rows(heap, limits(share), sample);
	add(row, sample);
	row.rows += rows.entries;
	row.dead_rows += rows.dead;
	return rows;
}

/* The partitioned index, wanted or one of the wanted table, that a partition's index is a part of; the index itself without. */
static Oid
index_of(Oid index, Oid wanted)
{
	Oid found = index;
	if (index == wanted || !get_rel_relispartition(index))
		return found;
	List *ancestors = get_partition_ancestors(index);
	ListCell *cell;
	foreach (cell, ancestors)
		if (lfirst_oid(cell) == wanted || IndexGetRelation(lfirst_oid(cell), true) == wanted)
			found = lfirst_oid(cell);
	list_free(ancestors);
	return found;
}

void
Measurement::index(Oid oid, const HeapRows &rows, double share, bool of_toast)
{
	Relation index = try_relation_open(oid, AccessShareLock);
	if (index == nullptr)
		return;
	/* Of a TOAST table's partitions' indexes the rows have no index in common; they are told with the table's. */
	Bloat &row = this->row(of_toast && oid != relation_ ? oid : index_of(oid, relation_), "index");
	const PageReader *reader = index_reader(index, rows);
	if (reader == nullptr)
		not_known(row, index);
	else
	{
		Maps maps = read_maps(index, RelationGetNumberOfBlocks(index));
		add(row, sample_pages(index, *reader, &maps, limits(share)));
	}
	relation_close(index, AccessShareLock);
}

void
Measurement::table(Relation table, double share)
{
	bool partition = RelationGetRelid(table) != relation_;
	HeapRows rows = heap(table, row(relation_, "table"), share);
	Oid toast = table->rd_rel->reltoastrelid;
	if (OidIsValid(toast))
		if (Relation opened = try_relation_open(toast, AccessShareLock))
		{
			/* Most tables have one that never held anything: not worth a row. */
			if (RelationGetNumberOfBlocks(opened) > 0)
			{
				HeapRows toasted = heap(opened, row(partition ? relation_ : toast, "toast"), share);
				List *indexes = RelationGetIndexList(opened);
				ListCell *cell;
				if (!partition)
					foreach (cell, indexes)
						index(lfirst_oid(cell), toasted, share, true);
			}
			relation_close(opened, AccessShareLock);
		}
	List *indexes = RelationGetIndexList(table);
	ListCell *cell;
	foreach (cell, indexes)
		index(lfirst_oid(cell), rows, share, false);
}

void
Measurement::leaf(Oid oid, double share)
{
	Relation leaf = try_relation_open(oid, AccessShareLock);
	if (leaf == nullptr)
		return;
	if (has_pages(leaf->rd_rel->relkind))
		table(leaf, share);
	else if (leaf->rd_rel->relkind == RELKIND_FOREIGN_TABLE)
		not_known(row(relation_, "table"), leaf);
	relation_close(leaf, AccessShareLock);
}

/* An index alone: its table tells which entries are of any use. */
static HeapRows
rows_under(Relation index, const SampleLimits &limits, int64 *blocks_read)
{
	Relation table = try_relation_open(index->rd_index->indrelid, AccessShareLock);
	if (table == nullptr)
		not_there(index->rd_index->indrelid);
	HeapRows rows = {};
	if (table->rd_tableam == GetHeapamTableAmRoutine())
	{
		PageSample sample;
		rows = sampled_rows(table, limits, sample);
		*blocks_read = sample.blocks_read;
	}
	relation_close(table, AccessShareLock);
	return rows;
}

void
Measurement::whole()
{
	Relation relation = try_relation_open(relation_, AccessShareLock);
	if (relation == nullptr)
		not_there(relation_);
	require_pages(relation);
	char kind = relation->rd_rel->relkind;
	if (kind == RELKIND_INDEX)
	{
		int64 blocks_read = 0;
		HeapRows rows = rows_under(relation, limits(1), &blocks_read);
		index(relation_, rows, 1, false);
		row(relation_, "index").blocks_read += blocks_read;
	}
	else if (has_pages(kind))
		leaf(relation_, 1);
	else
	{
		const char *name = kind == RELKIND_PARTITIONED_TABLE ? "table" : "index";
		row(relation_, name);
		List *leaves = find_all_inheritors(relation_, NoLock, nullptr);
		double pages = 0;
		Local<Vector<std::pair<Oid, double>>> sizes;
		ListCell *cell;
		foreach (cell, leaves)
		{
			CHECK_FOR_INTERRUPTS();
			Relation opened = try_relation_open(lfirst_oid(cell), AccessShareLock);
			if (opened == nullptr)
				continue;
			double size = has_pages(opened->rd_rel->relkind) ? RelationGetNumberOfBlocks(opened) : 0;
			pages += size;
			sizes->push_back({lfirst_oid(cell), size});
			relation_close(opened, AccessShareLock);
		}
		for (auto [oid, size] : *sizes)
		{
			double share = pages > 0 ? size / pages : 0;
			if (kind == RELKIND_PARTITIONED_TABLE)
				leaf(oid, share);
			else if (Relation opened = try_relation_open(oid, AccessShareLock))
			{
				int64 blocks_read = 0;
				if (has_pages(opened->rd_rel->relkind))
				{
					HeapRows rows = rows_under(opened, limits(share), &blocks_read);
					index(oid, rows, share, false);
					row(relation_, name).blocks_read += blocks_read;
				}
				relation_close(opened, AccessShareLock);
			}
		}
	}
	relation_close(relation, AccessShareLock);
}

void
measure_bloat(Oid relation, int64 most, Vector<Bloat> &found)
{
	Measurement(relation, most, found).whole();
}

} // namespace dbeng
