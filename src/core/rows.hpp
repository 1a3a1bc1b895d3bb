/*
 * rows.hpp: the result of a set-returning function, row by row.
 *
 *	Rows rows(fcinfo);
 *	rows.text("overall").integer(100).null().end();
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

class Rows
{
  public:
	explicit Rows(FunctionCallInfo fcinfo);

	/* One column each, in order; NULL texts become SQL NULLs. */
	Rows &null();
	Rows &text(const char *value);
	/* A column of type name. */
	Rows &name(const char *value);
	Rows &integer(int32 value);
	Rows &bigint(int64 value);
	Rows &boolean(bool value);
	/* numeric with so many decimals; NaN becomes NULL. */
	Rows &numeric(double value, int decimals);
	/* NaN becomes NULL. */
	Rows &float8(double value);
	/* 0 becomes NULL. */
	Rows &time(TimestampTz value);
	/* Microseconds; negative becomes NULL. */
	Rows &interval(int64 microseconds);
	/* An OID, regclass, regrole …; InvalidOid becomes NULL. */
	Rows &oid(Oid value);
	/* int[] */
	Rows &integers(std::span<const int32> values);
	/* bigint[] */
	Rows &bigints(std::span<const int64> values);
	/* name[]; text[], NULL pointers become NULLs. */
	Rows &names(std::span<const char *const> values);
	Rows &texts(std::span<const char *const> values);
	/* jsonb of a JSON text. */
	Rows &json(const char *value);
	/* What is of the column's type already; it must live until end(). */
	Rows &datum(Datum value, bool null = false);
	/* The row is complete. */
	void end();

	/* Memory for the row being built; emptied by end(). */
	MemoryContext context() const { return context_; }

  private:
	Rows &put(Datum value);

	ReturnSetInfo *result_;
	MemoryContext context_;
	Datum *values_;
	bool *nulls_;
	int column_ = 0;
};

/* A row put together by show(), whose texts vanish with it. */
template <class Show>
void
in_row(Rows &rows, Show show)
{
	CHECK_FOR_INTERRUPTS();
	MemoryContext caller = MemoryContextSwitchTo(rows.context());
	show();
	MemoryContextSwitchTo(caller);
	rows.end();
}

} // namespace dbeng
