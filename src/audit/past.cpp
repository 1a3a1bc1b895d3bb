#include "audit/past.hpp"

#include "core/text.hpp"

namespace dbeng {

static const char *
copied(const char *text)
{
	return text == nullptr ? nullptr : pstrdup(text);
}

PastRow *
make_row(const PresentTable &table, bool existed)
{
	std::size_t columns = table.columns().size();
	auto *row = static_cast<PastRow *>(palloc0(sizeof(PastRow)));
	row->existed = existed;
	row->texts = static_cast<const char **>(palloc0((columns + 1) * sizeof(char *)));
	row->facts = static_cast<Fact *>(palloc0((columns + 1) * sizeof(Fact)));
	return row;
}

void
learn(PastRow &row, std::span<const StepValue> values)
{
	for (const StepValue &value : values)
	{
		auto column = static_cast<std::size_t>(value.column);
		if (row.facts[column] != Fact::unknown)
			continue;
		row.facts[column] = value.lost ? Fact::lost : Fact::known;
		row.texts[column] = copied(value.text);
	}
}

Past::Past(PresentTable &table) : table_(table), context_(CurrentMemoryContext)
{
	HASHCTL control = {};
	control.keysize = sizeof(uint64);
	control.entrysize = sizeof(Entry);
	control.hcxt = context_;
	entries_ = hash_create("dbeng rows of the past", 1024, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Where the pointer to the row of that key is, or a NULL. */
PastRow **
Past::place_of(RowKey key)
{
	uint64 hash = key_hash(0, key);
	bool found;
	auto *entry = static_cast<Entry *>(hash_search(entries_, &hash, HASH_ENTER, &found));
	if (!found)
		entry->rows = nullptr;
	PastRow **place = &entry->rows;
	while (*place != nullptr && !same_key((*place)->key, key))
		place = &(*place)->next;
	return place;
}

void
Past::add(PastRow *row, RowKey key)
{
	row->key = copied(key);
	row->next = nullptr;
	PastRow **place = place_of(key);
	/* The log has a change missing between: what it says last is nearest to today. */
	if (*place != nullptr)
		row->next = (*place)->next;
	*place = row;
}

PastRow *
Past::take(RowKey key)
{
	PastRow **place = place_of(key);
	PastRow *row = *place;
	if (row == nullptr)
		return make_row(table_, true);
	*place = row->next;
	return row;
}

PastRow *
Past::find(RowKey key)
{
	PastRow *row = *place_of(key);
	if (row != nullptr)
		row->matched = true;
	return row;
}

/* Which row it was has to be said in the columns that are the key now. */
static void
require_key(const PresentTable &table, const Step &step)
{
	bool before = step.action == Action::update || step.action == Action::remove;
	bool after = step.action == Action::insert || step.action == Action::update;
	if ((!before || !step.key_before.empty()) && (!after || !step.key_after.empty()))
		return;
	ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("what %s was cannot be told: it had another key", table.name()),
			errdetail("Change %lld of the audit log, at %s, does not have the columns that are its key now.",
					  static_cast<long long>(step.audit_id), timestamptz_to_str(step.changed_at)),
			errhint("Ask for a later time."));
}

void
Past::apply(const Step &step)
{
	require_key(table_, step);
	MemoryContext caller = MemoryContextSwitchTo(context_);
	switch (step.action)
	{
		case Action::insert:
			add(make_row(table_, false), step.key_after);
			break;
		case Action::update:
		{
			PastRow *row = take(step.key_before);
			learn(*row, step.before);
			add(row, step.key_after);
			break;
		}
		case Action::remove:
		{
			PastRow *row = take(step.key_before);
			learn(*row, step.before);
			if (row->existed)
				finished_.push_back(row);
			break;
		}
		case Action::truncate:
		case Action::unlogged:
			break;
	}
	MemoryContextSwitchTo(caller);
}

const PastRow *
Past::unmatched()
{
	PastRow *found = nullptr;
	HASH_SEQ_STATUS scan;
	hash_seq_init(&scan, entries_);
	while (auto *entry = static_cast<Entry *>(hash_seq_search(&scan)))
		for (PastRow *row = entry->rows; row != nullptr; row = row->next)
			if (!row->matched && row->existed)
				found = row;
	return found;
}

PastHeap::PastHeap(PresentTable &table) : table_(table), context_(CurrentMemoryContext) {}

void
PastHeap::add(const char *const *texts)
{
	MemoryContext caller = MemoryContextSwitchTo(context_);
	PastRow *row = make_row(table_, true);
	for (std::size_t i = 0; i < table_.columns().size(); i++)
	{
		row->texts[i] = copied(texts[i]);
		row->facts[i] = Fact::known;
	}
	rows_.push_back(row);
	MemoryContextSwitchTo(caller);
}

/* Is it the row with those values? Of an update what it changed counts, of what it did not change what was before. */
bool
PastHeap::matches(const PastRow &row, const Step &step, std::span<const StepValue> with) const
{
	auto is = [&row](const StepValue &value)
	{
		auto column = static_cast<std::size_t>(value.column);
		return value.lost || row.facts[column] != Fact::known || same_text(row.texts[column], value.text);
	};
	if (!std::all_of(with.begin(), with.end(), is))
		return false;
	auto changed = [with](int column)
	{ return std::any_of(with.begin(), with.end(), [column](const StepValue &one) { return one.column == column; }); };
	return std::all_of(step.before.begin(), step.before.end(),
					   [&](const StepValue &value) { return changed(value.column) || is(value); });
}

PastRow *
PastHeap::take(const Step &step, std::span<const StepValue> with)
{
	for (PastRow *row : rows_)
	{
		CHECK_FOR_INTERRUPTS();
		if (row->existed && matches(*row, step, with))
			return row;
	}
	ereport(
		ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
		errmsg("what %s was cannot be told: a row that was written is not there", table_.name()),
		errdetail(
			"Change %lld of the audit log wrote a row that nothing has changed since, and that the table does not have.",
			static_cast<long long>(step.audit_id)),
		errhint("SELECT * FROM dbeng.audit_log WHERE audit_id = %lld; the table was changed while its audit was off.",
				static_cast<long long>(step.audit_id)));
	pg_unreachable();
}

void
PastHeap::take_back(const Step &step)
{
	MemoryContext caller = MemoryContextSwitchTo(context_);
	switch (step.action)
	{
		case Action::insert:
			take(step, step.after)->existed = false;
			break;
		case Action::update:
		{
			PastRow *row = take(step, step.after);
			for (const StepValue &value : step.before)
			{
				auto column = static_cast<std::size_t>(value.column);
				row->facts[column] = value.lost ? Fact::lost : Fact::known;
				row->texts[column] = copied(value.text);
			}
			break;
		}
		case Action::remove:
		{
			PastRow *row = make_row(table_, true);
			learn(*row, step.before);
			rows_.push_back(row);
			break;
		}
		case Action::truncate:
		case Action::unlogged:
			break;
	}
	MemoryContextSwitchTo(caller);
}

} // namespace dbeng
