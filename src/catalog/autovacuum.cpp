#include "catalog/autovacuum.hpp"

#include "core/query.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"

namespace dbeng {

static constexpr double infinite = std::numeric_limits<double>::infinity();

static double
number_or(const char *name, double otherwise)
{
	double value = setting_number(name);
	return std::isnan(value) ? otherwise : value;
}

Autovacuum
autovacuum_settings()
{
	double most = number_or("autovacuum_vacuum_max_threshold", -1);
	return {
		.on = setting_on("autovacuum") && setting_on("track_counts"),
		.vacuum_base = number_or("autovacuum_vacuum_threshold", 50),
		.vacuum_scale = number_or("autovacuum_vacuum_scale_factor", 0.2),
		.vacuum_most = most < 0 ? infinite : most,
		.insert_base = number_or("autovacuum_vacuum_insert_threshold", -1),
		.insert_scale = number_or("autovacuum_vacuum_insert_scale_factor", 0.2),
		.analyze_base = number_or("autovacuum_analyze_threshold", 50),
		.analyze_scale = number_or("autovacuum_analyze_scale_factor", 0.1),
	};
}

static double
option_or(const RelationEntry &table, const char *name, double otherwise)
{
	const char *value = table.options == nullptr ? nullptr : array_setting(table.options, name);
	return value == nullptr ? otherwise : strtod(value, nullptr);
}

static double
rows(const RelationEntry &table)
{
	return table.tuples > 0 ? table.tuples : 0;
}

double
Autovacuum::vacuum_trigger(const RelationEntry &table) const
{
	double most = option_or(table, "autovacuum_vacuum_max_threshold", vacuum_most);
	double trigger = option_or(table, "autovacuum_vacuum_threshold", vacuum_base) +
					 option_or(table, "autovacuum_vacuum_scale_factor", vacuum_scale) * rows(table);
	return most < 0 ? trigger : std::min(trigger, most);
}

double
Autovacuum::insert_trigger(const RelationEntry &table) const
{
	double base = option_or(table, "autovacuum_vacuum_insert_threshold", insert_base);
	if (base < 0)
		return infinite;
	return base + option_or(table, "autovacuum_vacuum_insert_scale_factor", insert_scale) * rows(table);
}

double
Autovacuum::analyze_trigger(const RelationEntry &table) const
{
	return option_or(table, "autovacuum_analyze_threshold", analyze_base) +
		   option_or(table, "autovacuum_analyze_scale_factor", analyze_scale) * rows(table);
}

bool
autovacuum_enabled(const RelationEntry &table)
{
	const char *value = table.options == nullptr ? nullptr : array_setting(table.options, "autovacuum_enabled");
	bool enabled = true;
	return value == nullptr || !parse_bool(value, &enabled) || enabled;
}

Backlog
autovacuum_backlog(const Catalog &catalog, const Autovacuum &settings, const BehindLimits &limits)
{
	Backlog backlog = {};
	if (catalog.in_recovery)
		backlog.not_judged = "a standby gets what the primary vacuums";
	else if (!settings.on)
		backlog.not_judged = "autovacuum is off";
	else if (catalog.now - catalog.server_start < limits.grace)
		backlog.not_judged = "the server has just started";
	if (backlog.not_judged != nullptr)
		return backlog;

	Local<FlatSet<Oid>> running;
	each_row("SELECT relid FROM pg_stat_progress_vacuum WHERE relid IS NOT NULL",
			 [&running](const Row &row) { running->insert(static_cast<Oid>(row.integer(1))); });

	Local<Vector<Behind>> behind;
	Local<Vector<const RelationEntry *>> judged;
	std::size_t worst = 0;
	for (const RelationEntry &table : catalog.own_relations())
	{
		if (!table.stores_rows() || table.counters == nullptr || !autovacuum_enabled(table))
			continue;
		judged->push_back(&table);
		double dead = static_cast<double>(table.counters->dead);
		double inserted = static_cast<double>(table.counters->inserted_since_vacuum);
		if (std::max(dead, inserted) <= limits.rows || catalog.now - table.counters->last_vacuum < limits.grace ||
			running->contains(table.oid))
			continue;
		double for_dead = dead > limits.rows ? dead / settings.vacuum_trigger(table) : 0;
		double for_inserts = inserted > limits.rows ? inserted / settings.insert_trigger(table) : 0;
		Behind one = {&table, std::max(for_dead, for_inserts), for_inserts > for_dead};
		if (one.times <= limits.times)
			continue;
		if (behind->empty() || one.times > (*behind)[worst].times)
			worst = behind->size();
		behind->push_back(one);
	}
	backlog.behind = {behind->data(), behind->size()};
	backlog.worst = behind->empty() ? nullptr : &(*behind)[worst];
	backlog.judged = {judged->data(), judged->size()};
	return backlog;
}

} // namespace dbeng
