#include "catalog/naming.hpp"
#include "core/query.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* Calls visit(index, collation) once for every collation that decides an index's order. */
template <class Visit>
static void
each_ordered_index(const Catalog &catalog, Visit visit)
{
	for (const IndexEntry &index : catalog.own_indexes())
	{
		if (index.method == HASH_AM_OID || index.partitioned)
			continue;
		std::span<const IndexKey> parts = index.key();
		for (std::size_t i = 0; i < parts.size(); i++)
		{
			Oid collation = parts[i].collation;
			bool repeated = std::any_of(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(i),
										[collation](const IndexKey &part) { return part.collation == collation; });
			if (OidIsValid(collation) && collation != C_COLLATION_OID && !repeated)
				visit(index, collation);
		}
	}
}

namespace {
struct Use
{
	Oid collation;
	int indexes;
};
} // namespace

namespace {
struct Versions
{
	const char *recorded;
	const char *actual;
};
} // namespace

static Versions
versions(Oid collation)
{
	Versions found = {};

	each_row(collation == DEFAULT_COLLATION_OID
				 ? "SELECT datcollversion, pg_database_collation_actual_version(oid) FROM pg_database "
				   "WHERE datname = current_database()"
				 : format("SELECT collversion, pg_collation_actual_version(oid) FROM pg_collation WHERE oid = %u",
						  collation),
			 [&found](const Row &row)
			 {
				 if (!row.null(1) && !row.null(2))
					 found = {pstrdup(row.text(1)), pstrdup(row.text(2))};
			 });
	return found;
}

static const CollationEntry *
entry_of(const Catalog &catalog, Oid collation)
{
	for (const CollationEntry &entry : catalog.collations)
		if (entry.oid == collation)
			return &entry;
	return nullptr;
}

static void
describe(const Catalog &catalog, const Use &use, const Versions &version, Finding &finding)
{
	constexpr int most_statements = 20;
	const CollationEntry *entry = entry_of(catalog, use.collation);

	finding.message(
		"recorded with version %s, but the server's libraries now have %s: %s that it orders may be corrupt",
		version.recorded, version.actual, use.indexes == 1 ? "1 index" : format("%s indexes", grouped(use.indexes)));
	finding.evidence("recorded_version", version.recorded);
	finding.evidence("actual_version", version.actual);
	finding.evidence("indexes", use.indexes);
	bool all = use.indexes > most_statements;
	if (all)
		finding.fix("REINDEX DATABASE CONCURRENTLY %s", quoted(catalog.database.name));
	each_ordered_index(catalog,
					   [&](const IndexEntry &index, Oid collation)
					   {
						   if (collation != use.collation || (all && !index.exclusion))
							   return;
						   /* An exclusion constraint's index cannot be rebuilt beside itself. */
						   finding.fix("REINDEX INDEX %s%s", index.exclusion ? "" : "CONCURRENTLY ",
									   quoted(index.table->schema->name, index.name));
					   });
	if (entry != nullptr)
		finding.fix("ALTER COLLATION %s REFRESH VERSION", quoted(entry->schema->name, entry->name));
	else
		finding.fix("ALTER DATABASE %s REFRESH COLLATION VERSION", quoted(catalog.database.name));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<FlatMap<Oid, int>> uses;

	each_ordered_index(catalog, [&uses](const IndexEntry &, Oid collation) { (*uses)[collation]++; });
	for (const auto &[collation, indexes] : *uses)
	{
		/* Collations without a recorded version (C, POSIX) never change. */
		const CollationEntry *entry = entry_of(catalog, collation);
		if (entry == nullptr && (collation != DEFAULT_COLLATION_OID || catalog.database.collation_version == nullptr))
			continue;
		verdict.judged(indexes);
		Versions version = versions(collation);
		if (version.recorded == nullptr || strcmp(version.recorded, version.actual) == 0)
			continue;
		Use use = {collation, indexes};
		verdict.failed(entry != nullptr ? entry->name : catalog.database.name,
					   [&catalog, use, version](Finding &finding) { describe(catalog, use, version, finding); },
					   {.weight = static_cast<double>(indexes), .rank = static_cast<double>(indexes), .stop = true});
	}
}

CHECK(sch_collation_version){
	.dimension = Dimension::schema_design,
	.severity = Severity::critical,
	.title = "Collation that changed under its indexes",
	.rationale =
		"When the C library or ICU is upgraded, text sorts differently, and indexes built before find some rows no more "
		"and let duplicates in. Judged for the collations, the database's own among them, that order indexes: the "
		"version recorded against the one the libraries give now.",
	.reference = "https://www.postgresql.org/docs/current/sql-altercollation.html",
	.judge = judge,
};

} // namespace dbeng
