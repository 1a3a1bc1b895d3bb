#include "catalog/naming.hpp"
#include "catalog/words.hpp"
#include "unit/check.hpp"

namespace dbeng {

static bool
is_in(const IndexEntry &key, AttrNumber number)
{
	for (const IndexKey &part : key.key())
		if (part.column == number)
			return true;
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
	{
		const IndexEntry *key = table.primary_key();
		if (key == nullptr || table.inherits || framework_table(table))
			continue;
		verdict.judged();
		if (is_in(*key, table.columns.front().number))
			continue;
		verdict.failed(table,
					   [&table, key](Finding &finding)
					   {
						   const ColumnEntry *first = table.column(key->keys[0].column);
						   int before = 0;
						   while (before < static_cast<int>(table.columns.size()) &&
								  !is_in(*key, table.columns[static_cast<std::size_t>(before)].number))
							   before++;
						   finding.message("%d column%s before %s, the first of the primary key", before,
										   before == 1 ? " comes" : "s come", quoted(first->name));
						   finding.evidence("primary_key", first->name);
						   finding.evidence("columns_before", before);
					   });
	}
}

CHECK(sch_pk_not_first){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Primary key that is not the first column",
	.rationale = "Readers, \\d and SELECT * expect the key first. Judged for every table with a primary key; one of a "
				 "composite key's columns in the first place is enough.",
	.judge = judge,
};

} // namespace dbeng
