/*
 * missing.hpp: large tables that sequential scans read again and again.
 *
 * idx-missing and dbeng.missing_indexes stand on it.
 */
#pragma once

#include "unit/check.hpp"

namespace dbeng {

/* The check's thresholds. */
struct MissingLimits
{
	double scans;
	double rows_per_scan;
	double pages;
	double share_pct;
	double days;
};

template <class Threshold>
MissingLimits
missing_limits(Threshold threshold)
{
	return {.scans = threshold("scans"),
			.rows_per_scan = threshold("rows_per_scan"),
			.pages = threshold("pages"),
			.share_pct = threshold("share_pct"),
			.days = threshold("days")};
}

struct SequentialScans
{
	int64 scans = 0; /* of a partitioned table: of its most scanned partition */
	int64 rows = 0;
	int64 rows_fetched = 0; /* through indexes */
	int64 index_scans = 0;
	double blocks = 0;
};

struct MissingIndex
{
	const RelationEntry *table;
	SequentialScans sequential;
	double weight;
	double rows_per_scan;
	double share_pct; /* of the database's block reads */
	int64 observed;	  /* by snapshots, microseconds; 0: by the server's counters */
	TimestampTz from;
};

/* judged: the weights of all tables that were looked at. */
void find_missing(const Catalog &catalog, const MissingLimits &limits, Vector<MissingIndex> &found,
				  Vector<double> &judged);

/* Message, evidence and fix. */
void describe_missing(const Catalog &catalog, const MissingIndex &missing, Finding &finding);

/* Statements of the workload, of its heaviest thousand, that name the table or a partition of it; -1 without a workload. */
int64 statements_reading(const Catalog &catalog, const RelationEntry &table);

} // namespace dbeng
