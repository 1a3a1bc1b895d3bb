#include "activity/autovacuum.hpp"

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

} // namespace dbeng
