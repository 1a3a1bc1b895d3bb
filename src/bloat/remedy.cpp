#include "bloat/remedy.hpp"

#include "catalog/autovacuum.hpp"
#include "catalog/horizon.hpp"
#include "catalog/naming.hpp"
#include "core/settings.hpp"
#include "unit/wording.hpp"

namespace dbeng {

/* Fewer dead rows are autovacuum's, or nobody's, business. */
static constexpr double many_dead_rows = 1000;
static constexpr double many_dead_share = 0.2; /* of all rows */
static constexpr double many_dead_bytes = 0.1; /* of the file */
/* A slot or a standby does not say since when it holds rows: so many transactions are not just now. */
static constexpr int64 old_transactions = 10000;

std::span<const Holder>
Remedies::holders()
{
	if (!asked_)
	{
		MemoryContext caller = MemoryContextSwitchTo(context_);
		holders_ = horizon_holders();
		MemoryContextSwitchTo(caller);
		asked_ = true;
	}
	return holders_;
}

static const char *
described(const Holder *holder)
{
	return holder == nullptr ? nullptr : format("%s, %s", holder->name, holder->what);
}

const char *
Remedies::oldest_holder()
{
	const Holder *oldest = nullptr;
	for (const Holder &holder : holders())
		if (oldest == nullptr || holder.age > oldest->age)
			oldest = &holder;
	return described(oldest);
}

/*
 * What VACUUM ran into last time: whoever needed rows already then. All that is
 * dead since is younger than what he sees, and stays as long as he does.
 */
const char *
Remedies::held_back_by(TimestampTz last_vacuum)
{
	if (last_vacuum == 0)
		return nullptr;
	const Holder *oldest = nullptr;
	for (const Holder &holder : holders())
	{
		bool held = holder.since == 0 ? holder.age >= old_transactions : holder.since < last_vacuum;
		if (held && (oldest == nullptr || holder.age > oldest->age))
			oldest = &holder;
	}
	return described(oldest);
}

/*
 * Rows that could have stayed on their page had there been room: some updates
 * did, so it is not the index on a changed column that moves them.
 */
static int
better_fillfactor(const RelationEntry &table)
{
	const Counters *counters = table.counters;
	if (counters == nullptr || counters->updated < 1000 || counters->updated < counters->live)
		return 0;
	double updated = static_cast<double>(counters->updated);
	double hot = static_cast<double>(counters->hot_updated) / updated;
	double moved = pg::major >= 16 ? static_cast<double>(counters->moved_by_update) / updated : 1 - hot;
	if (hot < 0.1 || moved < 0.25)
		return 0;
	const char *now = table.options == nullptr ? nullptr : array_setting(table.options, "fillfactor");
	int fillfactor = now == nullptr ? HEAP_DEFAULT_FILLFACTOR : atoi(now);
	return fillfactor > 90 ? 90 : fillfactor > 80 ? 80 : 0;
}

static bool
squeezes(const Catalog &catalog, const RelationEntry &table)
{
	return table.kind == RELKIND_RELATION && table.primary_key() != nullptr && table.replica_identity == 'd' &&
		   catalog.extension("pg_squeeze") != nullptr && setting("wal_level") != nullptr &&
		   strcmp(setting("wal_level"), "logical") == 0;
}

/* What can be set for a table, and how it is called there. */
static const char *
altered(const RelationEntry &table)
{
	return table.kind == RELKIND_MATVIEW ? "MATERIALIZED VIEW" : "TABLE";
}

void
Remedies::add_rewrite(Remedy &remedy, const TableState &state, const char *name)
{
	const RelationEntry &table = *state.table;
	if (int fillfactor = state.toast ? 0 : better_fillfactor(table))
		remedy.add(format("ALTER %s %s SET (fillfactor = %d)", altered(table), name, fillfactor));
	if (squeezes(catalog_, table))
	{
		remedy.add(format("SELECT %s.squeeze_table(%s, %s, NULL, NULL, NULL)",
						  quoted(catalog_.extension("pg_squeeze")->schema->name), literal(table.schema->name),
						  literal(table.name)));
		return;
	}
	StringInfoData text;
	initStringInfo(&text);
	appendStringInfo(&text,
					 "-- takes an ACCESS EXCLUSIVE lock on %s: nobody reads or writes it while about %s are copied\n",
					 one_line(name), size(std::max<int64>(state.bytes - state.bloat_bytes, 0)));
	if (catalog_.extension("pg_repack") != nullptr && table.kind == RELKIND_RELATION && table.primary_key() != nullptr)
		appendStringInfo(&text, "-- without that lock, from a shell: pg_repack --dbname=%s --table=%s\n",
						 one_line(quoted(catalog_.database.name)), one_line(name));
	appendStringInfo(&text, "VACUUM (FULL, ANALYZE) %s", name);
	remedy.add(text.data);
}

Remedy
Remedies::of_table(const TableState &state)
{
	Remedy remedy = {};
	const RelationEntry &table = *state.table;
	const char *name = full_name(table);
	double all = static_cast<double>(state.bytes);
	auto of = [](int64 bytes) { return static_cast<double>(std::max<int64>(bytes, 0)); };
	double rows = std::max(state.rows, 0.0) + state.dead_rows;
	bool many_dead = state.dead_rows >= many_dead_rows &&
					 (of(state.dead_bytes) >= many_dead_bytes * all || state.dead_rows >= many_dead_share * rows);
	const char *held_by = many_dead ? held_back_by(state.last_vacuum) : nullptr;
	double without_dead = of(state.bloat_bytes) - of(state.dead_bytes);
	auto is_worth = [&state, all](double back)
	{ return all > 0 && back >= state.worth.bytes && 100 * back >= state.worth.percent * all; };
	bool rewrite = is_worth(without_dead) || (!many_dead && is_worth(of(state.bloat_bytes)));
	if ((rewrite || many_dead) && held_by == nullptr && !state.toast && !autovacuum_enabled(table))
		remedy.add(format("ALTER %s %s RESET (autovacuum_enabled)", altered(table), name));
	if (rewrite)
		add_rewrite(remedy, state, name);
	else if (many_dead && held_by == nullptr)
		remedy.add(format("VACUUM (ANALYZE) %s", name));
	if (held_by != nullptr)
		remedy.comment = format("-- VACUUM cannot remove %s dead rows as long as they are needed by %s",
								grouped(static_cast<int64>(state.dead_rows)), one_line(held_by));
	return remedy;
}

Remedy
Remedies::of_index(const IndexEntry &index, int64 bytes, int64 bloat_bytes, const Worth &worth)
{
	Remedy remedy = {};
	double bloat = static_cast<double>(std::max<int64>(bloat_bytes, 0));
	if (bloat < worth.bytes || bloat * 100 < worth.percent * static_cast<double>(bytes))
		return remedy;
	const char *name = quoted(index.table->schema->name, index.name);
	/* Neither an exclusion constraint's index nor one of the system can be built beside the old one. */
	if (index.exclusion || index.table->standing == Standing::system)
		remedy.add(
			format("-- takes a SHARE lock on %s and an ACCESS EXCLUSIVE one on its index: nobody writes meanwhile, "
				   "and queries wait\nREINDEX INDEX %s",
				   one_line(full_name(*index.table)), name));
	else
		remedy.add(format("REINDEX INDEX CONCURRENTLY %s", name));
	return remedy;
}

const char *
remedy_text(const Remedy &remedy)
{
	if (remedy.count == 0)
		return remedy.comment;
	StringInfoData text;
	initStringInfo(&text);
	if (remedy.comment != nullptr)
		appendStringInfo(&text, "%s\n", remedy.comment);
	for (int i = 0; i < remedy.count; i++)
		appendStringInfo(&text, "%s%s;", i == 0 ? "" : "\n", remedy.statements[i]);
	return text.data;
}

void
fix_by(Finding &finding, const Remedy &remedy)
{
	for (int i = 0; i < remedy.count; i++)
		finding.fix("%s", remedy.statements[i]);
}

} // namespace dbeng
