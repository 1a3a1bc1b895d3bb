#include "catalog/naming.hpp"
#include "schema/columns.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	each_own_column(catalog,
					[&](const RelationEntry &table, const ColumnEntry &column)
					{
						if (column.type != TIMESTAMPOID && column.type != TIMESTAMPTZOID)
							return;
						verdict.judged();
						if (column.typmod != 0)
							return;
						verdict.failed(
							Subject(table, column),
							[&catalog, &table, &column](Finding &finding)
							{
								const char *type = column.type == TIMESTAMPOID ? "timestamp" : "timestamptz";
								finding.message(
									"%s(0) rounds to the nearest second: half of all values stored from a clock "
									"lie up to 0.5 s in the future",
									type);
								/* More precision only changes the definition; nothing is rewritten. */
								if (type_can_change(catalog, table, column))
									finding.fix("ALTER TABLE %s ALTER COLUMN %s TYPE %s", full_name(table),
												quoted(column.name), type);
							});
					});
}

CHECK(typ_timestamp_precision0){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Timestamp that rounds to seconds",
	.rationale =
		"timestamp(0) and timestamptz(0) do not cut the fraction off, they round it: a row can be stored as created "
		"half a second from now. Keep the full precision and use date_trunc('second', ...) where whole seconds are shown.",
	.reference = "https://www.postgresql.org/docs/current/datatype-datetime.html",
	.judge = judge,
};

} // namespace dbeng
