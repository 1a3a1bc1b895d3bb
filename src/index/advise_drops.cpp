/*
 * advise_drops.cpp: dbeng.advise_drops(): indexes the workload would hardly
 * miss.
 *
 * Each index is thought away, together with those already found superfluous,
 * so that all that is listed can go at once. The statements say nothing of
 * what they did not show: an index is only called droppable when they have
 * been watched for dbeng.unused_after.
 */
#include "core/access.hpp"
#include "core/rows.hpp"
#include "core/session.hpp"
#include "index/definition.hpp"
#include "index/foreign_key.hpp"
#include "index/redundancy.hpp"
#include "index/undo.hpp"
#include "index/unused.hpp"
#include "planner/planning.hpp"
#include "planner/progress.hpp"

namespace dbeng {

/* What nobody notices, and what is not even counted as worse. */
static constexpr double tolerable = 1.05;
static constexpr double unnoticed = 1.005;

namespace {
struct Reader
{
	const StatementEntry *statement;
	double before;
	std::span<const Oid> used; /* existing indexes, ascending */
};

struct Drop
{
	const IndexEntry *index;
	int64 bytes;
	bool superfluous = false; /* beside another one */
	int64 readers = 0;
	int64 worse = 0;
	double worst = 1;
};

class Drops
{
  public:
	explicit Drops(const Catalog &catalog, const Workload &load) : catalog_(catalog), load_(load), statements_(catalog)
	{}

	void find(Vector<Drop> &found);

  private:
	void read();
	bool try_without(Drop &drop);
	bool supports_foreign_key(const IndexEntry &index) const;
	void thought_away(const IndexEntry &index, Vector<Oid> &without) const;
	Planned plan_without(const Reader &reader, const Vector<Oid> &without);

	const Catalog &catalog_;
	const Workload &load_;
	Local<Statements> statements_;
	Local<Vector<Reader>> readers_;
	Local<Vector<Oid>> gone_;
};
} // namespace

static std::span<const Oid>
kept(const Catalog &catalog, std::span<const Oid> oids)
{
	if (oids.empty())
		return {};
	auto *copy = static_cast<Oid *>(MemoryContextAlloc(catalog.context, oids.size_bytes()));
	std::copy(oids.begin(), oids.end(), copy);
	return {copy, oids.size()};
}

Planned
Drops::plan_without(const Reader &reader, const Vector<Oid> &without)
{
	Planned result = {reader.before, reader.used};
	statements_->visit(source_of(*reader.statement),
					   [&](const PlannableStatement &statement)
					   {
						   result = plan(statement, {.catalog = catalog_, .without = {without.data(), without.size()}});
						   result.indexes = kept(catalog_, result.indexes);
					   });
	return result;
}

void
Drops::read()
{
	Local<Vector<Oid>> nothing;
	progress_phase(Phase::studying, static_cast<int64>(load_.statements.size()));
	for (const StatementEntry &entry : load_.statements)
	{
		progress_step();
		if (!entry.application)
			continue;
		Reader reader = {&entry, 0, {}};
		Planned planned = plan_without(reader, *nothing);
		if (planned.indexes.empty())
			continue;
		reader.before = planned.cost;
		reader.used = planned.indexes;
		readers_->push_back(reader);
	}
}

/* With its parts. */
void
Drops::thought_away(const IndexEntry &index, Vector<Oid> &without) const
{
	without.push_back(index.oid);
	for (const IndexEntry *part = index.first_child; part != nullptr; part = part->next_sibling)
		thought_away(*part, without);
}

static bool
uses_one_of(std::span<const Oid> used, const Vector<Oid> &indexes)
{
	return std::any_of(used.begin(), used.end(),
					   [&indexes](Oid oid) { return std::find(indexes.begin(), indexes.end(), oid) != indexes.end(); });
}

bool
Drops::try_without(Drop &drop)
{
	struct Change
	{
		Reader *reader;
		std::span<const Oid> used;
	};
	Local<Vector<Oid>> own;
	thought_away(*drop.index, *own);
	Local<Vector<Oid>> without(*gone_);
	without->insert(without->end(), own->begin(), own->end());
	std::sort(without->begin(), without->end());
	Local<Vector<Change>> changes;
	for (Reader &reader : *readers_)
	{
		if (!uses_one_of(reader.used, *own))
			continue;
		drop.readers++;
		Planned planned = plan_without(reader, *without);
		double ratio = planned.cost / std::max(reader.before, 0.01);
		if (ratio > tolerable)
			return false;
		drop.worse += ratio > unnoticed ? 1 : 0;
		drop.worst = std::max(drop.worst, ratio);
		changes->push_back({&reader, planned.indexes});
	}
	for (const Change &change : *changes)
		change.reader->used = change.used;
	gone_->assign(without->begin(), without->end());
	return true;
}

/* Does it do nothing but serve scans? */
static bool
only_serves_scans(const IndexEntry &index)
{
	return index.usable() && !index.unique && index.constraint == nullptr && index.expressions == nullptr &&
		   expendable(index);
}

/* Would a foreign key be without an index when it is gone, too? */
bool
Drops::supports_foreign_key(const IndexEntry &index) const
{
	std::span<IndexEntry *> others = index.table->indexes;
	return std::any_of(index.table->constraints.begin(), index.table->constraints.end(),
					   [&](const ConstraintEntry *constraint)
					   {
						   return constraint->type == CONSTRAINT_FOREIGN && finds_by(index, constraint->columns) &&
								  std::none_of(others.begin(), others.end(),
											   [&](const IndexEntry *other)
											   {
												   return other != &index && finds_by(*other, constraint->columns) &&
														  std::find(gone_->begin(), gone_->end(), other->oid) ==
															  gone_->end();
											   });
					   });
}

void
Drops::find(Vector<Drop> &found)
{
	Local<Vector<Drop>> asked;
	for (const IndexEntry &index : catalog_.own_indexes())
		if (only_serves_scans(index) && index.table->root == index.table)
			asked->push_back({&index, catalog_.bytes(index)});
	/* What another one makes superfluous goes first, and what it is superfluous beside never: redundant_indexes says so. */
	Local<Vector<RedundantIndex>> redundant;
	for (const RelationEntry &table : catalog_.own_relations())
		find_redundant(table, *redundant);
	for (Drop &drop : *asked)
		drop.superfluous = std::any_of(redundant->begin(), redundant->end(),
									   [&drop](const RedundantIndex &one) { return one.index == drop.index; });
	asked->erase(std::remove_if(asked->begin(), asked->end(),
								[&redundant](const Drop &drop)
								{
									return std::any_of(redundant->begin(), redundant->end(),
													   [&drop](const RedundantIndex &one)
													   { return one.covered_by == drop.index; });
								}),
				 asked->end());
	std::sort(asked->begin(), asked->end(),
			  [](const Drop &a, const Drop &b)
			  {
				  if (a.superfluous != b.superfluous)
					  return a.superfluous;
				  return a.bytes != b.bytes ? a.bytes > b.bytes : strcmp(a.index->name, b.index->name) < 0;
			  });
	read();
	progress_phase(Phase::choosing, static_cast<int64>(asked->size()));
	for (Drop &drop : *asked)
	{
		progress_step();
		if (!supports_foreign_key(*drop.index) && try_without(drop))
			found.push_back(drop);
	}
}

/* Why it is not said that it can go; NULL when it is. */
static const char *
doubt(const Catalog &catalog, const Workload &load, const Drop &drop)
{
	int64 watched = load.reset == 0 ? 0 : catalog.now - load.reset;
	int64 needed = static_cast<int64>(unused_after) * USECS_PER_MINUTE;
	if (watched < needed)
		return format("statements have been counted for %s only, it takes %s (dbeng.unused_after)", duration(watched),
					  duration(needed));
	if (load.evicted > 0)
		return "pg_stat_statements has forgotten statements: pg_stat_statements.max is too small";
	if (drop.readers == 0 && catalog.counters(*drop.index).scans > 0)
		return "it was scanned, by a statement that is not in pg_stat_statements or plans otherwise now";
	return nullptr;
}

static void
advise_drops(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.advise_drops()");
	Rows rows(fcinfo);
	Session session;
	progress_phase(Phase::reading, 0);
	const Catalog &catalog = load_catalog();
	const Workload &load = whole_workload(catalog);
	if (load.missing != nullptr)
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("there is no workload to advise on"),
				errdetail("%s.", load.missing), errhint("dbeng.unused_indexes goes by scans alone."));
	Local<Vector<Drop>> found;
	Local<Drops> drops(catalog, load);
	drops->find(*found);
	for (const Drop &drop : *found)
	{
		CHECK_FOR_INTERRUPTS();
		const char *reason = doubt(catalog, load, drop);
		rows.oid(drop.index->oid).bigint(drop.bytes).bigint(drop.worse).numeric(100 * (drop.worst - 1), 1);
		const char *undo = reason == nullptr ? undo_text(*drop.index) : nullptr;
		Finding fix;
		if (undo != nullptr)
			fix_drop(fix, *drop.index);
		rows.text(undo != nullptr ? fix.fix_text() : nullptr).text(undo);
		rows.text(reason == nullptr && undo == nullptr ? "its table is being changed by another session" : reason)
			.end();
	}
	progress_end();
	session.end();
}

} // namespace dbeng

SQL_FUNCTION(dbeng_advise_drops)
{
	dbeng::advise_drops(fcinfo);
	return Datum{0};
}
