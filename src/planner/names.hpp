/*
 * names.hpp: what the names in a user's statement mean.
 *
 * pg_stat_statements does not keep the search_path a statement ran under. It
 * is taken to be the one the user's sessions begin with. What is not found
 * there may be the only one of its name somewhere else.
 */
#pragma once

#include "catalog/catalog.hpp"
#include "core/attempt.hpp"

namespace dbeng {

class Names
{
  public:
	explicit Names(const Catalog &catalog) : catalog_(catalog) {}

	/* The search_path a session of the user's begins with; temporary tables come last. As long as the catalog lives. */
	const char *path(Oid user);

	/*
	 * A name in the statement was not found by path, at that byte of its text (-1: not known).
	 * The longer path that finds it; NULL when there is none, with *why where
	 * something can be said of it.
	 */
	const char *longer_path(const char *path, const Refusal &refusal, RawStmt *statement, int at,
							const char **why) const;

  private:
	struct UserPath
	{
		Oid user;
		const char *path;
	};

	const Catalog &catalog_;
	Local<Vector<UserPath>> known_;
};

} // namespace dbeng
