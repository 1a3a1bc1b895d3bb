/*
 * undo.cpp: dbeng.undo(): what a transaction has changed, changed back.
 *
 * The statements stand in the reverse order of the changes, each for exactly
 * the row that the transaction left: it names all it knows of it, so that it
 * finds nothing where somebody has changed the row since. Done, they are to
 * triggers one statement: a foreign key is checked when all are.
 */
#include "audit/capture.hpp"
#include "audit/log.hpp"
#include "audit/net_change.hpp"
#include "audit/reading.hpp"
#include "audit/steps.hpp"
#include "catalog/soft_table.hpp"
#include "core/query.hpp"
#include "core/rows.hpp"
#include "core/text.hpp"
#include "core/value_text.hpp"

namespace dbeng {

namespace {
struct Touched
{
	int32 table_id;
	PresentTable *table;
	KeyLookup *lookup; /* the rows it touched; NULL: they have no key */
	bool changed_later;
};

struct Reversal
{
	Step step;
	PresentTable *table;
	const char *action;
	const char *key; /* JSON; NULL without */
	const char *sql; /* NULL: nothing to do, what it changed is no column any more */
	int64 place;
	int64 deletion;	 /* that it takes back with all that it took; 0: none */
	bool ends_query; /* what foreign keys do about it has to be done before the next statement */
};

struct ForeignKey
{
	Oid child;
	Oid parent;
	char on_delete;
	char on_update;
	std::span<const AttrNumber> own;
	std::span<const AttrNumber> referred;
};

/* A transaction, what it changed and how to change that back. */
class Undo
{
  public:
	explicit Undo(uint64 transaction) : transaction_(transaction) {}
	void read();
	void refuse_later_changes();
	void run();

	const Vector<Reversal> &reversals() const { return reversals_; }
	Renderer &renderer() { return renderer_; }

  private:
	void find_cluster();
	Touched &touched(int32 table_id);
	bool touches(RowKey key, int32 table_id) const;
	std::span<const uint32> numbers();
	void add(const LoggedChunk &chunk, const RowChange &change);
	bool are_others_by_now(const Touched &touched);
	void put_referred_first();
	bool put_referred_first(const ForeignKey &key);
	void ask_once();
	void restore_once();
	void number_reversals();
	void end_before_made_again(const ForeignKey &key);

	uint64 transaction_;
	int32 cluster_ = 0;
	TimestampTz written_at_ = DT_NOBEGIN;
	Renderer renderer_;
	Vector<Touched> tables_;
	Vector<Reversal> reversals_;
	/* Hashes of the keys of its rows, sorted. */
	Vector<uint64> keys_;
	Vector<uint32> numbers_;
};
} // namespace

[[noreturn]] static void
refuse(uint64 transaction, const char *detail, const char *hint)
{
	ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("transaction %llu cannot be undone", static_cast<unsigned long long>(transaction)),
			errdetail("%s", detail), errhint("%s", hint));
	pg_unreachable();
}

static const char *
where_to_look(uint64 transaction)
{
	return format("SELECT * FROM dbeng.audit_log WHERE transaction_id = '%llu';",
				  static_cast<unsigned long long>(transaction));
}

Touched &
Undo::touched(int32 table_id)
{
	for (Touched &touched : tables_)
		if (touched.table_id == table_id)
			return touched;
	const AuditedTable *audited = audited_table(table_id);
	if (audited == nullptr || !OidIsValid(audited->relation))
		refuse(
			transaction_,
			format("It changed rows of table %s, which was dropped.",
				   audited == nullptr ? "that nothing is known of" : quoted(audited->schema_name, audited->table_name)),
			where_to_look(transaction_));
	auto *made = static_cast<PresentTable *>(palloc(sizeof(PresentTable)));
	::new (static_cast<void *>(made)) PresentTable(audited->relation);
	KeyLookup *lookup = nullptr;
	if (!made->key().empty())
	{
		lookup = static_cast<KeyLookup *>(palloc(sizeof(KeyLookup)));
		::new (static_cast<void *>(lookup)) KeyLookup(*made);
	}
	tables_.push_back({table_id, made, lookup, false});
	return tables_.back();
}

static const PresentColumn &
column_of(const PresentTable &table, const StepValue &value)
{
	return table.columns()[static_cast<std::size_t>(value.column)];
}

static bool
has_value(std::span<const StepValue> values, int column)
{
	return std::any_of(values.begin(), values.end(), [column](const StepValue &one) { return one.column == column; });
}

/*
 * All that is known of the row as the transaction left it; but for the time of the change, where there is a key, and what
 * triggers of dbeng's keep: whoever has changed it and changed it back may have left another one.
 */
static const char *
condition(PresentTable &table, const Step &step)
{
	StringInfoData text;
	initStringInfo(&text);
	auto add = [&](const StepValue &value)
	{
		const PresentColumn &column = column_of(table, value);
		if (value.lost || column.generated)
			return;
		if (!step.key_after.empty() && (column.kept || is_time_of_change(column, value.text, step)))
			return;
		appendStringInfo(&text, "%s%s", text.len == 0 ? "" : " AND ", equals(column, value.text));
	};
	for (const StepValue &value : step.after)
		add(value);
	for (const StepValue &value : step.before)
		if (!has_value(step.after, value.column))
			add(value);
	return text.len == 0 ? "true" : text.data;
}

/*
 * WHERE … that is true of one row: without a key, of one of those that are alike. Of a row that a statement before has found,
 * the key is enough: triggers may have made something else of the rest, such as the time of the last change.
 */
static const char *
where_clause(PresentTable &table, const Step &step, bool found_before)
{
	if (found_before)
		return key_condition(table, table.key(), step.key_after);
	const char *text = condition(table, step);
	if (!step.key_after.empty())
		return text;
	return format("(tableoid, ctid) OPERATOR(pg_catalog.=) (SELECT tableoid, ctid FROM %s WHERE %s LIMIT 1)",
				  table.from_clause(), text);
}

static const char *
value_or_null(const char *text)
{
	return text == nullptr ? "NULL" : literal(text);
}

static void
require_value(uint64 transaction, const PresentTable &table, const StepValue &value)
{
	if (value.lost)
		refuse(transaction,
			   format("What column %s of %s was is not in the log: it is redacted.",
					  quoted(column_of(table, value).name), table.name()),
			   where_to_look(transaction));
}

/* An excluded column of a deleted row is in no log. */
static void
require_whole_row(uint64 transaction, PresentTable &table, const Step &step)
{
	for (std::size_t i = 0; i < table.columns().size(); i++)
	{
		const PresentColumn &column = table.columns()[i];
		for (const char *excluded : table.audited().exclude)
			if (strcmp(excluded, column.name) == 0 && !has_value(step.before, static_cast<int>(i)))
				refuse(transaction,
					   format("It deleted rows of %s, whose column %s is excluded from the log.", table.name(),
							  quoted(column.name)),
					   where_to_look(transaction));
	}
}

static const char *
insertion(uint64 transaction, PresentTable &table, const Step &step)
{
	require_whole_row(transaction, table, step);
	StringInfoData names;
	StringInfoData values;
	initStringInfo(&names);
	initStringInfo(&values);
	for (const StepValue &value : step.before)
	{
		const PresentColumn &column = column_of(table, value);
		if (column.generated)
			continue;
		require_value(transaction, table, value);
		appendStringInfo(&names, "%s%s", names.len == 0 ? "" : ", ", quoted(column.name));
		appendStringInfo(&values, "%s%s", values.len == 0 ? "" : ", ", value_or_null(value.text));
	}
	if (names.len == 0)
		return format("INSERT INTO %s DEFAULT VALUES", table.name());
	return format("INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE VALUES (%s)", table.name(), names.data, values.data);
}

static const char *
deletion(PresentTable &table, const Step &step, bool found_before)
{
	return format("DELETE FROM %s WHERE %s", table.from_clause(), where_clause(table, step, found_before));
}

static const char *
update(uint64 transaction, PresentTable &table, const Step &step, bool found_before)
{
	StringInfoData assignments;
	initStringInfo(&assignments);
	for (const StepValue &value : step.before)
	{
		const PresentColumn &column = column_of(table, value);
		if (!has_value(step.after, value.column) || column.generated || column.kept)
			continue;
		require_value(transaction, table, value);
		appendStringInfo(&assignments, "%s%s = %s", assignments.len == 0 ? "" : ", ", quoted(column.name),
						 value_or_null(value.text));
	}
	if (assignments.len == 0)
		return nullptr;
	return format("UPDATE %s SET %s WHERE %s", table.from_clause(), assignments.data,
				  where_clause(table, step, found_before));
}

/* The deletion that an update was, of a table that keeps its deleted rows; 0: it was none. */
static int64
deletion_of(const PresentTable &table, const Step &step)
{
	SoftTable soft = soft_table(table.relation());
	auto text = [&](std::span<const StepValue> values) -> const char *
	{
		for (const StepValue &value : values)
			if (column_of(table, value).number == soft.deletion_id && !value.lost)
				return value.text;
		return nullptr;
	};
	const char *number = soft.keeps() && text(step.before) == nullptr ? text(step.after) : nullptr;
	return number == nullptr ? 0 : strtoll(number, nullptr, 10);
}

void
Undo::add(const LoggedChunk &chunk, const RowChange &change)
{
	Touched &where = touched(change.table_id);
	PresentTable &of = *where.table;
	Reversal reversal = {step_of(of, renderer_, chunk, change), &of, nullptr, nullptr, nullptr, 0, 0, false};
	reversal.step = copied(reversal.step);
	const Step &step = reversal.step;
	switch (step.action)
	{
		case Action::insert:
			reversal.action = "DELETE";
			reversal.sql = deletion(of, step, false);
			break;
		case Action::update:
			reversal.action = "UPDATE";
			reversal.deletion = deletion_of(of, step);
			reversal.sql = update(transaction_, of, step, false);
			if (reversal.deletion != 0)
			{
				reversal.action = "RESTORE";
				reversal.sql = format("SELECT dbeng.restore(%lld)", static_cast<long long>(reversal.deletion));
			}
			break;
		case Action::remove:
			reversal.action = "INSERT";
			reversal.sql = insertion(transaction_, of, step);
			break;
		case Action::truncate:
			refuse(transaction_, format("It truncated %s: the log does not have the rows that were in it.", of.name()),
				   "Restore them from a backup.");
		case Action::unlogged:
			refuse(transaction_,
				   format("It wrote rows of %s past the log, under session_replication_role = replica.", of.name()),
				   where_to_look(transaction_));
	}
	RowKey key = step.key_after.empty() ? step.key_before : step.key_after;
	if (!key.empty())
		reversal.key = key_json(of, renderer_, of.key(), key);
	for (RowKey touched : {step.key_before, step.key_after})
		if (!touched.empty())
		{
			keys_.push_back(key_hash(change.table_id, touched));
			where.lookup->add(touched);
		}
	if (reversal.sql != nullptr)
		reversals_.push_back(reversal);
}

/* After a restore the same number may be another cluster's transaction, too: this one's is meant, if it has one. */
void
Undo::find_cluster()
{
	Local<Vector<int32>> clusters;
	ChunkFilter filter;
	filter.transaction_id = transaction_;
	each_chunk(filter,
			   [&clusters](const LoggedChunk &chunk, RowChangeReader &) { clusters->push_back(chunk.cluster); });
	auto other = [&clusters](int32 than)
	{ return std::find_if(clusters->begin(), clusters->end(), [than](int32 one) { return one != than; }); };
	cluster_ = cluster_number();
	if (clusters->empty() || std::find(clusters->begin(), clusters->end(), cluster_) != clusters->end())
		return;
	cluster_ = clusters->front();
	if (other(cluster_) != clusters->end())
		refuse(transaction_, "The log came from several clusters, and transactions of more than one have that number.",
			   where_to_look(transaction_));
}

void
Undo::read()
{
	find_cluster();
	MemoryContext result = CurrentMemoryContext;
	bool any = false;
	ChunkFilter filter;
	filter.transaction_id = transaction_;
	each_chunk(filter,
			   [&](const LoggedChunk &chunk, RowChangeReader &reader)
			   {
				   if (chunk.cluster != cluster_)
					   return;
				   MemoryContext caller = MemoryContextSwitchTo(result);
				   RowChange change;
				   while (reader.next(change))
				   {
					   CHECK_FOR_INTERRUPTS();
					   any = true;
					   add(chunk, change);
				   }
				   written_at_ = std::max(written_at_, chunk.written_at);
				   MemoryContextSwitchTo(caller);
			   });
	if (!any)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_OBJECT),
				errmsg("the audit log has no transaction %llu", static_cast<unsigned long long>(transaction_)),
				errdetail("It changed no row of an audited table, has not been committed, or is older than the log."),
				errhint("SELECT DISTINCT transaction_id, changed_at FROM dbeng.audit_log ORDER BY changed_at DESC;"));
	std::sort(reversals_.begin(), reversals_.end(),
			  [](const Reversal &a, const Reversal &b) { return a.step.audit_id > b.step.audit_id; });
	std::sort(keys_.begin(), keys_.end());
	put_referred_first();
	ask_once();
	restore_once();
}

/* An action of a foreign key that changes the rows that refer to another. */
static bool
changes_rows(char action)
{
	return action != FKCONSTR_ACTION_NOACTION && action != FKCONSTR_ACTION_RESTRICT;
}

/* The texts of some columns of a row; false: one is not known, or NULL, which refers to nothing. */
static bool
texts_of(const PresentTable &table, std::span<const StepValue> values, std::span<const AttrNumber> numbers,
		 Vector<const char *> &texts)
{
	for (AttrNumber number : numbers)
	{
		auto value = std::find_if(values.begin(), values.end(),
								  [&](const StepValue &one) { return column_of(table, one).number == number; });
		if (value == values.end() || value->text == nullptr)
			return false;
		texts.push_back(value->text);
	}
	return true;
}

/* Those that refer to a table; those of partitions come of their parents'. */
static void
foreign_keys(Oid parent, Vector<ForeignKey> &keys)
{
	Relation catalog = table_open(ConstraintRelationId, AccessShareLock);
	ScanKeyData wanted;
	ScanKeyInit(&wanted, Anum_pg_constraint_confrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(parent));
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, 1, &wanted);
	while (HeapTuple tuple = systable_getnext(scan))
	{
		auto *form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
		if (form->contype != CONSTRAINT_FOREIGN || OidIsValid(form->conparentid))
			continue;
		auto *own = static_cast<AttrNumber *>(palloc(INDEX_MAX_KEYS * sizeof(AttrNumber)));
		auto *referred = static_cast<AttrNumber *>(palloc(INDEX_MAX_KEYS * sizeof(AttrNumber)));
		int count;
		DeconstructFkConstraintRow(tuple, &count, own, referred, nullptr, nullptr, nullptr, nullptr, nullptr);
		auto columns = static_cast<std::size_t>(count);
		keys.push_back(
			{form->conrelid, parent, form->confdeltype, form->confupdtype, {own, columns}, {referred, columns}});
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
}

void
Undo::number_reversals()
{
	/* Room for one between two. */
	int64 place = 0;
	for (Reversal &reversal : reversals_)
		reversal.place = place += 2;
}

/* Gives rows that others refer to by that key a place before these; was it another? */
bool
Undo::put_referred_first(const ForeignKey &key)
{
	Local<Vector<std::pair<uint64, int64>>> referring;
	Local<Vector<const char *>> texts;
	auto hash = [&](const Reversal &reversal, std::span<const AttrNumber> columns)
	{
		texts->clear();
		bool known = texts_of(*reversal.table, reversal.step.before, columns, *texts);
		return known ? key_hash(0, {texts->data(), texts->size()}) : uint64{0};
	};
	for (const Reversal &reversal : reversals_)
		if (reversal.table->relation() == key.child && reversal.step.action != Action::insert)
			if (uint64 refers = hash(reversal, key.own); refers != 0)
				referring->push_back({refers, reversal.place});
	std::sort(referring->begin(), referring->end());
	bool moved = false;
	for (Reversal &reversal : reversals_)
	{
		if (reversal.table->relation() != key.parent || reversal.step.action != Action::remove)
			continue;
		auto first = std::lower_bound(referring->begin(), referring->end(),
									  std::pair(hash(reversal, key.referred), std::numeric_limits<int64>::min()));
		if (first == referring->end() || first->first != hash(reversal, key.referred) ||
			first->second >= reversal.place)
			continue;
		reversal.place = first->second - 1;
		moved = true;
	}
	return moved;
}

/*
 * A cascade comes after what it comes of: changed back in reverse order, rows would refer to one that is not there yet.
 * What is inserted goes before the first statement that refers to it.
 */
void
Undo::put_referred_first()
{
	/* Of rows that refer to each other none can be the first. */
	constexpr int most_rounds = 1000;
	Local<Vector<ForeignKey>> keys;
	for (const Touched &touched : tables_)
		foreign_keys(touched.table->relation(), *keys);
	bool moved = true;
	for (int round = 0; moved && round < most_rounds; round++)
	{
		CHECK_FOR_INTERRUPTS();
		number_reversals();
		moved = false;
		for (const ForeignKey &key : *keys)
			moved |= put_referred_first(key);
		std::sort(reversals_.begin(), reversals_.end(),
				  [](const Reversal &a, const Reversal &b)
				  { return std::pair(a.place, -a.step.audit_id) < std::pair(b.place, -b.step.audit_id); });
	}
	for (const ForeignKey &key : *keys)
		end_before_made_again(key);
}

/* What the transaction left of a row is asked of its first statement; the next ones change what that one found. */
void
Undo::ask_once()
{
	Local<FlatSet<uint64>> found;
	for (Reversal &reversal : reversals_)
	{
		PresentTable &of = *reversal.table;
		const Step &step = reversal.step;
		if (!step.key_after.empty() && found->erase(key_hash(of.table_id(), step.key_after)) > 0 &&
			reversal.deletion == 0)
			reversal.sql =
				step.action == Action::insert ? deletion(of, step, true) : update(transaction_, of, step, true);
		if (!step.key_before.empty())
			found->insert(key_hash(of.table_id(), step.key_before));
	}
}

/* The first statement that takes a deletion back does so for all of its rows, those whose changes are not logged, too. */
void
Undo::restore_once()
{
	Local<FlatSet<int64>> restored;
	auto is_again = [&restored](const Reversal &reversal)
	{ return reversal.deletion != 0 && !restored->insert(reversal.deletion).second; };
	reversals_.erase(std::remove_if(reversals_.begin(), reversals_.end(), is_again), reversals_.end());
}

/* The value of a column after a change, or else before it. */
static const StepValue *
last_value(const PresentTable &table, const Step &step, AttrNumber number)
{
	for (std::span<const StepValue> values : {step.after, step.before})
		for (const StepValue &value : values)
			if (column_of(table, value).number == number)
				return &value;
	return nullptr;
}

static bool
changes_any(const PresentTable &table, const Step &step, std::span<const AttrNumber> numbers)
{
	return std::any_of(
		step.after.begin(), step.after.end(),
		[&](const StepValue &value)
		{ return std::find(numbers.begin(), numbers.end(), column_of(table, value).number) != numbers.end(); });
}

/*
 * A row that goes, and another one with its key that comes later: ON DELETE CASCADE and its kind ask for the key alone, and
 * would, when all is done, take what refers to the other one.
 */
void
Undo::end_before_made_again(const ForeignKey &key)
{
	Local<FlatSet<uint64>> made;
	Local<Vector<const char *>> texts;
	auto hash = [&] { return key_hash(0, {texts->data(), texts->size()}); };
	for (std::size_t i = reversals_.size(); i-- > 0;)
	{
		Reversal &reversal = reversals_[i];
		const Step &step = reversal.step;
		if (reversal.table->relation() != key.parent)
			continue;
		bool updated = step.action == Action::update && changes_any(*reversal.table, step, key.referred);
		if (changes_rows(updated ? key.on_update : key.on_delete) && (updated || step.action == Action::insert))
		{
			texts->clear();
			for (AttrNumber number : key.referred)
				if (const StepValue *value = last_value(*reversal.table, step, number))
					texts->push_back(value->text);
			if (texts->size() == key.referred.size() && made->find(hash()) != made->end())
				reversal.ends_query = true;
		}
		texts->clear();
		if ((updated || step.action == Action::remove) && texts_of(*reversal.table, step.before, key.referred, *texts))
			made->insert(hash());
	}
}

bool
Undo::touches(RowKey key, int32 table_id) const
{
	return !key.empty() && std::binary_search(keys_.begin(), keys_.end(), key_hash(table_id, key));
}

/* By which later changes of the same rows are found; without a key they show when a statement does not find its row. */
std::span<const uint32>
Undo::numbers()
{
	numbers_.clear();
	numbers_.push_back(unreadable_mark());
	for (const Touched &touched : tables_)
	{
		std::span<const uint32> of = {};
		if (touched.lookup != nullptr)
			of = touched.lookup->numbers();
		numbers_.push_back(table_mark(touched.table_id));
		numbers_.insert(numbers_.end(), of.begin(), of.end());
	}
	std::sort(numbers_.begin(), numbers_.end());
	return {numbers_.data(), numbers_.size()};
}

/* Rows that were changed since, and not changed back. */
bool
Undo::are_others_by_now(const Touched &touched)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "dbeng later changes", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Local<NetChange> net(*touched.table);
	MemoryContextSwitchTo(caller);
	ChunkFilter later;
	later.written_after = written_at_;
	each_step_of(*touched.table, renderer_, *touched.lookup, later,
				 [&](const Step &step)
				 {
					 if (step.transaction_id != transaction_)
						 net->apply(step, touches(step.key_before, touched.table_id),
									touches(step.key_after, touched.table_id));
				 });
	bool others = net->any();
	MemoryContextDelete(context);
	return others;
}

namespace {
/* A transaction that changed some of the rows again. */
struct LaterTransaction
{
	TimestampTz changed_at;
	TimestampTz written_at;
	int64 changes;
	const char *example;
};
} // namespace

/* The latest first, which is the order to undo them in. */
static const char *
list_of(const FlatMap<uint64, LaterTransaction> &transactions)
{
	constexpr std::size_t most_named = 10;
	Local<Vector<std::pair<TimestampTz, uint64>>> latest;
	for (const auto &[id, later] : transactions)
		latest->push_back({later.written_at, id});
	std::sort(latest->begin(), latest->end(), std::greater<>());
	StringInfoData list;
	initStringInfo(&list);
	for (std::size_t i = 0; i < std::min(latest->size(), most_named); i++)
	{
		uint64 id = (*latest)[i].second;
		const LaterTransaction &later = transactions.find(id)->second;
		appendStringInfo(&list, "%sby transaction %llu at %s (%s", i == 0 ? "" : ", ",
						 static_cast<unsigned long long>(id), timestamptz_to_str(later.changed_at), later.example);
		if (later.changes > 1)
			appendStringInfo(&list, " and %lld more", static_cast<long long>(later.changes - 1));
		appendStringInfoChar(&list, ')');
	}
	if (latest->size() > most_named)
		appendStringInfo(&list, ", and by %zu transactions before", latest->size() - most_named);
	return list.data;
}

void
Undo::refuse_later_changes()
{
	bool truncated = false;
	Local<FlatMap<uint64, LaterTransaction>> transactions;
	MemoryContext result = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(result, "dbeng change", ALLOCSET_DEFAULT_SIZES);
	auto note = [&](const LoggedChunk &chunk, const RowChange &change, PresentTable &of, RowKey key)
	{
		LaterTransaction &later = (*transactions)[chunk.transaction_id];
		later.changed_at = chunk.changed_at;
		later.written_at = std::max(later.written_at, chunk.written_at);
		if (later.changes++ > 0)
			return;
		const char *row = key.empty() ? "" : format(" %s", key_json(of, renderer_, of.key(), key));
		const char *example = format("%s of %s%s", action_name(change.action), of.name(), row);
		later.example = MemoryContextStrdup(result, example);
	};
	ChunkFilter filter;
	filter.written_after = written_at_;
	each_chunk(filter, numbers(),
			   [&](const LoggedChunk &chunk, RowChangeReader &reader)
			   {
				   if (chunk.transaction_id == transaction_ && chunk.cluster == cluster_)
					   return;
				   RowChange change;
				   while (reader.next(change))
				   {
					   auto changed = std::find_if(tables_.begin(), tables_.end(),
												   [&change](const Touched &touched)
												   { return touched.table_id == change.table_id; });
					   if (changed == tables_.end() ||
						   (changed->lookup != nullptr && !changed->lookup->may_concern(change)))
						   continue;
					   CHECK_FOR_INTERRUPTS();
					   MemoryContext caller = MemoryContextSwitchTo(scratch);
					   Step step = step_of(*changed->table, renderer_, chunk, change);
					   bool before = touches(step.key_before, change.table_id);
					   bool after = touches(step.key_after, change.table_id);
					   bool all = change.action == Action::truncate;
					   truncated |= all;
					   changed->changed_later |= before || after;
					   if (before || after || all)
						   note(chunk, change, *changed->table, before ? step.key_before : step.key_after);
					   MemoryContextSwitchTo(caller);
					   MemoryContextReset(scratch);
				   }
			   });
	bool others =
		std::any_of(tables_.begin(), tables_.end(),
					[this](const Touched &touched) { return touched.changed_later && are_others_by_now(touched); });
	if (others || truncated)
		refuse(transaction_, format("Rows it changed were changed again: %s.", list_of(*transactions)),
			   "Undo these first, the latest one first.");
}

static PresentColumn
column_of(Oid relation, AttrNumber number)
{
	HeapTuple tuple = SearchSysCacheAttNum(relation, number);
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for column %d of relation %u", number, relation);
	auto *form = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
	PresentColumn column = {form->attnum, pstrdup(NameStr(form->attname)), form->atttypid, form->atttypmod, false,
							false};
	ReleaseSysCache(tuple);
	return column;
}

/*
 * Rows that refer to one that is to be deleted, and would be deleted or changed along with it: the transaction did not make
 * them, its own are gone by now.
 */
static void
refuse_referring_rows(uint64 transaction, const Reversal &reversal)
{
	PresentTable &table = *reversal.table;
	Local<Vector<ForeignKey>> keys;
	foreign_keys(table.relation(), *keys);
	for (const ForeignKey &key : *keys)
	{
		if (!changes_rows(key.on_delete))
			continue;
		Local<Vector<const char *>> texts;
		if (!texts_of(table, reversal.step.after, key.referred, *texts))
			continue;
		StringInfoData query;
		initStringInfo(&query);
		const char *child = qualified(key.child);
		appendStringInfo(&query, "SELECT FROM %s WHERE ", child);
		for (std::size_t i = 0; i < key.own.size(); i++)
			appendStringInfo(&query, "%s%s", i == 0 ? "" : " AND ",
							 equals(column_of(key.child, key.own[i]), (*texts)[i]));
		if (SoftTable soft = soft_table(key.child); soft.keeps())
			appendStringInfo(&query, " AND %s IS NULL", quoted(get_attname(key.child, soft.deleted_at, false)));
		appendStringInfoString(&query, " LIMIT 1");
		bool refers = false;
		each_row(query.data, [&refers](const Row &) { refers = true; });
		if (refers)
			refuse(transaction,
				   format("A row of %s refers to the row %s of %s, which it inserted, and would go along.", child,
						  reversal.key == nullptr ? "" : reversal.key, table.name()),
				   "Delete or change the referring rows first.");
	}
}

static void
run_one(uint64 transaction, const Reversal &reversal)
{
	SPIPlanPtr plan = SPI_prepare(reversal.sql, 0, nullptr);
	if (plan == nullptr)
		elog(ERROR, "a statement of dbeng.undo() failed: %s", SPI_result_code_string(SPI_result));
	/* Triggers wait until all is done; but a deletion that keeps its rows is recorded, and followed, at the end of its statement. */
	bool at_once = reversal.step.action == Action::insert && soft_table(reversal.table->relation()).keeps();
	int result = SPI_execute_snapshot(plan, nullptr, nullptr, InvalidSnapshot, InvalidSnapshot, false, at_once, 0);
	if (result < 0)
		elog(ERROR, "a statement of dbeng.undo() failed: %s", SPI_result_code_string(result));
	if (SPI_processed != 1)
		refuse(transaction,
			   format("A row of %s is not any more as it left it%s%s: the statement \"%s\" found %llu rows.",
					  reversal.table->name(), reversal.key == nullptr ? "" : ", ",
					  reversal.key == nullptr ? "" : reversal.key, reversal.sql,
					  static_cast<unsigned long long>(SPI_processed)),
			   "It was changed while its audit was off, or by a trigger.");
	SPI_freeplan(plan);
}

/* Fires the triggers of what was done since AfterTriggerBeginQuery(). */
static void
end_query()
{
	seeing_own_changes(
		[]
		{
			EState *state = CreateExecutorState();
			AfterTriggerEndQuery(state);
			ExecResetTupleTable(state->es_tupleTable, false);
			ExecCloseResultRelations(state);
			FreeExecutorState(state);
		});
}

void
Undo::run()
{
	MemoryContext caller = CurrentMemoryContext;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	int style = pin_value_style();
	pin_reading_of_values();
	AfterTriggerBeginQuery();
	for (const Reversal &reversal : reversals_)
	{
		CHECK_FOR_INTERRUPTS();
		if (reversal.step.action == Action::insert)
			seeing_own_changes([this, &reversal] { refuse_referring_rows(transaction_, reversal); });
		run_one(transaction_, reversal);
		if (reversal.ends_query)
		{
			end_query();
			AfterTriggerBeginQuery();
		}
	}
	restore_value_style(style);
	end_query();
	SPI_finish();
	MemoryContextSwitchTo(caller);
}

static void
undo(FunctionCallInfo fcinfo)
{
	require_audit_reader("dbeng.undo()");
	uint64 transaction = U64FromFullTransactionId(PG_GETARG_FULLTRANSACTIONID(0));
	bool dry_run = PG_GETARG_BOOL(1);
	if (!dry_run)
	{
		PreventCommandDuringRecovery("dbeng.undo()");
		PreventCommandIfReadOnly("dbeng.undo()");
	}
	if (transaction == U64FromFullTransactionId(GetTopFullTransactionIdIfAny()))
		refuse(transaction, "It is this transaction, which has not ended.", "ROLLBACK;");
	Rows rows(fcinfo);
	int style = pin_value_style();
	LogSnapshot snapshot;
	Local<Undo> undo(transaction);
	undo->read();
	undo->refuse_later_changes();
	snapshot.end();
	restore_value_style(style);
	if (!dry_run)
		undo->run();
	for (const Reversal &reversal : undo->reversals())
	{
		rows.oid(reversal.table->relation()).text(reversal.action).json(reversal.key);
		rows.text(format("%s;", reversal.sql));
		rows.end();
	}
}

} // namespace dbeng

SQL_FUNCTION(dbeng_undo)
{
	dbeng::undo(fcinfo);
	return Datum{0};
}
