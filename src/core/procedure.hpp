/*
 * procedure.hpp: a procedure in C++ that commits: work in transactions of its
 * own within a CALL.
 */
#pragma once

#include "core/process.hpp"

namespace dbeng {

/*
 * A procedure's beginning: raises with a hint where it cannot commit (in a transaction block, in a function) and where nothing can be
 * written. From here to end_procedure() there is no snapshot and no lock but within the work; CurrentMemoryContext lives as long.
 * Returns whether other code has called it, that is no client by itself.
 */
bool begin_procedure(FunctionCallInfo fcinfo, const char *what);
void end_procedure();

/*
 * Runs work in a transaction that is committed then; on an error it is rolled back and the error, instead of going on, is returned.
 * Being cancelled or terminated goes on. NULL: no error.
 */
const Mishap *committing(void (*work)(void *context), void *context);

template <class Work>
const Mishap *
committing(Work &&work)
{
	return committing([](void *context) { (*static_cast<std::remove_reference_t<Work> *>(context))(); }, &work);
}

/*
 * Runs a statement that begins and ends transactions itself (CREATE INDEX CONCURRENTLY …) as a role, waiting for locks no longer than that,
 * in a procedure that no other code has called; the same in a background process, outside of a transaction. As above.
 */
const Mishap *committing_statement(const char *statement, Oid role, int lock_timeout_ms);
const Mishap *catching_statement(const char *statement, Oid role, int lock_timeout_ms);

} // namespace dbeng
