/*
 * imagined_build.hpp: how an imagined index is put together: its keys as
 * CREATE INDEX would resolve them, and a whole one from the text of a
 * CREATE INDEX.
 */
#pragma once

#include "planner/index_size.hpp"

namespace dbeng {

/*
 * A key with the default operator class of its type; an INCLUDE column for
 * included. False where the method has no operator class for it.
 */
bool imagine_column(ImaginedKey *key, const RelationEntry &table, AttrNumber column, Oid method, bool included = false);
bool imagine_expression(ImaginedKey *key, Node *expression, Oid method);

/* Gives a key another operator class than the default one. */
void set_operator_class(ImaginedKey *key, Oid opclass);

struct ImaginedDefinition
{
	ImaginedIndex index; /* without OID and size */
	IndexOptions options;
	double share; /* of the rows, that the predicate lets through */
};

/*
 * What a text CREATE INDEX … asks for. Parsed and analysed as the server does
 * it and never executed; raises what CREATE INDEX would. The table is locked
 * in ACCESS SHARE mode, if that is free.
 */
ImaginedDefinition imagined_definition(const Catalog &catalog, const char *text);

} // namespace dbeng
