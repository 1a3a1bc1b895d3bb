/*
 * advisor.hpp: which set of new indexes would serve a workload best.
 *
 * Each statement is planned as it is and with all its candidates imagined;
 * what the planner uses is the best that can be had. The union of that over
 * all statements is then made smaller while nobody pays more than a twentieth
 * for it: an index that another one replaces goes, two that can be one become
 * one, a wide one becomes a narrow one. What costs the writers more than it
 * saves the readers goes, too. In the end everything is planned again with the
 * final set alone, and only that is reported.
 */
#pragma once

#include "index/candidate_pool.hpp"
#include "planner/planning.hpp"

namespace dbeng {

struct AdviceLimits
{
	double min_improvement_pct = 10;
	int32 max_indexes = 20;
	int64 max_bytes = -1; /* -1: no limit */
};

struct AdvisedIndex
{
	const ImaginedIndex *index;
	double cost_before; /* of the statements it helps, each as often as it was called */
	double cost_after;	/* of the same with all advised indexes */
	int64 statements;
	std::span<const int64> query_ids; /* the most helped first */
	double entries;					  /* that writers add to it in the workload */
	double write_cost_pct;			  /* more work for each written row of the table */
	const RelationEntry *referenced;  /* whose deletes alone look for rows by it; NULL otherwise */
	double saved;					  /* what would be lost without it, less what writers pay */
};

class Advisor
{
  public:
	/* How much dearer a statement may become: by a share of its cost, by so many units, by a share of what it costs now. */
	struct Tolerance
	{
		double share;
		double units;
		double of_before;
	};

	Advisor(const Catalog &catalog, const AdviceLimits &limits);

	/* A statement of the workload; NULL, or why it cannot be planned. */
	const char *add(const StatementSource &source, int64 query_id, double calls, double rows);

	/* Those to make, the most useful first. */
	std::span<const AdvisedIndex> advise();

  private:
	struct Outcome
	{
		double cost;
		std::span<const int32> used; /* candidates, ascending */
	};
	struct Case
	{
		StatementSource source;
		int64 query_id;
		const ConstraintEntry *foreign_key; /* that is looked for by it, when a row is deleted; NULL otherwise */
		double calls;
		double rows; /* touched in all calls */
		double before;
		Outcome best;	 /* with all its candidates */
		Outcome current; /* with the chosen ones */
		std::span<const RelationEntry *const> tables;
	};
	/* What the workload writes to a table. */
	struct Writes
	{
		const RelationEntry *table;
		double inserted;
		Vector<std::pair<AttrNumber, double>> updated; /* rows, by column */
		double updated_rows;
	};
	/* A foreign key without an index, whose rows are looked for when a referenced one goes. */
	struct Referring
	{
		const ConstraintEntry *foreign_key;
		int64 query_id;
		double rows;
	};

	const char *study(Case &of);
	void note_writes(const PlannableStatement &statement, double rows);
	void note_foreign_keys(const PlannableStatement &statement, const Case &of);
	Outcome outcome_of(const Planned &planned) const;
	Outcome cost_with(Case &of, std::span<const int32> set);
	bool worthwhile(double before, double after) const;

	void choose();
	void keep_most_promising();
	bool replace(std::span<const int32> out, int32 in, Tolerance tolerance);
	bool try_to_replace(std::span<const int32> out, int32 in, Tolerance tolerance);
	void drop_superfluous();
	void merge();
	void narrow();
	void charge_writers();
	void stay_within_limits();
	double lost_without(int32 id);
	double saved_by(int32 id) const;
	bool chosen(int32 id) const;
	void remove(int32 id);
	void refresh(Case &of);

	double entries(const ImaginedIndex &index) const;
	double entry_cost(const ImaginedIndex &index) const;

	int32 variant(int32 id, std::size_t keep_keys, bool keep_included, Oid method);
	int32 merged(int32 a, int32 b);
	int32 merged_gist(const Candidate &one, const Candidate &other);
	void smaller_gin(int32 id);
	bool rather_partial(int32 id);
	bool rather_general(int32 id);
	bool is_misjudged(std::span<const int32> instead_of, std::span<const int32> used) const;

	const Catalog &catalog_;
	AdviceLimits limits_;
	MemoryContext context_;
	MemoryContext scratch_; /* of one look at another set */
	CandidatePool pool_;
	Statements statements_;
	Vector<Case *> cases_;
	Vector<Writes *> writes_;
	Vector<Referring> referring_; /* looked for by the statement being studied */
	Vector<int32> chosen_;
};

} // namespace dbeng
