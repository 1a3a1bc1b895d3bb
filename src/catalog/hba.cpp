#include "catalog/hba.hpp"

#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

static const char *
kept(const Catalog &catalog, const char *text)
{
	return text == nullptr ? nullptr : MemoryContextStrdup(catalog.context, text);
}

static void
read_rules(const Catalog &catalog, Hba &hba)
{
	const char *sql = format("SELECT %s, line_number, type, array_to_string(database, ','),"
							 " array_to_string(user_name, ','), address, netmask, auth_method, error"
							 " FROM pg_hba_file_rules()",
							 pg::major >= 16 ? "file_name" : "NULL::text");
	Local<Vector<HbaRule>> rules(ContextAllocator<HbaRule>(catalog.context));
	each_row(sql,
			 [&rules, &catalog](const Row &row)
			 {
				 HbaRule rule = {};
				 rule.file = kept(catalog, row.text(1));
				 rule.line = row.integer(2);
				 rule.type = kept(catalog, row.text(3));
				 rule.databases = kept(catalog, row.text(4));
				 rule.users = kept(catalog, row.text(5));
				 rule.address = kept(catalog, row.text(6));
				 rule.netmask = kept(catalog, row.text(7));
				 rule.method = kept(catalog, row.text(8));
				 rule.error = kept(catalog, row.text(9));
				 rules->push_back(rule);
			 });
	hba.rules = {rules->data(), rules->size()};
}

/* Asked first: an error would cost a subtransaction and say less. */
static bool
permitted()
{
	bool permitted = false;
	each_row("SELECT has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE')",
			 [&permitted](const Row &row) { permitted = row.flag(1); });
	return permitted;
}

const Hba &
hba(const Catalog &catalog)
{
	if (catalog.hba != nullptr)
		return *catalog.hba;
	auto *read = static_cast<Hba *>(MemoryContextAllocZero(catalog.context, sizeof(Hba)));
	if (!permitted())
		read->missing =
			"pg_hba_file_rules can be read by superusers only (or grant EXECUTE on function pg_hba_file_rules())";
	else
	{
		struct Work
		{
			const Catalog &catalog;
			Hba &hba;
		} work = {catalog, *read};
		/* The file may be unreadable for the server. */
		read->missing = kept(catalog, guarded(
										  [](void *context)
										  {
											  auto *work = static_cast<Work *>(context);
											  read_rules(work->catalog, work->hba);
										  },
										  &work));
	}
	catalog.hba = read;
	return *read;
}

} // namespace dbeng
