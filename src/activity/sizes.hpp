/*
 * sizes.hpp: how large relations are, without opening one of them.
 *
 * pg_class says how many pages a relation had when VACUUM or ANALYZE last saw
 * it, and the counters and locks whether it was written to since. Only where
 * it was, or where nobody can tell, its file is asked. The maps beside a table follow
 * from its pages.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

struct Size
{
	int64 table = 0; /* bytes of the heap with its maps */
	int64 index = 0;
	int64 toast = 0; /* the TOAST table with its index */

	int64 total() const { return table + index + toast; }
	void operator+=(const Size &more)
	{
		table += more.table;
		index += more.index;
		toast += more.toast;
	}
};

class Sizes
{
  public:
	/* Measures all of this database; the catalog may be one of Extent::sizes. */
	explicit Sizes(const Catalog &catalog);

	/* Of one relation, partitions not included. */
	Size of(Oid relation) const;
	/* Pages of its heap. */
	int64 pages(Oid relation) const;
	/* Of the whole database, the server's own catalogs included. */
	int64 database() const { return database_; }
	/* Files that were asked. */
	int64 files() const { return files_; }

  private:
	struct Entry
	{
		Oid relation;
		int64 pages;
		Size size;
	};
	const Entry *find(Oid relation) const;

	Vector<Entry> entries_; /* of what stores rows, by OID */
	int64 database_ = 0;
	int64 files_ = 0;
};

} // namespace dbeng
