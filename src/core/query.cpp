#include "core/query.hpp"

namespace dbeng {

static Datum
value(HeapTuple tuple, TupleDesc columns, int column, bool &null)
{
	return SPI_getbinval(tuple, columns, column, &null);
}

bool
Row::null(int column) const
{
	bool null;
	value(tuple_, columns_, column, null);
	return null;
}

const char *
Row::text(int column) const
{
	return SPI_getvalue(tuple_, columns_, column);
}

int64
Row::integer(int column) const
{
	bool null;
	Datum datum = value(tuple_, columns_, column, null);
	if (null)
		return 0;
	switch (SPI_gettypeid(columns_, column))
	{
		case INT2OID:
			return DatumGetInt16(datum);
		case INT4OID:
			return DatumGetInt32(datum);
		case INT8OID:
			return DatumGetInt64(datum);
		case OIDOID:
		case XIDOID:
			return DatumGetObjectId(datum);
		default:
			elog(ERROR, "column %d of a query is no integer", column);
	}
}

double
Row::number(int column) const
{
	bool null;
	Datum datum = value(tuple_, columns_, column, null);
	if (null)
		return std::numeric_limits<double>::quiet_NaN();
	switch (SPI_gettypeid(columns_, column))
	{
		case FLOAT4OID:
			return DatumGetFloat4(datum);
		case FLOAT8OID:
			return DatumGetFloat8(datum);
		case NUMERICOID:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, datum));
		default:
			return static_cast<double>(integer(column));
	}
}

bool
Row::flag(int column) const
{
	bool null;
	Datum datum = value(tuple_, columns_, column, null);
	return !null && DatumGetBool(datum);
}

TimestampTz
Row::time(int column) const
{
	bool null;
	Datum datum = value(tuple_, columns_, column, null);
	return null ? 0 : DatumGetTimestampTz(datum);
}

const varlena *
Row::bytes(int column) const
{
	bool null;
	Datum datum = value(tuple_, columns_, column, null);
	return null ? nullptr : reinterpret_cast<const varlena *>(DatumGetPointer(datum));
}

Datum
Row::datum(int column) const
{
	bool null;
	return value(tuple_, columns_, column, null);
}

namespace {
/* SPI's form of arguments. Built in the caller's memory: SPI_connect() changes the current context. */
class SpiArguments
{
  public:
	explicit SpiArguments(std::span<const Argument> arguments)
	{
		for (const Argument &argument : arguments)
		{
			types_->push_back(argument.type);
			values_->push_back(argument.value);
			nulls_->push_back(argument.null ? 'n' : ' ');
		}
	}
	int run(const char *sql, bool read_only)
	{
		return SPI_execute_with_args(sql, static_cast<int>(types_->size()), types_->data(), values_->data(),
									 nulls_->data(), read_only, 0);
	}
	Portal open(const char *sql)
	{
		return SPI_cursor_open_with_args(nullptr, sql, static_cast<int>(types_->size()), types_->data(),
										 values_->data(), nulls_->data(), true, 0);
	}

  private:
	Local<Vector<Oid>> types_;
	Local<Vector<Datum>> values_;
	Local<Vector<char>> nulls_;
};
} // namespace

ReadQuery::ReadQuery(const char *sql, std::span<const Argument> arguments)
{
	SpiArguments converted(arguments);
	MemoryContext caller = CurrentMemoryContext;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	int level = NewGUCNestLevel();
	pin_setting("search_path", "pg_catalog, pg_temp");
	int result = arguments.empty() ? SPI_execute(sql, true, 0) : converted.run(sql, true);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "a query of dbeng failed: %s", SPI_result_code_string(result));
	AtEOXact_GUC(true, level);
	rows_ = SPI_processed;
	table_ = SPI_tuptable;
	/* What the reader of the rows makes of them is his, not the query's. */
	MemoryContextSwitchTo(caller);
}

Row
ReadQuery::row(uint64 i) const
{
	return {table_->vals[i], table_->tupdesc};
}

void
ReadQuery::close()
{
	MemoryContext caller = CurrentMemoryContext;
	SPI_finish();
	MemoryContextSwitchTo(caller);
}

BatchedQuery::BatchedQuery(const char *sql, std::span<const Argument> arguments)
{
	MemoryContext caller = CurrentMemoryContext;
	SpiArguments converted(arguments);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	int level = NewGUCNestLevel();
	pin_setting("search_path", "pg_catalog, pg_temp");
	portal_ = converted.open(sql);
	AtEOXact_GUC(true, level);
	MemoryContextSwitchTo(caller);
}

bool
BatchedQuery::next()
{
	MemoryContext caller = CurrentMemoryContext;
	if (table_ != nullptr)
		SPI_freetuptable(table_);
	SPI_cursor_fetch(portal_, true, 500);
	rows_ = SPI_processed;
	table_ = SPI_tuptable;
	MemoryContextSwitchTo(caller);
	return rows_ > 0;
}

Row
BatchedQuery::row(uint64 i) const
{
	return {table_->vals[i], table_->tupdesc};
}

void
BatchedQuery::close()
{
	MemoryContext caller = CurrentMemoryContext;
	SPI_cursor_close(portal_);
	SPI_finish();
	MemoryContextSwitchTo(caller);
}

uint64
execute(const char *sql, std::span<const Argument> arguments)
{
	MemoryContext caller = CurrentMemoryContext;
	SpiArguments converted(arguments);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	int level = NewGUCNestLevel();
	pin_setting("search_path", "pg_catalog, pg_temp");
	int result = converted.run(sql, false);
	if (result < 0)
		elog(ERROR, "a statement of dbeng failed: %s", SPI_result_code_string(result));
	uint64 rows = SPI_processed;
	AtEOXact_GUC(true, level);
	SPI_finish();
	MemoryContextSwitchTo(caller);
	return rows;
}

void
see_own_changes()
{
	CommandCounterIncrement();
	UpdateActiveSnapshotCommandId();
}

Argument
text_array(std::span<const char *const> values)
{
	auto *datums = static_cast<Datum *>(palloc(values.size() * sizeof(Datum) + 1));
	auto *nulls = static_cast<bool *>(palloc(values.size() + 1));
	for (std::size_t i = 0; i < values.size(); i++)
	{
		nulls[i] = values[i] == nullptr;
		datums[i] = nulls[i] ? Datum{0} : CStringGetTextDatum(values[i]);
	}
	auto length = static_cast<int>(values.size());
	int lower = 1;
	ArrayType *array = construct_md_array(datums, nulls, 1, &length, &lower, TEXTOID, -1, false, TYPALIGN_INT);
	return {TEXTARRAYOID, PointerGetDatum(array), false};
}

void
pin_setting(const char *name, const char *value)
{
	set_config_option(name, value, superuser() ? PGC_SUSET : PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
					  false);
}

/* Does the error say something of what was looked at, not of the looking? */
static bool
tells_unknown(int code)
{
	switch (code)
	{
		case ERRCODE_INTERNAL_ERROR:
		case ERRCODE_DATA_CORRUPTED:
		case ERRCODE_INDEX_CORRUPTED:
		case ERRCODE_UNDEFINED_FILE:
		case ERRCODE_UNDEFINED_SCHEMA:
		case ERRCODE_UNDEFINED_DATABASE:
		case ERRCODE_OBJECT_IN_USE:
		case ERRCODE_LOCK_NOT_AVAILABLE:
		/* "must be loaded via shared_preload_libraries", "recovery is in progress" */
		case ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE:
			return true;
		default:
			break;
	}
	/* What is not there or not allowed; an extension's view with other columns than ours; a pattern in a threshold. */
	return ERRCODE_TO_CATEGORY(code) == ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION ||
		   ERRCODE_TO_CATEGORY(code) == ERRCODE_DATA_EXCEPTION;
}

static bool
starts_with(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* The server's words for an object that was dropped between two looks at it. */
static bool
tells_dropped(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_INTERNAL_ERROR &&
		   (starts_with(error->message, "cache lookup failed") || starts_with(error->message, "could not find") ||
			starts_with(error->message, "could not open relation with OID"));
}

const char *
guarded(void (*work)(void *context), void *context)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData *volatile failure = nullptr;

	BeginInternalSubTransaction(nullptr);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		work(context);
		MemoryContextSwitchTo(caller);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		failure = CopyErrorData();
		FlushErrorState();
		/* Also before the error goes on: whoever catches it takes the innermost subtransaction for his. */
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;

	if (failure == nullptr)
		return nullptr;
	ErrorData *error = failure;
	if (!tells_unknown(error->sqlerrcode))
		ReThrowError(error);
	if (error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
		return psprintf("another session has locked what it reads: %s", error->message);
	return tells_dropped(error) ? psprintf("the catalogs changed while it was judged: %s", error->message)
								: error->message;
}

} // namespace dbeng
