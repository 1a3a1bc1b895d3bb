/*
 * remedy.hpp: the statements that give back what is bloated, whichever helps
 * most and locks least.
 */
#pragma once

#include "unit/check.hpp"

namespace dbeng {

/* What is worth a rewrite: both at least. */
struct Worth
{
	double percent = 30;
	double bytes = 100.0 * 1024 * 1024;
};

/* -1 where something is not known. */
struct TableState
{
	const RelationEntry *table; /* of a TOAST table: the table that has it */
	bool toast;
	int64 bytes;
	int64 bloat_bytes;
	int64 dead_bytes;
	double rows;
	double dead_rows;
	TimestampTz last_vacuum;
	Worth worth;
};

/* Statements without their semicolons, each maybe after lines of comment; or only a comment. */
struct Remedy
{
	static constexpr int most = 4;
	const char *statements[most];
	int count;
	const char *comment;

	void add(const char *statement) { statements[count++] = statement; }
};

/*
 * Chosen, in CurrentMemoryContext. What keeps VACUUM from removing dead rows is asked once for all tables, when the
 * first of them has many.
 */
class Remedies
{
  public:
	explicit Remedies(const Catalog &catalog) : catalog_(catalog), context_(CurrentMemoryContext) {}

	Remedy of_table(const TableState &state);
	/* The statement that builds it anew; nothing where that is not worth it. */
	Remedy of_index(const IndexEntry &index, int64 bytes, int64 bloat_bytes, const Worth &worth);

	/* Who needs dead rows for the longest time; NULL for nobody. */
	const char *oldest_holder();

  private:
	std::span<const struct Holder> holders();
	const char *held_back_by(TimestampTz last_vacuum);
	void add_rewrite(Remedy &remedy, const TableState &state, const char *name);

	const Catalog &catalog_;
	MemoryContext context_;
	std::span<const struct Holder> holders_;
	bool asked_ = false;
};

/* As one text for psql; NULL for none. */
const char *remedy_text(const Remedy &remedy);
/* Its statements as the fix of a finding. */
void fix_by(Finding &finding, const Remedy &remedy);

} // namespace dbeng
