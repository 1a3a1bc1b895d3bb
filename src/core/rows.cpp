#include "core/rows.hpp"
#include "core/query.hpp"

namespace dbeng {

Rows::Rows(FunctionCallInfo fcinfo)
{
	InitMaterializedSRF(fcinfo, 0);
	result_ = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
	context_ = AllocSetContextCreate(CurrentMemoryContext, "dbeng row", ALLOCSET_DEFAULT_SIZES);
	auto columns = static_cast<std::size_t>(result_->setDesc->natts);
	values_ = static_cast<Datum *>(palloc0(columns * sizeof(Datum)));
	nulls_ = static_cast<bool *>(palloc0(columns * sizeof(bool)));
}

Rows &
Rows::put(Datum value)
{
	if (column_ >= result_->setDesc->natts)
		elog(ERROR, "more values than the result has columns");
	values_[column_] = value;
	nulls_[column_] = false;
	column_++;
	return *this;
}

Rows &
Rows::null()
{
	put(Datum{0});
	nulls_[column_ - 1] = true;
	return *this;
}

Rows &
Rows::text(const char *value)
{
	if (value == nullptr)
		return null();
	MemoryContext caller = MemoryContextSwitchTo(context_);
	put(CStringGetTextDatum(value));
	MemoryContextSwitchTo(caller);
	return *this;
}

Rows &
Rows::name(const char *value)
{
	if (value == nullptr)
		return null();
	return put(DirectFunctionCall1(namein, CStringGetDatum(value)));
}

Rows &
Rows::integer(int32 value)
{
	return put(Int32GetDatum(value));
}

Rows &
Rows::bigint(int64 value)
{
	MemoryContext caller = MemoryContextSwitchTo(context_);
	put(Int64GetDatum(value));
	MemoryContextSwitchTo(caller);
	return *this;
}

Rows &
Rows::boolean(bool value)
{
	return put(BoolGetDatum(value));
}

Rows &
Rows::numeric(double value, int decimals)
{
	if (!std::isfinite(value))
		return null();
	MemoryContext caller = MemoryContextSwitchTo(context_);
	put(NumericGetDatum(int64_div_fast_to_numeric(std::llround(value * std::pow(10.0, decimals)), decimals)));
	MemoryContextSwitchTo(caller);
	return *this;
}

Rows &
Rows::float8(double value)
{
	if (std::isnan(value))
		return null();
	MemoryContext caller = MemoryContextSwitchTo(context_);
	put(Float8GetDatum(value));
	MemoryContextSwitchTo(caller);
	return *this;
}

Rows &
Rows::time(TimestampTz value)
{
	if (value == 0)
		return null();
	MemoryContext caller = MemoryContextSwitchTo(context_);
	put(TimestampTzGetDatum(value));
	MemoryContextSwitchTo(caller);
	return *this;
}

Rows &
Rows::interval(int64 microseconds)
{
	if (microseconds < 0)
		return null();
	auto *value = static_cast<Interval *>(MemoryContextAllocZero(context_, sizeof(Interval)));
	value->time = microseconds;
	return put(IntervalPGetDatum(value));
}

Rows &
Rows::oid(Oid value)
{
	return OidIsValid(value) ? put(ObjectIdGetDatum(value)) : null();
}

Rows &
Rows::integers(std::span<const int32> values)
{
	MemoryContext caller = MemoryContextSwitchTo(context_);
	auto *elements = static_cast<Datum *>(palloc(values.size() * sizeof(Datum) + 1));
	for (std::size_t i = 0; i < values.size(); i++)
		elements[i] = Int32GetDatum(values[i]);
	ArrayType *array =
		construct_array(elements, static_cast<int>(values.size()), INT4OID, sizeof(int32), true, TYPALIGN_INT);
	put(PointerGetDatum(array));
	MemoryContextSwitchTo(caller);
	return *this;
}

Rows &
Rows::bigints(std::span<const int64> values)
{
	MemoryContext caller = MemoryContextSwitchTo(context_);
	auto *elements = static_cast<Datum *>(palloc(values.size() * sizeof(Datum) + 1));
	for (std::size_t i = 0; i < values.size(); i++)
		elements[i] = Int64GetDatum(values[i]);
	put(PointerGetDatum(construct_array(elements, static_cast<int>(values.size()), INT8OID, sizeof(int64),
										FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
	MemoryContextSwitchTo(caller);
	return *this;
}

Rows &
Rows::names(std::span<const char *const> values)
{
	MemoryContext caller = MemoryContextSwitchTo(context_);
	auto *elements = static_cast<Datum *>(palloc(values.size() * sizeof(Datum) + 1));
	for (std::size_t i = 0; i < values.size(); i++)
		elements[i] = DirectFunctionCall1(namein, CStringGetDatum(values[i]));
	ArrayType *array =
		construct_array(elements, static_cast<int>(values.size()), NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR);
	put(PointerGetDatum(array));
	MemoryContextSwitchTo(caller);
	return *this;
}

Rows &
Rows::texts(std::span<const char *const> values)
{
	MemoryContext caller = MemoryContextSwitchTo(context_);
	put(text_array(values).value);
	MemoryContextSwitchTo(caller);
	return *this;
}

Rows &
Rows::json(const char *value)
{
	if (value == nullptr)
		return null();
	MemoryContext caller = MemoryContextSwitchTo(context_);
	put(DirectFunctionCall1(jsonb_in, CStringGetDatum(value)));
	MemoryContextSwitchTo(caller);
	return *this;
}

Rows &
Rows::datum(Datum value, bool null)
{
	return null ? this->null() : put(value);
}

void
Rows::end()
{
	if (column_ != result_->setDesc->natts)
		elog(ERROR, "%d values for a result of %d columns", column_, result_->setDesc->natts);
	tuplestore_putvalues(result_->setResult, result_->setDesc, values_, nulls_);
	column_ = 0;
	MemoryContextReset(context_);
}

} // namespace dbeng
