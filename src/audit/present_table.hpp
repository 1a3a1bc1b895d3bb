/*
 * present_table.hpp: an audited table as it is now, and which of its columns
 * those of logged rows are.
 *
 * A column keeps its number when it is renamed, and a new column gets a new one:
 * so numbers tell which column of today a logged value belongs to. They mean
 * nothing where columns were numbered anew: in another partition, and after a
 * dump without the columns that were dropped. There names tell.
 */
#pragma once

#include "audit/audited_table.hpp"
#include "audit/shape.hpp"

namespace dbeng {

struct PresentColumn
{
	AttrNumber number;
	const char *name;
	Oid type;
	int32 typmod;
	bool generated;
	bool kept; /* by a trigger of dbeng's: a version, the time of the last change, a count, a path */
};

class PresentTable
{
  public:
	/* An audited table, or a partition of one: raises for any other. In CurrentMemoryContext. */
	explicit PresentTable(Oid relation);

	const AuditedTable &audited() const { return *audited_; }
	int32 table_id() const { return audited_->table_id; }
	Oid relation() const { return relation_; }
	/* schema.name, quoted where needed. */
	const char *name() const { return name_; }
	std::span<const PresentColumn> columns() const { return {columns_.data(), columns_.size()}; }
	/* Which of the columns are the key, in its order; empty where there is none. */
	std::span<const int> key() const { return {key_.data(), key_.size()}; }

	/* For each column the place of its values in rows of that shape; -1: they have none. */
	std::span<const int> places(const TableShape &shape);

	/* The rows of the table alone: partitions belong to it, children do not. */
	const char *from_clause() const;

	/*
	 * A text as a value of a type that input reads. Composite types, arrays and ranges have domains in them: what these have
	 * checked is code of the table's owner, and runs as him, not as who reads the log.
	 */
	Datum parsed(FmgrInfo &input, const char *text, Oid argument, int32 typmod) const;

  private:
	const AuditedTable *audited_ = nullptr;
	Oid relation_;
	const char *name_;
	bool partitioned_;
	MemoryContext context_;
	Vector<PresentColumn> columns_;
	Vector<int> key_;
	FlatMap<const TableShape *, const int *> places_;
};

/* May a text of it be checked by constraints of domains that are somewhere in it? Not asked of a domain itself. */
bool may_hold_domains(Oid type);

} // namespace dbeng
