#include "index/advisor.hpp"

#include "catalog/naming.hpp"
#include "core/text.hpp"
#include "index/candidates.hpp"
#include "index/foreign_key.hpp"
#include "planner/progress.hpp"

namespace dbeng {

/* How much dearer a statement may become for an index less, or a smaller one. */
static constexpr Advisor::Tolerance little = {1.05, 0.5, 0.001};
static constexpr Advisor::Tolerance nothing = {1.001, 0.01, 0};
static constexpr Advisor::Tolerance some = {1.1, 0.5, 0.001};
/* What the WHERE of one constant has to be better than a key: other calls ask for other constants. */
static constexpr Advisor::Tolerance rather_any = {1.3, 3, 0};
/* What INCLUDE columns have to save a call: they make an index much larger, and updates of them no longer HOT. */
static constexpr Advisor::Tolerance much = {1.3, 50, 0};
/* A call that costs less is not worth an index of its own. */
static constexpr double least_saving = 10;
/* Indexes looked at closely, for each one wanted. */
static constexpr std::size_t closely = 4;

Advisor::Advisor(const Catalog &catalog, const AdviceLimits &limits)
	: catalog_(catalog), limits_(limits), context_(catalog.context),
	  scratch_(AllocSetContextCreate(catalog.context, "dbeng advice", ALLOCSET_DEFAULT_SIZES)), pool_(catalog),
	  statements_(catalog), cases_(ContextAllocator<Case *>(catalog.context)),
	  writes_(ContextAllocator<Writes *>(catalog.context)), referring_(ContextAllocator<Referring>(catalog.context)),
	  chosen_(ContextAllocator<int32>(catalog.context))
{}

static bool
same_key(const ImaginedKey &a, const ImaginedKey &b)
{
	return a.column == b.column && (a.column != 0 || equal(a.expression, b.expression));
}

static bool
holds(std::span<const ImaginedKey> keys, const ImaginedKey &key)
{
	return std::any_of(keys.begin(), keys.end(), [&key](const ImaginedKey &other) { return same_key(other, key); });
}

template <class T>
static std::span<const T>
kept(MemoryContext context, const Vector<T> &values)
{
	if (values.empty())
		return {};
	auto *copy = static_cast<T *>(MemoryContextAlloc(context, values.size() * sizeof(T)));
	std::copy(values.begin(), values.end(), copy);
	return {copy, values.size()};
}

bool
Advisor::worthwhile(double before, double after) const
{
	return before - after >= least_saving && before - after >= before * limits_.min_improvement_pct / 100;
}

/* Which rows, and which columns of them, a statement writes. */
void
Advisor::note_writes(const PlannableStatement &statement, double rows)
{
	ListCell *cell;
	foreach (cell, statement.queries)
	{
		auto *query = lfirst_node(Query, cell);
		if (query->resultRelation == 0 || (query->commandType != CMD_INSERT && query->commandType != CMD_UPDATE))
			continue;
		const RelationEntry *table = catalog_.relation(rt_fetch(query->resultRelation, query->rtable)->relid);
		if (table == nullptr || table->standing != Standing::user)
			continue;
		table = table->root;
		auto at = std::find_if(writes_.begin(), writes_.end(), [table](const Writes *w) { return w->table == table; });
		Writes *writes;
		if (at != writes_.end())
			writes = *at;
		else
		{
			writes = static_cast<Writes *>(MemoryContextAllocZero(context_, sizeof(Writes)));
			::new (&writes->updated)
				Vector<std::pair<AttrNumber, double>>(ContextAllocator<std::pair<AttrNumber, double>>(context_));
			writes->table = table;
			writes_.push_back(writes);
		}
		if (query->commandType == CMD_INSERT)
		{
			writes->inserted += rows;
			continue;
		}
		writes->updated_rows += rows;
		ListCell *target;
		foreach (target, query->targetList)
		{
			auto *entry = lfirst_node(TargetEntry, target);
			if (!entry->resjunk)
				writes->updated.push_back({entry->resno, rows});
		}
	}
}

/*
 * Whoever deletes a row makes the server look for rows that refer to it, by a
 * statement of its own that is in no plan's cost.
 */
void
Advisor::note_foreign_keys(const PlannableStatement &statement, const Case &of)
{
	ListCell *cell;
	foreach (cell, statement.queries)
	{
		auto *query = lfirst_node(Query, cell);
		if (query->commandType != CMD_DELETE || query->resultRelation == 0)
			continue;
		const RelationEntry *table = catalog_.relation(rt_fetch(query->resultRelation, query->rtable)->relid);
		if (table == nullptr)
			continue;
		for (const ConstraintEntry *foreign_key : table->referencing)
			if (foreign_key->type == CONSTRAINT_FOREIGN && foreign_key->enforced && foreign_key->parent == InvalidOid &&
				foreign_key->table != nullptr && foreign_key->table->standing == Standing::user &&
				!is_covered(*foreign_key))
				referring_.push_back({foreign_key, of.query_id, std::max(of.rows, of.calls)});
	}
}

static const char *
search_for_referring(const ConstraintEntry &foreign_key)
{
	StringInfoData sql;
	initStringInfo(&sql);
	const RelationEntry &table = *foreign_key.table;
	appendStringInfo(&sql, "SELECT 1 FROM %s%s x WHERE", table.kind == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ",
					 full_name(table));
	int number = 0;
	for (AttrNumber column : foreign_key.columns)
	{
		const ColumnEntry *entry = table.column(column);
		if (entry == nullptr)
			return nullptr;
		appendStringInfo(&sql, "%s x.%s = $%d", number == 0 ? "" : " AND", quoted(entry->name), number + 1);
		number++;
	}
	appendStringInfoString(&sql, " FOR KEY SHARE OF x");
	return sql.data;
}

/* As pull_varattnos() has them: keys, INCLUDE, predicate. */
static Bitmapset *
columns_of(const ImaginedIndex &index)
{
	Bitmapset *columns = nullptr;
	for (const ImaginedKey &key : index.keys)
		if (key.column != 0)
			columns = bms_add_member(columns, key.column - FirstLowInvalidHeapAttributeNumber);
		else
			pull_varattnos(key.expression, 1, &columns);
	pull_varattnos(reinterpret_cast<Node *>(index.predicate), 1, &columns);
	return columns;
}

/* Entries the workload's writers would add to an index. An update of other columns adds none, if it is HOT. */
double
Advisor::entries(const ImaginedIndex &index) const
{
	double share = pool_[pool_.by_oid(index.oid)].share;
	Bitmapset *columns = columns_of(index);
	auto at =
		std::find_if(writes_.begin(), writes_.end(), [&index](const Writes *w) { return w->table == index.table; });
	if (at == writes_.end())
		return 0;
	const Writes &writes = **at;
	Counters counters = catalog_.counters(*index.table);
	double hot = counters.updated > 0
					 ? static_cast<double>(counters.hot_updated) / static_cast<double>(counters.updated)
				 : index.table->indexes.size() <= 1 ? 0.9
													: 0.5;
	double touched = 0;
	for (const auto &[column, rows] : writes.updated)
	{
		if (bms_is_member(column - FirstLowInvalidHeapAttributeNumber, columns))
			touched = std::max(touched, rows);
	}
	double per_row = index.table->tuples > 0 && index.method == GIN_AM_OID
						 ? std::max(1.0, index.size.tuples / static_cast<double>(index.table->tuples))
						 : 1;
	/* An update that was HOT and no longer is writes to every index of the table. */
	auto others = static_cast<double>(index.table->indexes.size());
	double lost = touched * hot * (1 + others);
	double usual = (writes.updated_rows - touched * hot) * (1 - hot);
	/* Rows outside its predicate have no entry, but an update of a column in it is no longer HOT for any. */
	return (writes.inserted * share + std::max(usual, 0.0) * share + lost) * per_row;
}

/* In the planner's units: a descent through cached pages, a share of a page to be read and written. */
double
Advisor::entry_cost(const ImaginedIndex &index) const
{
	if (index.method == BRIN_AM_OID)
		return cpu_operator_cost;
	return 0.3 * random_page_cost + cpu_index_tuple_cost +
		   (std::max(index.size.tree_height, 0) + 1) * 50 * cpu_operator_cost;
}

Advisor::Outcome
Advisor::outcome_of(const Planned &planned) const
{
	Local<Vector<int32>> used;
	for (Oid oid : planned.indexes)
		if (int32 id = pool_.by_oid(oid); id >= 0)
			used->push_back(id);
	return {planned.cost, kept(context_, *used)};
}

/* Plans it as it is and with all its candidates; if that is possible, it is a case to be decided. */
const char *
Advisor::study(Case &of)
{
	const char *reason = statements_.visit(
		of.source,
		[this, &of](const PlannableStatement &statement)
		{
			Local<Vector<TableAccess>> accesses;
			of.before = plan(statement, {.catalog = catalog_, .accesses = &*accesses}).cost;
			of.best = {of.before, {}};
			note_writes(statement, of.rows);
			note_foreign_keys(statement, of);
			Local<Vector<int32>> candidates;
			Local<Vector<const RelationEntry *>> tables;
			for (const TableAccess &access : *accesses)
			{
				if (std::find(tables->begin(), tables->end(), access.table) == tables->end())
					tables->push_back(access.table);
				propose(pool_, access, *candidates);
			}
			of.tables = kept(context_, *tables);
			if (candidates->empty())
				return;
			Local<Vector<const ImaginedIndex *>> imagined;
			for (int32 id : *candidates)
				imagined->push_back(&pool_[id].index);
			Planned all = plan(statement, {.catalog = catalog_, .imagined = {imagined->data(), imagined->size()}});
			if (!worthwhile(of.before, all.cost))
				return;
			of.best = outcome_of(all);
		});
	if (reason != nullptr)
		return reason;
	of.current = {of.before, {}};
	cases_.push_back(&of);
	return nullptr;
}

const char *
Advisor::add(const StatementSource &source, int64 query_id, double calls, double rows)
{
	auto *of = static_cast<Case *>(MemoryContextAllocZero(context_, sizeof(Case)));
	of->source = source;
	of->query_id = query_id;
	of->calls = calls;
	of->rows = rows;
	const char *reason = study(*of);
	/* Those that its visit has noted; a search for them deletes nothing, and notes none. */
	for (const Referring &referring : referring_)
	{
		const char *search = reason == nullptr ? search_for_referring(*referring.foreign_key) : nullptr;
		if (search == nullptr)
			continue;
		auto *look = static_cast<Case *>(MemoryContextAllocZero(context_, sizeof(Case)));
		look->source.text = search;
		look->source.user = referring.foreign_key->table->owner;
		look->source.rows_per_call = 1;
		look->query_id = referring.query_id;
		look->calls = referring.rows;
		look->foreign_key = referring.foreign_key;
		study(*look);
	}
	referring_.clear();
	return reason;
}

Advisor::Outcome
Advisor::cost_with(Case &of, std::span<const int32> set)
{
	Outcome outcome = {of.before, {}};
	Local<Vector<const ImaginedIndex *>> imagined;
	for (int32 id : set)
		if (std::find(of.tables.begin(), of.tables.end(), pool_[id].index.table) != of.tables.end())
			imagined->push_back(&pool_[id].index);
	if (imagined->empty())
		return outcome;
	statements_.visit(of.source,
					  [&](const PlannableStatement &statement) {
						  outcome = outcome_of(
							  plan(statement, {.catalog = catalog_, .imagined = {imagined->data(), imagined->size()}}));
					  });
	return outcome;
}

bool
Advisor::chosen(int32 id) const
{
	return std::find(chosen_.begin(), chosen_.end(), id) != chosen_.end();
}

static bool
uses(std::span<const int32> used, int32 id)
{
	return std::find(used.begin(), used.end(), id) != used.end();
}

double
Advisor::saved_by(int32 id) const
{
	double saved = 0;
	for (const Case *of : cases_)
		if (uses(of->current.used, id))
			saved += (of->before - of->current.cost) * of->calls / static_cast<double>(of->current.used.size());
	return saved;
}

/* The union of what serves each statement best. */
void
Advisor::choose()
{
	for (Case *of : cases_)
	{
		of->current = of->best;
		for (int32 id : of->best.used)
			if (!chosen(id))
				chosen_.push_back(id);
	}
}

/* Only a multiple of what is wanted is looked at closely. */
void
Advisor::keep_most_promising()
{
	std::size_t most = std::max<std::size_t>(static_cast<std::size_t>(limits_.max_indexes) * closely, 40);
	if (chosen_.size() <= most)
		return;
	Local<Vector<double>> saved;
	saved->resize(static_cast<std::size_t>(pool_.size()), 0.0);
	for (const Case *of : cases_)
		for (int32 id : of->current.used)
			(*saved)[static_cast<std::size_t>(id)] +=
				(of->before - of->current.cost) * of->calls / static_cast<double>(of->current.used.size());
	std::sort(chosen_.begin(), chosen_.end(),
			  [&saved](int32 a, int32 b)
			  { return (*saved)[static_cast<std::size_t>(a)] > (*saved)[static_cast<std::size_t>(b)]; });
	chosen_.resize(most);
	Local<FlatSet<int32>> left;
	left->insert(chosen_.begin(), chosen_.end());
	for (Case *of : cases_)
	{
		if (std::all_of(of->current.used.begin(), of->current.used.end(),
						[&left](int32 id) { return left->contains(id); }))
			continue;
		if (std::none_of(of->current.used.begin(), of->current.used.end(),
						 [&left](int32 id) { return left->contains(id); }))
			of->current = {of->before, {}};
		else
			refresh(*of);
	}
}

void
Advisor::refresh(Case &of)
{
	of.current = cost_with(of, {chosen_.data(), chosen_.size()});
}

void
Advisor::remove(int32 id)
{
	chosen_.erase(std::remove(chosen_.begin(), chosen_.end(), id), chosen_.end());
}

/*
 * Does a GiST index stand in for another one whose first key is not its own?
 * It does so badly, which the planner does not know.
 */
bool
Advisor::is_misjudged(std::span<const int32> instead_of, std::span<const int32> used) const
{
	for (int32 gone : instead_of)
		for (int32 id : used)
		{
			const ImaginedIndex &before = pool_[gone].index;
			const ImaginedIndex &now = pool_[id].index;
			if (before.method == GIST_AM_OID && now.method == GIST_AM_OID && before.table == now.table &&
				before.key_columns == 1 && !same_key(before.keys[0], now.keys[0]))
				return true;
		}
	return false;
}

/*
 * Takes some of the chosen out and puts another one in (-1: none) if no
 * statement then costs notably more. Statements that use none of them only
 * gain.
 */
bool
Advisor::replace(std::span<const int32> out, int32 in, Tolerance tolerance)
{
	MemoryContext caller = MemoryContextSwitchTo(scratch_);
	bool replaced = try_to_replace(out, in, tolerance);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(scratch_);
	return replaced;
}

bool
Advisor::try_to_replace(std::span<const int32> out, int32 in, Tolerance tolerance)
{
	Local<Vector<int32>> set;
	for (int32 id : chosen_)
		if (!uses(out, id))
			set->push_back(id);
	if (in >= 0 && !uses({set->data(), set->size()}, in))
		set->push_back(in);
	struct Change
	{
		Case *of;
		Outcome outcome;
	};
	Local<Vector<Change>> changes;
	for (Case *of : cases_)
	{
		if (std::none_of(out.begin(), out.end(), [of](int32 id) { return uses(of->current.used, id); }))
			continue;
		CHECK_FOR_INTERRUPTS();
		Outcome outcome = cost_with(*of, {set->data(), set->size()});
		if (outcome.cost > of->current.cost * tolerance.share + tolerance.units + of->before * tolerance.of_before ||
			is_misjudged(out, outcome.used))
			return false;
		changes->push_back({of, outcome});
	}
	for (const Change &change : *changes)
		change.of->current = change.outcome;
	chosen_.assign(set->begin(), set->end());
	return true;
}

void
Advisor::drop_superfluous()
{
	Local<Vector<std::pair<double, int32>>> order;
	for (int32 id : chosen_)
		order->push_back({saved_by(id), id});
	std::sort(order->begin(), order->end());
	for (const auto &[saved, id] : *order)
	{
		progress_step();
		replace({&id, 1}, -1, little);
	}
}

/* The same with fewer keys, without what is only included, or by another method; -1: cannot be. */
int32
Advisor::variant(int32 id, std::size_t keep_keys, bool keep_included, Oid method)
{
	const Candidate &from = pool_[id];
	Local<Sketch> sketch;
	sketch->table = from.index.table;
	sketch->method = method;
	sketch->predicate = from.index.predicate;
	sketch->share = from.share;
	sketch->free_keys = static_cast<uint16>(std::min<std::size_t>(from.free_keys, keep_keys));
	for (std::size_t i = 0; i < keep_keys; i++)
	{
		ImaginedKey key = from.index.keys[i];
		if (method != from.index.method)
		{
			key.option = 0;
			key.opclass = pool_.default_opclass(key.type, method);
			if (!OidIsValid(key.opclass))
				return -1;
			pool_.complete(key);
		}
		sketch->keys.push_back(key);
	}
	sketch->key_columns = static_cast<uint16>(keep_keys);
	if (keep_included)
		for (const ImaginedKey &key : from.index.keys.subspan(from.index.key_columns))
			sketch->keys.push_back(key);
	return pool_.intern(*sketch);
}

/* The key that is searched alone comes first. */
int32
Advisor::merged_gist(const Candidate &one, const Candidate &other)
{
	const ImaginedIndex &longer = one.index.key_columns > other.index.key_columns ? one.index : other.index;
	const ImaginedIndex &shorter = &longer == &one.index ? other.index : one.index;
	if (shorter.key_columns != 1 || !holds(longer.keys, shorter.keys[0]))
		return -1;
	Local<Sketch> sketch;
	sketch->table = longer.table;
	sketch->method = GIST_AM_OID;
	sketch->predicate = longer.predicate;
	sketch->share = one.share;
	sketch->keys.push_back(shorter.keys[0]);
	for (const ImaginedKey &key : longer.keys)
		if (!same_key(key, shorter.keys[0]))
			sketch->keys.push_back(key);
	sketch->key_columns = static_cast<uint16>(sketch->keys.size());
	return pool_.intern(*sketch);
}

/* One index that does what two do; -1: there is none. */
int32
Advisor::merged(int32 a, int32 b)
{
	const Candidate &one = pool_[a];
	const Candidate &other = pool_[b];
	if (one.index.table != other.index.table || one.index.method != other.index.method ||
		!equal(one.index.predicate, other.index.predicate))
		return -1;
	if (one.index.method == GIST_AM_OID)
		return merged_gist(one, other);
	if (one.index.method != BTREE_AM_OID)
		return -1;
	const Candidate &longer = one.index.key_columns >= other.index.key_columns ? one : other;
	const Candidate &shorter = &longer == &one ? other : one;
	std::span<const ImaginedKey> keys = longer.index.keys.first(longer.index.key_columns);
	std::span<const ImaginedKey> first = shorter.index.keys.first(shorter.index.key_columns);

	Local<Sketch> sketch;
	sketch->table = longer.index.table;
	sketch->predicate = longer.index.predicate;
	sketch->share = longer.share;
	/* The shorter one's keys come first, if the longer one does not mind. */
	std::size_t common = first.size();
	for (std::size_t i = 0; i < common; i++)
	{
		if (i < keys.size() && same_key(keys[i], first[i]) && keys[i].option == first[i].option)
			continue;
		if (!holds(keys.first(std::min<std::size_t>(longer.free_keys, keys.size())), first[i]) ||
			longer.free_keys < common)
			return -1;
	}
	for (const ImaginedKey &key : first)
		sketch->keys.push_back(key);
	for (const ImaginedKey &key : keys)
		if (!holds({sketch->keys.data(), sketch->keys.size()}, key))
			sketch->keys.push_back(key);
	sketch->key_columns = static_cast<uint16>(sketch->keys.size());
	sketch->free_keys = static_cast<uint16>(std::min<std::size_t>(longer.free_keys, shorter.free_keys));
	for (const Candidate *from : {&longer, &shorter})
		for (const ImaginedKey &key : from->index.keys.subspan(from->index.key_columns))
			if (!holds({sketch->keys.data(), sketch->keys.size()}, key))
			{
				ImaginedKey included = key;
				included.opclass = InvalidOid;
				sketch->keys.push_back(included);
			}
	return pool_.intern(*sketch);
}

void
Advisor::merge()
{
	bool again = true;
	while (again)
	{
		again = false;
		for (std::size_t i = 0; i < chosen_.size() && !again; i++)
			for (std::size_t j = i + 1; j < chosen_.size() && !again; j++)
			{
				int32 pair[] = {chosen_[i], chosen_[j]};
				int32 both = merged(pair[0], pair[1]);
				if (both < 0)
					continue;
				again = replace(pair, both, some);
			}
	}
}

/* The column of a predicate that is column = constant; NULL for any other. */
static const Var *
compared_constant(const ImaginedIndex &index)
{
	if (list_length(index.predicate) != 1 || !IsA(linitial(index.predicate), OpExpr))
		return nullptr;
	List *operands = linitial_node(OpExpr, index.predicate)->args;
	if (list_length(operands) != 2)
		return nullptr;
	auto *left = static_cast<Node *>(linitial(operands));
	while (IsA(left, RelabelType))
		left = reinterpret_cast<Node *>(castNode(RelabelType, left)->arg);
	return IsA(left, Var) ? castNode(Var, left) : nullptr;
}

/* The same key with an operator class that keeps less, such as jsonb_path_ops. */
void
Advisor::smaller_gin(int32 id)
{
	for (int32 other = 0; other < pool_.size(); other++)
	{
		const ImaginedIndex &now = pool_[id].index;
		const ImaginedIndex &instead = pool_[other].index;
		if (instead.table == now.table && instead.method == GIN_AM_OID && instead.keys.size() == 1 &&
			now.keys.size() == 1 && same_key(instead.keys[0], now.keys[0]) && instead.size.pages < now.size.pages &&
			replace({&id, 1}, other, little))
			return;
	}
}

/* One of the few rows that the statements look for, where that is much smaller. */
bool
Advisor::rather_partial(int32 id)
{
	int32 most = pool_.size();
	for (int32 other = 0; other < most; other++)
	{
		const ImaginedIndex &now = pool_[id].index;
		const ImaginedIndex &instead = pool_[other].index;
		if (instead.table == now.table && instead.predicate != NIL && now.method == BTREE_AM_OID &&
			instead.size.pages < now.size.pages / 2 && compared_constant(instead) == nullptr &&
			replace({&id, 1}, other, little))
			return true;
	}
	return false;
}

/* With the column of a constant as its first key instead of the constant in its WHERE. */
bool
Advisor::rather_general(int32 id)
{
	const Candidate &from = pool_[id];
	const Var *column = compared_constant(from.index);
	if (column == nullptr)
		return false;
	Local<Sketch> sketch;
	sketch->table = from.index.table;
	ImaginedKey first = {};
	first.column = column->varattno;
	first.type = column->vartype;
	first.collation = column->varcollid;
	first.opclass = pool_.default_opclass(first.type, BTREE_AM_OID);
	if (!OidIsValid(first.opclass))
		return false;
	pool_.complete(first);
	sketch->keys.push_back(first);
	for (const ImaginedKey &key : from.index.keys)
		if (key.column != first.column)
			sketch->keys.push_back(key);
	sketch->key_columns = static_cast<uint16>(std::min<std::size_t>(sketch->keys.size(), from.index.key_columns + 1U));
	sketch->free_keys = static_cast<uint16>(from.free_keys + 1);
	int32 general = pool_.intern(*sketch);
	return general >= 0 && replace({&id, 1}, general, rather_any);
}

/* A smaller one where it does nearly as well. */
void
Advisor::narrow()
{
	Local<Vector<int32>> before(chosen_);
	for (int32 id : *before)
	{
		progress_step();
		const Candidate &from = pool_[id];
		std::size_t keys = from.index.key_columns;
		if (from.index.method == GIN_AM_OID)
			smaller_gin(id);
		if (from.index.predicate == NIL ? rather_partial(id) : rather_general(id))
			continue;
		if (from.index.method != BTREE_AM_OID)
			continue;
		bool included = from.index.keys.size() > keys;
		int32 now = id;
		auto attempt = [&](int32 smaller, Tolerance tolerance)
		{
			if (smaller < 0 || smaller == now || !replace({&now, 1}, smaller, tolerance))
				return false;
			now = smaller;
			return true;
		};
		if (included && attempt(variant(now, keys, false, BTREE_AM_OID), much))
			included = false;
		while (!included && pool_[now].index.key_columns > 1 &&
			   attempt(variant(now, pool_[now].index.key_columns - 1U, false, BTREE_AM_OID), nothing))
		{}
		const Candidate &left = pool_[now];
		if (left.index.keys.size() != 1 || left.index.predicate != NIL)
			continue;
		/* A tiny BRIN where rows lie in order; a hash where keys are wide and only compared for equality. */
		const ColumnEntry *column = left.index.table->column(left.index.keys[0].column);
		if (column != nullptr && column->statistics != nullptr && std::fabs(column->statistics->correlation) > 0.95 &&
			left.index.size.pages > 2000)
			attempt(variant(now, 1, false, BRIN_AM_OID), some);
		if (left.free_keys == 1 && column != nullptr && column->statistics != nullptr && column->statistics->width > 60)
			attempt(variant(now, 1, false, HASH_AM_OID), little);
	}
}

double
Advisor::lost_without(int32 id)
{
	MemoryContext caller = MemoryContextSwitchTo(scratch_);
	Local<Vector<int32>> set;
	for (int32 other : chosen_)
		if (other != id)
			set->push_back(other);
	double lost = 0;
	for (Case *of : cases_)
		if (uses(of->current.used, id))
		{
			CHECK_FOR_INTERRUPTS();
			lost += (cost_with(*of, {set->data(), set->size()}).cost - of->current.cost) * of->calls;
		}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(scratch_);
	return lost;
}

void
Advisor::charge_writers()
{
	Local<Vector<int32>> before(chosen_);
	for (int32 id : *before)
	{
		progress_step();
		const ImaginedIndex &index = pool_[id].index;
		double written = entries(index) * entry_cost(index);
		if (written <= 0 || lost_without(id) > written)
			continue;
		remove(id);
		for (Case *of : cases_)
			if (uses(of->current.used, id))
				refresh(*of);
	}
}

/* The most useful ones, or where bytes are limited those that are most useful for their bytes. */
void
Advisor::stay_within_limits()
{
	auto most = static_cast<std::size_t>(std::max(limits_.max_indexes, 0));
	int64 bytes = 0;
	for (int32 id : chosen_)
		bytes += pool_[id].index.bytes();
	bool too_large = limits_.max_bytes >= 0 && bytes > limits_.max_bytes;
	if (chosen_.size() <= most && !too_large)
		return;
	Local<Vector<std::pair<double, int32>>> order;
	for (int32 id : chosen_)
	{
		const ImaginedIndex &index = pool_[id].index;
		double useful = saved_by(id) - entries(index) * entry_cost(index);
		order->push_back({too_large ? useful / std::max(index.size.pages, 1.0) : useful, id});
	}
	std::sort(order->begin(), order->end(), [](const auto &a, const auto &b) { return a.first > b.first; });
	Local<Vector<int32>> left;
	bytes = 0;
	for (const auto &[useful, id] : *order)
	{
		int64 more = pool_[id].index.bytes();
		if (left->size() >= most || (limits_.max_bytes >= 0 && bytes + more > limits_.max_bytes))
			continue;
		bytes += more;
		left->push_back(id);
	}
	Local<Vector<int32>> gone;
	for (int32 id : chosen_)
		if (!uses({left->data(), left->size()}, id))
			gone->push_back(id);
	chosen_.assign(left->begin(), left->end());
	for (Case *of : cases_)
		if (std::any_of(gone->begin(), gone->end(), [of](int32 id) { return uses(of->current.used, id); }))
			refresh(*of);
}

std::span<const AdvisedIndex>
Advisor::advise()
{
	choose();
	keep_most_promising();
	drop_superfluous();
	merge();
	narrow();
	charge_writers();
	stay_within_limits();
	drop_superfluous();

	/* Nothing of what is told comes from a set that is not the final one. */
	Local<FlatSet<const RelationEntry *>> tables;
	for (int32 id : chosen_)
		tables->insert(pool_[id].index.table);
	for (Case *of : cases_)
		if (std::any_of(of->tables.begin(), of->tables.end(),
						[&tables](const RelationEntry *table) { return tables->contains(table); }))
			refresh(*of);

	Local<Vector<AdvisedIndex>> found{ContextAllocator<AdvisedIndex>(context_)};
	for (int32 id : chosen_)
	{
		AdvisedIndex index = {};
		index.index = &pool_[id].index;
		Local<Vector<std::pair<double, int64>>> helped;
		bool others = false;
		for (const Case *of : cases_)
		{
			if (!uses(of->current.used, id) || of->current.cost >= of->before)
				continue;
			others = others || of->foreign_key == nullptr;
			if (of->foreign_key != nullptr)
				index.referenced = of->foreign_key->referenced;
			index.cost_before += of->before * of->calls;
			index.cost_after += of->current.cost * of->calls;
			helped->push_back({(of->before - of->current.cost) * of->calls, of->query_id});
		}
		if (helped->empty() ||
			index.cost_before - index.cost_after < index.cost_before * limits_.min_improvement_pct / 100)
			continue;
		std::sort(helped->begin(), helped->end(), [](const auto &a, const auto &b) { return a.first > b.first; });
		Local<Vector<int64>> ids;
		for (const auto &[saved, query_id] : *helped)
			if (query_id != 0 && std::find(ids->begin(), ids->end(), query_id) == ids->end())
				ids->push_back(query_id);
		index.query_ids = kept(context_, *ids);
		index.statements = static_cast<int64>(helped->size());
		if (others)
			index.referenced = nullptr;
		index.entries = entries(*index.index);
		index.saved = saved_by(id) - index.entries * entry_cost(*index.index);
		auto there = static_cast<double>(index.index->table->indexes.size());
		index.write_cost_pct = index.entries > 0 ? 100 / (1 + there) : 0;
		found->push_back(index);
	}
	std::sort(found->begin(), found->end(),
			  [](const AdvisedIndex &a, const AdvisedIndex &b) { return a.saved > b.saved; });
	return {found->data(), found->size()};
}

} // namespace dbeng
