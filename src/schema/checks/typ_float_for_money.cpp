#include "catalog/naming.hpp"
#include "schema/columns.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	each_own_column(
		catalog,
		[&](const RelationEntry &table, const ColumnEntry &column)
		{
			Oid type = catalog.base_type(column.type);
			bool inexact = type == FLOAT4OID || type == FLOAT8OID;
			if ((!inexact && type != NUMERICOID && type != INT8OID && type != INT4OID) || !names_money(column.name))
				return;
			verdict.judged();
			if (!inexact)
				return;
			verdict.failed(Subject(table, column),
						   [&catalog, &table, &column, type](Finding &finding)
						   {
							   finding.message(
								   "looks like an amount of money and is %s: sums are off by rounding, and 0.10 "
								   "cannot be stored%s",
								   type == FLOAT4OID ? "real" : "double precision", rewrite_note(catalog, table));
							   finding.evidence("type", type == FLOAT4OID ? "real" : "double precision");
							   /* By way of text: the shortest decimal that stands for the stored value, no digit lost. */
							   if (column.type == type && type_can_change(catalog, table, column) &&
								   quick_to_rewrite(catalog, table))
								   finding.fix("ALTER TABLE %s ALTER COLUMN %s TYPE numeric USING %s::text::numeric",
											   full_name(table), quoted(column.name), quoted(column.name));
						   });
		});
}

CHECK(typ_float_for_money){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Money in a floating-point column",
	.rationale =
		"Binary floating point has no 0.10: totals drift by cents, and equal amounts compare unequal. numeric, or whole "
		"cents in bigint, is exact. Judged by the column's name; rates, factors and averages are left alone.",
	.reference = "https://www.postgresql.org/docs/current/datatype-numeric.html",
	.judge = judge,
};

} // namespace dbeng
