#include "catalog/naming.hpp"
#include "core/settings.hpp"
#include "schema/columns.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	each_own_column(catalog,
					[&](const RelationEntry &table, const ColumnEntry &column)
					{
						Oid type = catalog.base_type(column.type);
						if (type != CASHOID && (type != NUMERICOID || !names_money(column.name)))
							return;
						verdict.judged();
						if (type != CASHOID)
							return;
						verdict.failed(
							Subject(table, column),
							[&catalog, &table, &column](Finding &finding)
							{
								finding.message(
									"money has no currency and as many decimals as lc_monetary (now \"%s\") says: "
									"the same amount reads differently on another server%s",
									setting("lc_monetary"), rewrite_note(catalog, table));
								if (column.type == CASHOID && type_can_change(catalog, table, column) &&
									quick_to_rewrite(catalog, table))
									finding.fix("ALTER TABLE %s ALTER COLUMN %s TYPE numeric USING %s::numeric",
												full_name(table), quoted(column.name), quoted(column.name));
							});
					});
}

CHECK(typ_money){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Type money",
	.rationale =
		"The number of decimals and the currency sign of money come from lc_monetary: a dump restored under another "
		"setting holds other amounts. numeric, with the currency in a column of its own, does not change.",
	.reference = "https://www.postgresql.org/docs/current/datatype-money.html",
	.judge = judge,
};

} // namespace dbeng
