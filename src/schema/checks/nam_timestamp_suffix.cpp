#include "schema/columns.hpp"
#include "schema/house_style.hpp"

namespace dbeng {

static bool
is_moment(const Catalog &catalog, const RelationEntry &, const ColumnEntry &column)
{
	Oid type = catalog.base_type(column.type);
	return type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

static bool
ends_in_at(const ColumnEntry &column)
{
	return strcmp(Words(column.name).last(), "at") == 0;
}

static bool
fails(const Catalog &catalog, const RelationEntry &table, const ColumnEntry &column)
{
	return is_moment(catalog, table, column) && !sounds_like_time(column.name);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Habits habits;
	each_own_column(catalog,
					[&](const RelationEntry &table, const ColumnEntry &column)
					{
						if (is_moment(catalog, table, column))
							count_habit(habits, table.schema, ends_in_at(column));
					});
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		auto habit = habits->find(table.schema);
		if (habit == habits->end() || !habit->second.is_style() || framework_table(table))
			continue;
		bool moment = false;
		bool failed = false;
		for (const ColumnEntry &column : table.columns)
		{
			moment = moment || (is_own(column) && is_moment(catalog, table, column));
			failed = failed || (is_own(column) && fails(catalog, table, column));
		}
		if (!moment)
			continue;
		verdict.judged();
		if (failed)
			verdict.failed(table,
						   [&catalog, &table, style = habit->second](Finding &finding)
						   {
							   FailingColumns columns{catalog, table, fails};
							   finding.message("%s: no _at, which %lld of the schema's %lld timestamp columns have",
											   columns.names(), static_cast<long long>(style.followed),
											   static_cast<long long>(style.all));
							   columns.evidence(finding);
						   });
	}
}

CHECK(nam_timestamp_suffix){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Timestamp columns named unlike the others",
	.rationale =
		"published may be a yes or a moment; published_at is a moment. Judged where nine in ten of at least ten timestamp "
		"columns of a schema end in _at; names that speak of time in another way (valid_until) are left alone.",
	.judge = judge,
};

} // namespace dbeng
