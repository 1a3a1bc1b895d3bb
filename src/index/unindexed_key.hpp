/*
 * unindexed_key.hpp: foreign keys that no index serves.
 *
 * sch-fk-no-index and dbeng.unindexed_foreign_keys stand on it.
 */
#pragma once

#include "unit/check.hpp"

namespace dbeng {

/* Of several on the same columns the oldest stands for all. judged: how many were looked at. */
void find_unindexed(const Catalog &catalog, Vector<const ConstraintEntry *> &found, int64 &judged);

/* What is read of the referencing table for one deleted row; -1 not known. */
double rows_scanned(const Catalog &catalog, const RelationEntry &table);

/* Message, evidence and fix. */
void describe_unindexed(const Catalog &catalog, const ConstraintEntry &foreign_key, Finding &finding);

} // namespace dbeng
