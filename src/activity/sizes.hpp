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

/* Pages of a relation's file as it is on disk now; -1 when there is no such file. around: about how many. */
int64 pages_on_disk(Oid tablespace, pg::FileNumber file, int64 around);

/* Rows of what stores rows, from what ANALYZE or the counters know and the pages of now; -1 when neither knows any. */
double rows_by_size(double tuples, int64 tuples_pages, const Counters *counters, int64 pages);

} // namespace dbeng
