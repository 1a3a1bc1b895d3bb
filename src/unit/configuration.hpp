/*
 * configuration.hpp: what users said of the checks: dbeng.check_setting,
 * dbeng.ignored, dbeng.attestation.
 */
#pragma once

#include "unit/registry.hpp"

namespace dbeng {

struct CheckConfiguration
{
	Severity severity; /* of the check and all its findings when severity_set */
	bool severity_set;
	bool enabled;
	Vector<Threshold> thresholds;		  /* the configured ones */
	const char *ignored;				  /* the whole check is: why; else NULL */
	Vector<const char *> ignored_objects; /* sorted by strcmp() */
	const char *attested;				  /* by whom and until when; NULL when nobody did */
};

/* One for each of the checks, in their order. Rows about checks that no longer exist say nothing. */
std::span<CheckConfiguration> read_configuration(std::span<const RegisteredCheck> checks);

/* The limits of checks, as configured, for whoever shows the same thing without judging it. */
class Limits
{
  public:
	Limits();
	/* Of the check with that id, which there must be. */
	double operator()(const char *id, const char *threshold) const;
	/* Did somebody dbeng.ignore() this object, or all that the check finds? */
	bool sets_aside(const char *id, const Subject &subject) const;

  private:
	std::span<const RegisteredCheck> checks_;
	std::span<CheckConfiguration> configurations_;
};

} // namespace dbeng
