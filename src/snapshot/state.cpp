#include "snapshot/state.hpp"

namespace dbeng {

void
Look::sort()
{
	std::sort(known_.begin(), known_.end(), [](const Known &a, const Known &b) { return a.key < b.key; });
}

const Known *
Look::find(Key key) const
{
	auto at = std::lower_bound(known_.begin(), known_.end(), key,
							   [](const Known &known, Key wanted) { return known.key < wanted; });
	return at != known_.end() && at->key == key ? &*at : nullptr;
}

std::size_t
adopt_numbers(const Look &before, Look &now)
{
	std::span<const Known> old = before.known();
	std::size_t i = 0;
	std::size_t unknown = 0;
	for (Known &at : now.known())
	{
		while (i < old.size() && old[i].key < at.key)
			i++;
		if (i < old.size() && old[i].key == at.key)
			at.series = old[i].series;
		else if (at.series < 0)
			unknown++;
	}
	return unknown;
}

void
add_change(ChangeList &changes, int32 series, const Values *before, const Values &now, Comparison how)
{
	std::span<const Field> fields = fields_of(changes.family());
	auto fell = [&](std::size_t i)
	{ return before != nullptr && fields[i].kind == Kind::counter && now.field[i] < before->field[i]; };
	bool all_reset = how.from_zero && before != nullptr;
	for (std::size_t i = 0; i < fields.size() && !how.by_field && !how.uncounted; i++)
		all_reset = all_reset || fell(i);

	Change change = {.series = series, .fields = 0, .reset = 0, .gone = false, .values = {}};
	for (std::size_t i = 0; i < fields.size(); i++)
	{
		int64 was = before == nullptr ? 0 : before->field[i];
		if (fields[i].kind == Kind::counter)
		{
			if (how.uncounted)
				continue;
			if (was != 0 && (all_reset || fell(i)))
			{
				was = 0;
				change.reset |= 1U << i;
			}
			/* A counter is never negative; a broken one must not make a sum fall. */
			change.values.field[i] = std::max<int64>(minus(now.field[i], was), 0);
		}
		else
			change.values.field[i] = minus(now.field[i], was);
		if (change.values.field[i] != 0)
			change.fields |= 1U << i;
	}
	if (change.fields != 0 || change.reset != 0)
		changes.add(change);
}

void
add_end(ChangeList &changes, int32 series, const Values &before)
{
	std::span<const Field> fields = fields_of(changes.family());
	Change change = {.series = series, .fields = 0, .reset = 0, .gone = true, .values = {}};
	for (std::size_t i = 0; i < fields.size(); i++)
		if (fields[i].kind == Kind::gauge && before.field[i] != 0)
		{
			change.values.field[i] = minus(0, before.field[i]);
			change.fields |= 1U << i;
		}
	changes.add(change);
}

} // namespace dbeng
