/*
 * statement.hpp: what the checks of this area ask about the statements of
 * pg_stat_statements: which of them matter, what their raw trees say and which
 * tables of the model they mean.
 */
#pragma once

#include "catalog/workload.hpp"
#include "core/parse.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* The load to be judged; NULL when there is too little of it, or after the verdict was told why it is not known. */
const Workload *observed_load(const Catalog &catalog, Verdict &verdict);

/* Share of the application's time, in percent. */
double share_pct(const Workload &load, const StatementEntry &statement);

/*
 * Is a finding about it worth reading? It ran three times at least and has half
 * a percent of the time or one of the calls.
 */
bool matters(const Workload &load, const StatementEntry &statement);

double rows_per_call(const StatementEntry &statement);
double blocks_per_call(const StatementEntry &statement);

/* The start of its text on one line; at most 80 characters. */
const char *excerpt(const StatementEntry &statement);

/* Milliseconds for reading: 0.25, 12.3, 1,234. */
const char *milliseconds(double value);

/* The object text of findings about it: "queryid 123". Lives as long as the catalog. */
const char *statement_name(const Catalog &catalog, const StatementEntry &statement);

/* What every finding about a statement tells after its own part. */
void tell_load(Finding &finding, const char *what, const Workload &load, const StatementEntry &statement);

/* One of the judged statements fails. describe(finding) returns the first part of the message and may add evidence and a fix. */
template <class Describe>
void
statement_failed(const Catalog &catalog, Verdict &verdict, const Workload &load, const StatementEntry &statement,
				 Describe describe, FailureOptions options = {})
{
	options.weight = statement.total_ms;
	verdict.failed(
		statement_name(catalog, statement),
		[&load, &statement, describe](Finding &finding) { tell_load(finding, describe(finding), load, statement); },
		options);
}

/* The statement as a plain SELECT; NULL for anything else, VALUES and UNION included. */
const SelectStmt *plain_select(const StatementEntry &statement);

/* A top-level WHERE of SELECT, UPDATE or DELETE; NULL without. */
Node *where_of(const StatementEntry &statement);

/* The parts of a condition that must all hold. */
void conjuncts(Node *condition, Vector<Node *> &parts);

/* A parameter or a constant: the same thing here. */
bool is_value(const Node *node);

/* The last part of a function's or an operator's name. */
const char *last_name(const List *name);

/* Is it a comparison "column <operator> value" by this operator? */
bool is_operator(const Node *node, const char *name);

/* A relation as it stands in a FROM list. */
struct Source
{
	const RangeVar *range = nullptr;
	const RelationEntry *relation = nullptr; /* NULL where it cannot be resolved */

	/* The column meant where this is the only source; NULL when it is none of it. */
	const ColumnEntry *column(const Node *reference) const;
	/* Does table.column speak of this one? */
	bool is_called(const char *qualifier) const;
};

/* The one relation that SELECT … FROM x, UPDATE x, DELETE FROM x reads; none when there are several or a sub-select. */
Source only_source(const Catalog &catalog, const StatementEntry &statement);
Source only_source(const Catalog &catalog, const StatementEntry &statement, const List *from);

/* Is there a call of an aggregate or a window function anywhere in it? */
bool has_aggregate(const Catalog &catalog, Node *node);

/* Does an index of the table begin with this column? */
bool leads_index(const RelationEntry &table, const ColumnEntry &column);

} // namespace dbeng
