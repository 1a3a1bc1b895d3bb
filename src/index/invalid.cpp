#include "index/invalid.hpp"

#include "catalog/naming.hpp"
#include "core/query.hpp"
#include "index/definition.hpp"
#include "index/redundancy.hpp"

namespace dbeng {

/* What REINDEX CONCURRENTLY leaves behind when it fails: name_ccnew, name_ccold, perhaps with a number. */
static bool
is_reindex_leftover(const IndexEntry &index)
{
	for (const char *mark : {"_ccnew", "_ccold"})
		if (const char *at = strstr(index.name, mark);
			at != nullptr && strspn(at + strlen(mark), "0123456789") == strlen(at + strlen(mark)))
			return true;
	return false;
}

/* A valid index that does the same: this one is an attempt that was repeated under another name. */
static const IndexEntry *
replacement(const IndexEntry &index)
{
	for (const IndexEntry *other : index.table->indexes)
		if (other->usable() && covers(*other, index).overlap != Overlap::none)
			return other;
	return nullptr;
}

static const IndexEntry *
child_on(const IndexEntry &index, const RelationEntry &partition)
{
	for (const IndexEntry *child = index.first_child; child != nullptr; child = child->next_sibling)
		if (child->table == &partition)
			return child;
	return nullptr;
}

/* Is an attached index invalid, which is a finding of its own? */
static bool
has_invalid_child(const IndexEntry &index)
{
	for (const IndexEntry *child = index.first_child; child != nullptr; child = child->next_sibling)
		if (!child->usable())
			return true;
	return false;
}

static void
fix_partitioned(const IndexEntry &index, Finding &finding)
{
	Local<Vector<const char *>> used;
	const char *tail = definition_tail(index);
	if (tail == nullptr || index.constraint != nullptr)
		return;
	for (const RelationEntry *partition : index.table->children)
		if (child_on(index, *partition) == nullptr && partition->kind != RELKIND_RELATION)
			return;
	for (const RelationEntry *partition : index.table->children)
	{
		if (child_on(index, *partition) != nullptr)
			continue;
		const char *name = free_name(*partition->schema, partition->name, index.name, false, *used);
		finding.fix("CREATE %sINDEX CONCURRENTLY %s ON %s%s", index.unique ? "UNIQUE " : "", quoted(name),
					full_name(*partition), tail);
		finding.fix("ALTER INDEX %s ATTACH PARTITION %s", full_name(index), quoted(partition->schema->name, name));
	}
}

static void
describe_partitioned(const IndexEntry &index, Finding &finding)
{
	int64 missing = 0;
	for (const RelationEntry *partition : index.table->children)
		missing += child_on(index, *partition) == nullptr;
	auto partitions = static_cast<int64>(index.table->children.size());
	if (missing > 0)
		finding.message("%s of %s partitions %s no index attached to it%s", grouped(missing), grouped(partitions),
						missing == 1 ? "has" : "have",
						index.unique ? ": its uniqueness does not hold yet" : ": it is not complete");
	else
		finding.message("every partition has its index attached, but it was never marked valid");
	finding.evidence("partitions", partitions);
	finding.evidence("missing", missing);
	fix_partitioned(index, finding);
}

void
describe_invalid(const Catalog &catalog, const IndexEntry &index, Finding &finding)
{
	if (index.partitioned)
	{
		describe_partitioned(index, finding);
		return;
	}

	const IndexEntry *instead = replacement(index);
	bool leftover = is_reindex_leftover(index);
	const char *state = !index.live	   ? "is being dropped"
						: !index.ready ? "gets no new rows and serves no scan"
									   : "is written to and serves no scan";
	if (leftover)
		finding.message("left behind by a REINDEX CONCURRENTLY that failed on %s; it %s, %s", quoted(index.table->name),
						state, size(catalog.bytes(index)));
	else if (instead != nullptr)
		finding.message("left behind by a build that failed; %s on %s has taken its place; it %s, %s",
						quoted(instead->name), columns_text(*instead), state, size(catalog.bytes(index)));
	else if (index.unique)
		finding.message("unique, but its build failed: rows that are there already may break it; it %s; look for "
						"duplicates in %s first, they make the rebuild fail again",
						state, columns_text(index));
	else
		finding.message("its build failed or was broken off; it %s, %s", state, size(catalog.bytes(index)));

	finding.evidence("table", full_name(*index.table));
	finding.evidence("unique", index.unique);
	finding.evidence("ready", index.ready);
	finding.evidence("bytes", catalog.bytes(index));
	if (index.constraint == nullptr && (leftover || instead != nullptr || !index.live))
		finding.fix("DROP INDEX CONCURRENTLY %s", full_name(index));
	else
		finding.fix("REINDEX INDEX CONCURRENTLY %s", full_name(index));
}

/* Tables where an index is being built right now. */
static void
find_builds(FlatSet<Oid> &tables)
{
	each_row(
		"SELECT p.relid FROM pg_stat_progress_create_index p WHERE p.datname = current_database()"
		" UNION SELECT l.relation FROM pg_stat_activity a JOIN pg_locks l USING (pid)"
		" WHERE a.datname = current_database() AND a.state = 'active' AND l.locktype = 'relation'"
		" AND l.mode = 'ShareUpdateExclusiveLock' AND a.query ~* '\\m(create|reindex|drop)\\M.*\\mconcurrently\\M'",
		[&tables](const Row &row) { tables.insert(static_cast<Oid>(row.integer(1))); });
}

void
find_invalid(const Catalog &catalog, Vector<InvalidIndex> &found, int64 &judged)
{
	Local<FlatSet<Oid>> building;
	bool builds_known = false;

	for (const IndexEntry &index : catalog.own_indexes())
	{
		judged++;
		if (index.usable() || (index.partitioned && has_invalid_child(index)))
			continue;
		if (!builds_known)
		{
			find_builds(*building);
			builds_known = true;
		}
		if (building->contains(index.table->oid) ||
			(index.partitioned &&
			 std::any_of(index.table->children.begin(), index.table->children.end(),
						 [&](const RelationEntry *child) { return building->contains(child->oid); })))
			continue;
		bool vouched = !index.unique || is_reindex_leftover(index) || replacement(index) != nullptr;
		found.push_back({&index, !vouched});
	}
}

} // namespace dbeng
