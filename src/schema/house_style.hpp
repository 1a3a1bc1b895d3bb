/*
 * house_style.hpp: a habit that a schema keeps itself to.
 *
 * Style is judged by the schema's own majority: where at least nine in ten of
 * at least ten objects are one way, the others stand out. Where they are not,
 * there is no style and nothing to judge.
 */
#pragma once

#include "unit/check.hpp"

namespace dbeng {

struct Habit
{
	int64 followed = 0;
	int64 all = 0;

	bool is_style() const { return all >= 10 && followed * 10 >= all * 9; }
};

/* Counted for each schema. */
using Habits = Local<FlatMap<const SchemaEntry *, Habit>>;

inline void
count_habit(Habits &habits, const SchemaEntry *schema, bool follows)
{
	Habit &habit = (*habits)[schema];
	habit.all++;
	habit.followed += follows ? 1 : 0;
}

inline bool
follows_habit(const Habits &habits, const SchemaEntry *schema)
{
	auto at = habits->find(schema);
	return at != habits->end() && at->second.is_style();
}

/* What nearly a whole schema does wrong is one finding about the schema; it weighs as much as all of them would. */
inline void
report_habits(Verdict &verdict, const Habits &habits, void (*describe)(const Habit &habit, Finding &finding))
{
	for (const auto &[schema, habit] : *habits)
	{
		if (!habit.is_style())
			continue;
		auto weight = static_cast<double>(habit.followed);
		verdict.judged(weight);
		verdict.failed(*schema, [copy = habit, describe](Finding &finding) { describe(copy, finding); },
					   {.weight = weight});
	}
}

} // namespace dbeng
