/*
 * bloat.cpp: dbeng.bloat().
 */
#include "bloat/measure.hpp"
#include "bloat/remedy.hpp"
#include "core/access.hpp"
#include "core/rows.hpp"
#include "core/session.hpp"
#include "core/text.hpp"

namespace dbeng {

namespace {

/* The model of the database, read when the first row may need a remedy. */
class Advice
{
  public:
	explicit Advice(Oid asked) : asked_(asked) {}

	const char *fix(const Bloat &row);
	const char *holder(const Bloat &row);

  private:
	static constexpr double worth_reindexing = 10.0 * 1024 * 1024;

	void load();
	const char *index_fix(const Bloat &row);

	Oid asked_; /* whose TOAST table may be told under its own name */
	const Catalog *catalog_ = nullptr;
	Remedies *remedies_ = nullptr;
};

} // namespace

void
Advice::load()
{
	if (catalog_ != nullptr)
		return;
	catalog_ = &load_catalog();
	remedies_ = static_cast<Remedies *>(palloc(sizeof(Remedies)));
	::new (static_cast<void *>(remedies_)) Remedies(*catalog_);
}

const char *
Advice::index_fix(const Bloat &row)
{
	Worth worth = {.percent = 30, .bytes = worth_reindexing};
	if (const IndexEntry *index = catalog_->index(row.relation))
		return remedy_text(remedies_->of_index(*index, std::llround(row.total), std::llround(row.bloat()), worth));
	/* The model has no indexes of TOAST tables. */
	if (row.bloat() < worth.bytes || row.percent() < worth.percent)
		return nullptr;
	return format("REINDEX INDEX CONCURRENTLY %s;", qualified(row.relation));
}

/* As long as the error leaves no doubt that it is worth it. */
const char *
Advice::fix(const Bloat &row)
{
	double removable = row.dead - row.held;
	if (row.total < BLCKSZ * 64.0 || std::max(row.bloat(), removable) < row.total / 20)
		return nullptr;
	if (row.percent() < row.error_percent() && removable < row.total / 10)
		return nullptr;
	load();
	if (strcmp(row.kind, "index") == 0)
		return index_fix(row);
	const RelationEntry *table = catalog_->relation(row.relation);
	bool toast = strcmp(row.kind, "toast") == 0;
	if (toast && table == nullptr)
		table = catalog_->relation(asked_);
	if (table == nullptr || table->standing == Standing::temporary)
		return nullptr;
	TableState state = {};
	state.table = table;
	state.toast = toast;
	state.bytes = std::llround(row.total);
	state.bloat_bytes = std::llround(row.bloat());
	state.dead_bytes = std::llround(removable);
	state.rows = row.rows;
	state.dead_rows = row.dead_rows;
	return remedy_text(remedies_->of_table(state));
}

/* Who needs dead rows still, in a few words. */
const char *
Advice::holder(const Bloat &row)
{
	if (row.held < row.total / 100 || row.held < BLCKSZ)
		return nullptr;
	load();
	const char *name = remedies_->oldest_holder();
	return format("%s of deleted rows are needed by %s still: VACUUM and rewrites keep them",
				  size(std::llround(row.held)), name == nullptr ? "this session" : name);
}

static int64
blocks_argument(FunctionCallInfo fcinfo, int number)
{
	if (PG_ARGISNULL(number))
		return -1;
	int32 blocks = PG_GETARG_INT32(number);
	if (blocks < 1)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid value for \"max_blocks\": %d", blocks),
				errdetail("It is the number of blocks that are read of a relation at most."),
				errhint("Give at least 1; NULL reads all of them."));
	return blocks;
}

/* What a reader of the figures has to know, all of it. */
static const char *
note(const Bloat &row, Advice &advice)
{
	Local<SmallVector<const char *, 4>> parts;
	if (row.corrupt > 0)
		parts->push_back(format("%s block%s could not be read", grouped(row.corrupt), row.corrupt == 1 ? "" : "s"));
	if (row.not_read > 0)
		parts->push_back(format("not counted: %s of %s", grouped(row.not_read), row.method));
	if (row.gave_way)
		parts->push_back("ended early: another session waits for a lock on it");
	if (const char *holder = row.known() ? advice.holder(row) : nullptr)
		parts->push_back(holder);
	const char *text = nullptr;
	for (const char *part : *parts)
		text = text == nullptr ? part : format("%s; %s", text, part);
	return text;
}

static void
put_bytes(Rows &rows, double bytes)
{
	rows.bigint(std::llround(std::max(bytes, 0.0)));
}

static void
show(Rows &rows, const Bloat &row, Advice &advice)
{
	rows.oid(row.relation).text(row.kind);
	if (!row.known())
	{
		for (int column = 0; column < 6; column++)
			rows.null();
		rows.bigint(row.blocks_read).null().null().null().text(note(row, advice)).end();
		return;
	}
	put_bytes(rows, row.total);
	put_bytes(rows, row.bloat());
	rows.numeric(row.percent(), 2).numeric(row.error_percent(), 2);
	put_bytes(rows, row.free);
	put_bytes(rows, row.dead);
	rows.bigint(row.blocks_read).text(row.exact ? "exact" : "sample").text(advice.fix(row));
	put_bytes(rows, row.dead - row.held);
	rows.text(note(row, advice)).end();
}

static void
show_bloat(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.bloat");
	Oid relation = PG_GETARG_OID(0);
	int64 most = blocks_argument(fcinfo, 1);
	Rows rows(fcinfo);
	Session session;
	Local<Vector<Bloat>> found;
	measure_bloat(relation, most, *found);
	Local<Advice> advice(relation);
	for (const Bloat &row : *found)
		show(rows, row, *advice);
	session.end();
}

} // namespace dbeng

SQL_FUNCTION(dbeng_bloat)
{
	if (!PG_ARGISNULL(0))
		dbeng::show_bloat(fcinfo);
	else
		dbeng::Rows rows(fcinfo);
	return Datum{0};
}
