#include "activity/freeze.hpp"

#include "core/query.hpp"
#include "core/settings.hpp"

namespace dbeng {

/* The server assigns no ID any more when fewer than three million are left of the 2^31 that can be told apart. */
static constexpr int64 most = (int64{1} << 31) - 1 - 3000000;
static constexpr int64 stop_left = 10000000;

int64
DatabaseAge::left() const
{
	return most - age;
}

AgeLimits
age_limits(Counter counter, double age, double critical_age)
{
	bool transactions = counter == Counter::transactions;
	double forced = setting_number(transactions ? "autovacuum_freeze_max_age" : "autovacuum_multixact_freeze_max_age");
	double usual = transactions ? 200e6 : 400e6;
	AgeLimits limits = {age, critical_age};
	if (forced > usual)
	{
		limits.age = std::max(limits.age, forced * 1.1);
		limits.critical_age = std::max(limits.critical_age, forced * 1.25);
	}
	return limits;
}

std::span<const DatabaseAge>
database_ages(Counter counter)
{
	Local<Vector<DatabaseAge>> databases;
	each_row("SELECT datname, age(datfrozenxid)::int8, mxid_age(datminmxid)::int8, datname = current_database()"
			 " FROM pg_database",
			 [&databases, counter](const Row &row) {
				 databases->push_back(
					 {pstrdup(row.text(1)), row.integer(counter == Counter::transactions ? 2 : 3), row.flag(4)});
			 });
	return {databases->data(), databases->size()};
}

static int64
age_of(const RelationEntry &relation, Counter counter)
{
	if (!relation.stores_rows())
		return 0;
	if (counter == Counter::multixacts)
		return static_cast<int32>(ReadNextMultiXactId() - relation.min_multixact);
	if (!TransactionIdIsNormal(relation.frozen_xid))
		return 0;
	return static_cast<int32>(ReadNextTransactionId() - relation.frozen_xid);
}

/* A statement for each old table where they are few, else one for all. */
static void
fix_tables(Finding &finding, const Catalog &catalog, Counter counter, double limit)
{
	constexpr int most_statements = 10;
	Local<Vector<const RelationEntry *>> old;
	for (const RelationEntry &relation : catalog.relations)
	{
		bool old_one = static_cast<double>(age_of(relation, counter)) > limit;
		if (old_one && relation.standing != Standing::temporary)
			old->push_back(&relation);
	}
	if (old->empty() || old->size() > most_statements)
		finding.fix("VACUUM (FREEZE)");
	else
		for (const RelationEntry *relation : *old)
			finding.fix("VACUUM (FREEZE) %s", quoted(relation->schema->name, relation->name));
}

void
judge_age(const Catalog &catalog, Verdict &verdict, Counter counter)
{
	AgeLimits limit = age_limits(counter, verdict.threshold("age"), verdict.threshold("critical_age"));
	for (const DatabaseAge &database : database_ages(counter))
	{
		verdict.judged();
		if (static_cast<double>(database.age) <= limit.age)
			continue;
		int64 left = database.left();
		verdict.failed(
			database.name,
			[&database, &catalog, counter, left, limit](Finding &finding)
			{
				finding.message("%s %s IDs are not frozen yet; the server stops giving out new ones in %s%s",
								grouped(database.age), counter == Counter::transactions ? "transaction" : "multixact",
								grouped(left), database.current ? "" : "; VACUUM (FREEZE) has to run in that database");
				finding.evidence("age", database.age);
				finding.evidence("left", left);
				if (database.current && !catalog.in_recovery)
					fix_tables(finding, catalog, counter, limit.age);
			},
			{.rank = static_cast<double>(database.age),
			 .severity =
				 static_cast<double>(database.age) > limit.critical_age ? Severity::critical : Severity::warning,
			 .escalate = true,
			 .stop = left <= stop_left});
	}
}

} // namespace dbeng
