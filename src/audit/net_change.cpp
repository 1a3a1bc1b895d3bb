#include "audit/net_change.hpp"

namespace dbeng {

NetChange::NetChange(PresentTable &table) : table_(table), context_(CurrentMemoryContext)
{
	HASHCTL control = {};
	control.keysize = sizeof(uint64);
	control.entrysize = sizeof(Entry);
	control.hcxt = context_;
	entries_ = hash_create("dbeng rows changed since", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Out of its place: it gets another one when its new key is known. NULL: no such row is followed. */
NetChange::NetRow *
NetChange::take(RowKey key, bool exists)
{
	uint64 hash = key_hash(0, key);
	auto *entry = static_cast<Entry *>(hash_search(entries_, &hash, HASH_FIND, nullptr));
	if (entry == nullptr)
		return nullptr;
	for (NetRow **place = &entry->rows; *place != nullptr; place = &(*place)->next)
	{
		NetRow *row = *place;
		if (row->exists != exists || !same_key(row->key, key))
			continue;
		*place = row->next;
		return row;
	}
	return nullptr;
}

void
NetChange::put(NetRow *row, RowKey key)
{
	uint64 hash = key_hash(0, key);
	bool found;
	auto *entry = static_cast<Entry *>(hash_search(entries_, &hash, HASH_ENTER, &found));
	row->key = copied(key);
	row->next = found ? entry->rows : nullptr;
	entry->rows = row;
}

/* The row that a step changes; NULL: it is none that is followed. */
NetChange::NetRow *
NetChange::row_of(const Step &step, bool before, bool after)
{
	bool inserted = step.action == Action::insert;
	RowKey key = inserted ? step.key_after : step.key_before;
	/* Which row it was cannot be told where the table had another key. */
	if (key.empty())
		return nullptr;
	NetRow *row = take(key, !inserted);
	if (row != nullptr)
		return row;
	MemoryContext caller = MemoryContextSwitchTo(context_);
	row = static_cast<NetRow *>(palloc0(sizeof(NetRow)));
	row->first_key = copied(key);
	row->of_interest = inserted ? after : before;
	row->existed = row->exists = !inserted;
	std::size_t columns = table_.columns().size() + 1;
	row->first = static_cast<const StepValue **>(palloc0(columns * sizeof(StepValue *)));
	row->last = static_cast<const StepValue **>(palloc0(columns * sizeof(StepValue *)));
	row->stamped = static_cast<bool *>(palloc0(columns));
	MemoryContextSwitchTo(caller);
	return row;
}

static const StepValue *
copied(const StepValue &value)
{
	auto *copy = static_cast<StepValue *>(palloc(sizeof(StepValue)));
	*copy = value;
	copy->text = value.text == nullptr ? nullptr : pstrdup(value.text);
	return copy;
}

void
NetChange::apply(const Step &step, bool before, bool after)
{
	NetRow *found = row_of(step, before, after);
	if (found == nullptr)
		return;
	NetRow &row = *found;
	row.in_place = after;
	MemoryContext caller = MemoryContextSwitchTo(context_);
	for (const StepValue &value : step.before)
	{
		const StepValue *&first = row.first[value.column];
		if (row.existed && first == nullptr && row.last[value.column] == nullptr)
			first = copied(value);
	}
	for (const StepValue &value : step.after)
	{
		const PresentColumn &column = table_.columns()[static_cast<std::size_t>(value.column)];
		row.last[value.column] = copied(value);
		row.stamped[value.column] = column.kept || is_time_of_change(column, value.text, step);
	}
	row.exists = step.action != Action::remove;
	put(&row, row.exists ? step.key_after : step.key_before);
	MemoryContextSwitchTo(caller);
}

bool
NetChange::is_another(const NetRow &row) const
{
	/* One that came from elsewhere is in the way or not. */
	if (!row.of_interest)
		return row.exists && row.in_place;
	if (row.existed != row.exists)
		return true;
	if (!row.exists)
		return false;
	if (!same_key(row.first_key, row.key))
		return true;
	for (std::size_t i = 0; i < table_.columns().size(); i++)
	{
		const StepValue *first = row.first[i];
		const StepValue *last = row.last[i];
		/* When a row was changed back, a trigger may have noted the time of that. */
		if (last == nullptr || row.stamped[i])
			continue;
		if (first == nullptr || first->lost || last->lost || (first->text == nullptr) != (last->text == nullptr) ||
			(first->text != nullptr && strcmp(first->text, last->text) != 0))
			return true;
	}
	return false;
}

bool
NetChange::any() const
{
	bool found = false;
	HASH_SEQ_STATUS scan;
	hash_seq_init(&scan, entries_);
	while (auto *entry = static_cast<Entry *>(hash_seq_search(&scan)))
		for (const NetRow *row = entry->rows; row != nullptr; row = row->next)
			found |= is_another(*row);
	return found;
}

} // namespace dbeng
