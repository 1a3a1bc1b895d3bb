#include "schema/samples.hpp"

namespace dbeng {

static void
count(Sample &sample, std::string_view value, ValueTest test)
{
	while (!value.empty() && value.back() == ' ')
		value.remove_suffix(1);
	if (value.empty())
		return;
	sample.values++;
	if (test(value))
		sample.passed++;
}

static void
count_integer(Sample &sample, int64 value, ValueTest test)
{
	char digits[32];
	int length = pg_lltoa(value, digits);
	count(sample, {digits, static_cast<std::size_t>(length)}, test);
}

static void
count_slot(Sample &sample, HeapTuple tuple, int kind, ValueTest test)
{
	AttStatsSlot slot;
	if (!get_attstatsslot(&slot, tuple, kind, InvalidOid, ATTSTATSSLOT_VALUES))
		return;
	Oid type = getBaseType(slot.valuetype);
	for (int i = 0; i < slot.nvalues; i++)
	{
		Datum value = slot.values[i];
		switch (type)
		{
			case TEXTOID:
			case VARCHAROID:
			case BPCHAROID:
			{
				const text *string = DatumGetTextPP(value);
				count(sample, {VARDATA_ANY(string), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(string))}, test);
				break;
			}
			case INT2OID:
				count_integer(sample, DatumGetInt16(value), test);
				break;
			case INT4OID:
				count_integer(sample, DatumGetInt32(value), test);
				break;
			case INT8OID:
				count_integer(sample, DatumGetInt64(value), test);
				break;
			default:
				break;
		}
	}
	free_attstatsslot(&slot);
}

Sample
sampled_values(const RelationEntry &table, const ColumnEntry &column, ValueTest test)
{
	Sample sample;
	if (column.statistics == nullptr)
		return sample;
	HeapTuple tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(table.oid), Int16GetDatum(column.number),
									  BoolGetDatum(table.kind == RELKIND_PARTITIONED_TABLE));
	if (!HeapTupleIsValid(tuple))
		return sample;
	count_slot(sample, tuple, STATISTIC_KIND_MCV, test);
	count_slot(sample, tuple, STATISTIC_KIND_HISTOGRAM, test);
	ReleaseSysCache(tuple);
	return sample;
}

} // namespace dbeng
