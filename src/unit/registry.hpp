/*
 * registry.hpp: every CHECK of the library, and the words the SQL interface
 * has for dimensions and severities.
 */
#pragma once

#include "unit/check.hpp"

namespace dbeng {

struct RegisteredCheck
{
	const char *id; /* sch-no-primary-key */
	const Check *check;
};

/* All of them, sorted by id. */
std::span<const RegisteredCheck> registered_checks();

/* NULL when no check has that id. */
const RegisteredCheck *find_check(std::span<const RegisteredCheck> checks, const char *id);

/* What somebody who typed this may have meant, best first: "idx-unused, idx-unused-unique". */
const char *similar_ids(std::span<const RegisteredCheck> checks, const char *typed);

/* What may be configured of it: "days (number), method (text)"; NULL without thresholds. */
const char *threshold_names(const Check &check);
/* A check's thresholds up to the first without a name. */
std::span<const Threshold> thresholds(const Check &check);

const char *dimension_name(Dimension dimension);
const char *severity_name(Severity severity);
bool parse_dimension(const char *name, Dimension &dimension);
bool parse_severity(const char *name, Severity &severity);

inline constexpr const char *severity_names = "critical, warning, notice";
inline constexpr const char *dimension_names =
	"schema design, indexing, query quality, migration safety, security, monitoring, backup & recovery";

} // namespace dbeng
