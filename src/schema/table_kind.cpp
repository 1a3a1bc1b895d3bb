#include "schema/table_kind.hpp"
#include "core/text.hpp"

namespace dbeng {

bool
is_record(const RelationEntry &table)
{
	static constexpr std::string_view words[] = {
		"log",	   "logs",	  "audit", "audits", "history", "histories", "archive", "archives", "archived", "versions",
		"journal", "staging", "stage", "import", "imports", "backup",	 "bak",		"old",		"tmp",		"temp",
	};
	std::string_view rest = table.name;

	while (!rest.empty())
	{
		std::size_t end = std::min(rest.find('_'), rest.size());
		std::string_view word = slice(rest, 0, end);
		for (std::string_view known : words)
			if (word == known)
				return true;
		rest.remove_prefix(std::min(end + 1, rest.size()));
	}
	return false;
}

} // namespace dbeng
