/*
 * autovacuum.hpp: when autovacuum takes up a table: the server's settings, or the table's own.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

struct Autovacuum
{
	bool on; /* autovacuum and track_counts */
	double vacuum_base;
	double vacuum_scale;
	double vacuum_most; /* 18 and later; infinity without */
	double insert_base; /* negative: inserts start no vacuum */
	double insert_scale;
	double analyze_base;
	double analyze_scale;

	/* Dead rows, rows inserted, rows changed beyond which the table is taken up. */
	double vacuum_trigger(const RelationEntry &table) const;
	double insert_trigger(const RelationEntry &table) const;
	double analyze_trigger(const RelationEntry &table) const;
};

Autovacuum autovacuum_settings();

/* false: switched off for this table. */
bool autovacuum_enabled(const RelationEntry &table);

} // namespace dbeng
