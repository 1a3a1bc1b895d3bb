/*
 * bloat.cpp: dbeng.bloat().
 */
#include "bloat/measure.hpp"
#include "core/access.hpp"
#include "core/rows.hpp"
#include "core/session.hpp"
#include "core/text.hpp"

namespace dbeng {

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

static const char *
note(const Bloat &row)
{
	if (row.corrupt > 0)
		return format("%s block%s could not be read", grouped(row.corrupt), row.corrupt == 1 ? "" : "s");
	if (row.not_read > 0)
		return format("not counted: %s of %s", grouped(row.not_read), row.method);
	if (row.gave_way)
		return "ended early: another session waits for a lock on it";
	return nullptr;
}

static void
put_bytes(Rows &rows, double bytes)
{
	rows.bigint(std::llround(std::max(bytes, 0.0)));
}

static void
show(Rows &rows, const Bloat &row)
{
	rows.oid(row.relation).text(row.kind);
	if (!row.known())
	{
		for (int column = 0; column < 6; column++)
			rows.null();
		rows.bigint(row.blocks_read).null().null().null().text(note(row)).end();
		return;
	}
	put_bytes(rows, row.total);
	put_bytes(rows, row.bloat());
	rows.numeric(row.percent(), 2).numeric(row.error_percent(), 2);
	put_bytes(rows, row.free);
	put_bytes(rows, row.dead);
	rows.bigint(row.blocks_read).text(row.exact ? "exact" : "sample").null();
	put_bytes(rows, row.dead - row.held);
	rows.text(note(row)).end();
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
	for (const Bloat &row : *found)
		show(rows, row);
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
