/*
 * query.hpp: facts that live only behind SQL (pg_stat_statements,
 * pg_hba_file_rules, pg_stat_archiver …), read through SPI.
 *
 * The text is ours, never a user's; it runs read-only, with the search_path
 * pinned to pg_catalog. Errors propagate; a check turns them into "unknown".
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* One row of a result; columns count from 1. Values live until the query ends: copy what must stay. */
class Row
{
  public:
	Row(HeapTuple tuple, TupleDesc columns) : tuple_(tuple), columns_(columns) {}

	bool null(int column) const;
	const char *text(int column) const;		/* NULL for NULL; any type, by its output function */
	int64 integer(int column) const;		/* int2, int4, int8, oid; 0 for NULL */
	double number(int column) const;		/* the above, float8, numeric; NaN for NULL */
	bool flag(int column) const;			/* false for NULL */
	TimestampTz time(int column) const;		/* 0 for NULL */
	const varlena *bytes(int column) const; /* bytea, as stored; NULL for NULL */
	Datum datum(int column) const;			/* of any type, as it is; 0 for NULL */

  private:
	HeapTuple tuple_;
	TupleDesc columns_;
};

/* An argument of a statement: $1, $2 … */
struct Argument
{
	Oid type;
	Datum value;
	bool null;

	static Argument text(const char *value)
	{
		return {TEXTOID, value == nullptr ? Datum{0} : CStringGetTextDatum(value), value == nullptr};
	}
	static Argument bigint(int64 value) { return {INT8OID, Int64GetDatum(value), false}; }
	static Argument integer(int32 value) { return {INT4OID, Int32GetDatum(value), false}; }
	static Argument oid(Oid value) { return {OIDOID, ObjectIdGetDatum(value), false}; }
	static Argument time(TimestampTz value) { return {TIMESTAMPTZOID, TimestampTzGetDatum(value), value == 0}; }
};

class ReadQuery
{
  public:
	/* Runs it at once; all rows are in memory. */
	explicit ReadQuery(const char *sql, std::span<const Argument> arguments = {});

	uint64 rows() const { return rows_; }
	Row row(uint64 i) const;
	/* Must be called in the end (an error does it too). */
	void close();

  private:
	uint64 rows_;
	SPITupleTable *table_;
};

/* Calls visit(const Row &) for each row. */
template <class Visit>
void
each_row(const char *sql, std::span<const Argument> arguments, Visit visit)
{
	ReadQuery query(sql, arguments);
	for (uint64 i = 0; i < query.rows(); i++)
		visit(query.row(i));
	query.close();
}

template <class Visit>
void
each_row(const char *sql, Visit visit)
{
	each_row(sql, {}, visit);
}

/* The same a few hundred rows at a time, for results too large to hold; visit may run queries of its own. */
class BatchedQuery
{
  public:
	BatchedQuery(const char *sql, std::span<const Argument> arguments);

	/* The next rows; false when there are no more. Those of before are freed. */
	bool next();
	uint64 rows() const { return rows_; }
	Row row(uint64 i) const;
	void close();

  private:
	Portal portal_;
	uint64 rows_ = 0;
	SPITupleTable *table_ = nullptr;
};

template <class Visit>
void
each_row_batched(const char *sql, std::span<const Argument> arguments, Visit visit)
{
	BatchedQuery query(sql, arguments);
	while (query.next())
		for (uint64 i = 0; i < query.rows(); i++)
			visit(query.row(i));
	query.close();
}

/* Runs one statement of ours that may write, search_path pinned; returns how many rows it touched. */
uint64 execute(const char *sql, std::span<const Argument> arguments = {});

/* From here on reading sees what this transaction has written; the active snapshot must be the caller's own. */
void see_own_changes();

/* Work that sees what this transaction has written, in a snapshot of its own, whoever's is active. */
template <class Work>
auto
seeing_own_changes(Work work)
{
	PushCopiedSnapshot(GetActiveSnapshot());
	see_own_changes();
	if constexpr (std::is_void_v<decltype(work())>)
	{
		work();
		PopActiveSnapshot();
	}
	else
	{
		auto result = work();
		PopActiveSnapshot();
		return result;
	}
}

/* text[]; NULL pointers become NULLs. */
Argument text_array(std::span<const char *const> values);

/* A setting's value until the end of the caller's GUC nest level. */
void pin_setting(const char *name, const char *value);

/* Runs work; a permission error, a missing object or a catalog that changed under it becomes the returned message. */
const char *guarded(void (*work)(void *context), void *context);

} // namespace dbeng
