#include "worker/options.hpp"

namespace dbeng {

char *databases = nullptr;
int max_workers = 4;

static bool
is_every(const char *list)
{
	list += strspn(list, " \t");
	return *list == '*' && strspn(list + 1, " \t") == strlen(list + 1);
}

bool
check_databases(char **value, [[maybe_unused]] void **extra, [[maybe_unused]] GucSource source)
{
	if (is_every(*value))
		return true;
	::List *names;
	bool good = SplitIdentifierString(pstrdup(*value), ',', &names);
	if (!good)
		GUC_check_errdetail("It must be '*' or a list of database names, quoted where SQL would have to.");
	return good;
}

::List *
listed_databases()
{
	::List *names = NIL;
	if (databases != nullptr && !is_every(databases))
		SplitIdentifierString(pstrdup(databases), ',', &names);
	return names;
}

} // namespace dbeng
