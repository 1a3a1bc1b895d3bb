#include "catalog/words.hpp"
#include "unit/check.hpp"

namespace dbeng {

/*
 * As long as a name can be, so probably cut off; unless a program made it that
 * knew the limit: the server itself ends generated names in _idx, _fkey …, Entity
 * Framework in a tilde, Rails refuses longer ones than index_…_on_…, and others
 * put a hash into them.
 */
static bool
looks_cut(const char *name)
{
	static constexpr const char *generated[] = {"check",	"excl", "fk", "fkey", "idx", "key",
												"not_null", "null", "pk", "pkey", "seq", "uniq"};
	if (strlen(name) != NAMEDATALEN - 1)
		return false;
	Words words(name);
	char last[NAMEDATALEN];
	std::size_t length = strlen(words.last());
	memcpy(last, words.last(), length + 1);
	while (length > 0 && isdigit(static_cast<unsigned char>(last[length - 1])))
		last[--length] = '\0';
	if (strchr(name, '~') != nullptr || one_of(last, generated))
		return false;
	if (strcmp(words.first(), "index") == 0 && words.has("on"))
		return false;
	for (int i = 0; i < words.count(); i++)
	{
		const char *word = words.word(i);
		if (strlen(word) >= 6 && strspn(word, "0123456789abcdef") == strlen(word))
			return false;
	}
	return true;
}

static void
report(Verdict &verdict, const Subject &subject, const char *name)
{
	verdict.judged();
	if (looks_cut(name))
		verdict.failed(
			subject,
			[](Finding &finding)
			{
				finding.message(
					"%d bytes long, the most a name can have: probably cut off, and a second one that begins "
					"the same would clash",
					NAMEDATALEN - 1);
				finding.evidence("bytes", NAMEDATALEN - 1);
			});
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &relation : catalog.own_relations())
	{
		CHECK_FOR_INTERRUPTS();
		if (relation.partition || framework_table(relation))
			continue;
		report(verdict, relation, relation.name);
		if (!relation.is_table())
			continue;
		for (const ColumnEntry &column : relation.columns)
			if (looks_cut(column.name) && (column.local || !column.inherited))
				report(verdict, Subject(relation, column), column.name);
	}
	for (const IndexEntry &index : catalog.own_indexes())
		if (index.constraint == nullptr && index.parent == nullptr && !index.table->partition)
			report(verdict, index, index.name);
	for (const ConstraintEntry &constraint : catalog.own_constraints())
		if (!constraint.table->partition && constraint.local)
			report(verdict, constraint, constraint.name);
}

CHECK(nam_truncated){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Name that was probably cut off",
	.rationale =
		"The server cuts longer names to 63 bytes with no more than a notice. Code that uses the long name goes on working "
		"until another one is cut to the same. Names that programs shorten on purpose are left alone.",
	.reference = "https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS",
	.judge = judge,
};

} // namespace dbeng
