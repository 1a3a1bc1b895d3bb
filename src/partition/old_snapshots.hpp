/*
 * old_snapshots.hpp: transactions that go on seeing what was before rows
 * moved from one partition to another.
 *
 * They find a row where it was, the plans of their statements look for it
 * where it is now. Where the library is loaded with the server, plans under
 * such a snapshot look into every partition. Where it is not, rows are moved only while nobody
 * has one.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* For _PG_init. */
void install_old_snapshots();

/* Can every session do without the bounds? */
bool sessions_see_moves();

/*
 * Raises ERRCODE_LOCK_NOT_AVAILABLE where another session of this database has a snapshot, except those that wait for one of these relations, most of which take
 * their snapshot when they have it. Waits for a few milliseconds.
 */
void require_no_snapshots(std::span<const Oid> locked);

} // namespace dbeng
