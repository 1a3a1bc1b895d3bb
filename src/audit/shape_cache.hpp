/*
 * shape_cache.hpp: what the log has to hear of shapes, and shapes of transactions.
 */
#pragma once

#include "audit/shape.hpp"

namespace dbeng {

/* Sees to it that the log knows a shape that shape_of() returned. */
void record_shape(const TableShape &shape);

/* The same where rows have another shape from now on, though perhaps not for the first time. */
void record_shape_again(const TableShape &shape);

/* A transaction or a part of it was rolled back, and with it perhaps shapes that it recorded. */
void forget_recorded_shapes();

/* The transaction is over: nobody has a change of a shape that is no more. */
void release_old_shapes(bool committed);

/* The definition of that table may have changed; InvalidOid: of any. */
void shapes_changed(Oid relation);

} // namespace dbeng
