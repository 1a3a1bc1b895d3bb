/*
 * session.hpp: the surroundings of one look at the server.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/*
 * Everything a look needs lives in one context that end() frees, and it
 * happens under settings that make texts the same whoever asks: names are
 * qualified unless in pg_catalog, quoted where needed only.
 */
class Session
{
  public:
	Session();
	void end();

  private:
	MemoryContext caller_;
	MemoryContext context_;
	int level_;
};

} // namespace dbeng
