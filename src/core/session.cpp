#include "core/session.hpp"

#include "core/query.hpp"

namespace dbeng {

Session::Session() : caller_(CurrentMemoryContext)
{
	context_ = AllocSetContextCreate(caller_, "dbeng look", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context_);
	level_ = NewGUCNestLevel();
	pin_setting("search_path", "pg_catalog, pg_temp");
	pin_setting("quote_all_identifiers", "off");
	pin_setting("DateStyle", "ISO");
}

void
Session::end()
{
	AtEOXact_GUC(true, level_);
	MemoryContextSwitchTo(caller_);
	MemoryContextDelete(context_);
}

} // namespace dbeng
