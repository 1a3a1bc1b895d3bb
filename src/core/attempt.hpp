/*
 * attempt.hpp: doing something only to see what comes of it.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* What an error said. */
struct Refusal
{
	int code;			 /* sqlerrcode; 0: there was no error */
	const char *message; /* in the caller's memory context */
	int position;		 /* where in the text, characters from 1; 0 not known */
};

/*
 * Runs work in a subtransaction that is rolled back whatever happens: locks,
 * settings, the acting role and changes are as before. Being cancelled or
 * terminated goes on as an error, any other error is only returned.
 */
Refusal attempted(void (*work)(void *context), void *context);

/* The same for anything callable. */
template <class Work>
Refusal
attempted(Work work)
{
	return attempted([](void *context) { (*static_cast<Work *>(context))(); }, &work);
}

} // namespace dbeng
