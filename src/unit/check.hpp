/*
 * check.hpp: one health check is one file holding one CHECK.
 *
 *	static void
 *	judge(const Catalog &catalog, Verdict &verdict)
 *	{
 *		for (const RelationEntry &table : catalog.tables())
 *		{
 *			verdict.judged();
 *			if (table.primary_key() == nullptr)
 *				verdict.failed(table, [&table](Finding &finding) {
 *					finding.message("%s has no primary key", …);
 *					finding.evidence("rows", …);
 *					finding.fix("ALTER TABLE %s ADD …", …);
 *				});
 *		}
 *	}
 *
 *	CHECK(sch_no_primary_key){
 *		.dimension = Dimension::schema_design,
 *		.severity = Severity::warning,
 *		.title = "Table without a primary key",
 *		.rationale = "…why it matters, in a sentence or two.",
 *		.judge = judge,
 *	};
 *
 * The file is src/<area>/checks/sch_no_primary_key.cpp, the check's id
 * "sch-no-primary-key". Nothing else lists it: the definition lands in an ELF
 * section that the registry walks. Its fixtures are in
 * test/checks/sch_no_primary_key.sql; a build without them fails its tests.
 *
 * judge() is called once for each assessment. It says verdict.judged() for
 * every object it looked at and verdict.failed() for those that fail. Words
 * are only made for findings that are shown: failed() keeps a copy of the
 * closure and calls it later, so capture pointers into the catalog and plain
 * values, never the address of a local variable of the loop body.
 */
#pragma once

#include "catalog/catalog.hpp"
#include "core/text.hpp"

namespace dbeng {

enum class Severity : uint8
{
	notice,
	warning,
	critical
};

enum class Dimension : uint8
{
	schema_design,
	indexing,
	query_quality,
	migration_safety,
	security,
	monitoring,
	backup
};
inline constexpr int dimension_count = 7;

/* A limit that configure_check() may change: a number, or a text where text is not NULL. */
struct Threshold
{
	const char *name = nullptr;
	double number = 0;
	const char *text = nullptr;
	double (*setting)() = nullptr; /* unless configured, a setting gives the number, whose default is above */

	double value() const { return setting == nullptr ? number : setting(); }
};

class Verdict;

struct Check
{
	Dimension dimension;
	Severity severity;
	bool disabled = false;			 /* off until configure_check(…, enabled => true): matters of house style */
	bool attestable = false;		 /* dbeng.attest() makes it pass until the attestation expires */
	const char *title;				 /* what a finding of it is, as a noun phrase */
	const char *rationale;			 /* why it matters and when it is judged */
	const char *reference = nullptr; /* where to read on; NULL without */
	Threshold thresholds[6] = {};	 /* up to the first without a name */
	void (*judge)(const Catalog &catalog, Verdict &verdict);
};

/*
 * What a finding is about: it gives the finding its object text, which is
 * also what dbeng.ignore() takes.
 *
 *	relation    schema.name                 index       schema.name
 *	column      schema.table.column         function    schema.name(argument types)
 *	constraint, policy, trigger, rule       name on schema.table
 *	anything else: the name it is given
 */
class Subject
{
  public:
	Subject(const RelationEntry &relation);
	Subject(const RelationEntry &relation, const ColumnEntry &column);
	Subject(const IndexEntry &index);
	Subject(const ConstraintEntry &constraint);
	Subject(const PolicyEntry &policy);
	Subject(const TriggerEntry &trigger);
	Subject(const RuleEntry &rule);
	Subject(const FunctionEntry &function);
	Subject(const SchemaEntry &schema);
	Subject(const RoleEntry &role);
	Subject(const TypeEntry &type);
	/* A setting, an extension, a database, a line of a file, a statement. Must live as long as the catalog. */
	Subject(const char *name);

	/* The object text, palloc'd. */
	const char *text() const { return render_(entry_, detail_); }

  private:
	const char *(*render_)(const void *entry, const void *detail);
	const void *entry_;
	const void *detail_;
};

/* What is told of one failure. The texts are built when a finding is shown, not when it is found. */
class Finding
{
  public:
	Finding();
	Finding(const Finding &) = delete;
	Finding &operator=(const Finding &) = delete;

	/* One line with the real numbers in it; no full stop, no name of the check. */
	void message(const char *pattern, ...) pg_attribute_printf(2, 3);

	/* The facts behind it, for programs: evidence("rows", …). */
	void evidence(const char *key, int64 value);
	void evidence(const char *key, double value);
	void evidence(const char *key, bool value);
	void evidence(const char *key, const char *value);
	template <class Integer>
		requires std::is_integral_v<Integer>
	void evidence(const char *key, Integer value) { evidence(key, static_cast<int64>(value)); }

	/* One complete statement without its semicolon; call again for the next one. Runs as it stands in psql. */
	void fix(const char *pattern, ...) pg_attribute_printf(2, 3);

	const char *message_text() const { return message_; }
	const char *fix_text() const;	   /* NULL without */
	const char *evidence_text() const; /* JSON object */

  private:
	void key(const char *key);

	const char *message_ = "";
	StringInfoData evidence_;
	StringInfoData fix_;
};

struct FailureOptions
{
	double weight = 1;					  /* the same as was given to judged() */
	double rank = 0;					  /* worse ones first among a check's findings; then by weight */
	Severity severity = Severity::notice; /* with escalate: instead of the check's own */
	bool escalate = false;
	bool stop = false; /* holds the overall score at 39 */
};

struct Failure
{
	Subject subject;
	FailureOptions options;
	void (*describe)(const void *closure, Finding &finding);
	const void *closure;
};

/* Where a check puts what it saw. */
class Verdict
{
  public:
	Verdict(const Check &check, MemoryContext context, std::span<const Threshold> configured);

	/* One more object was looked at; weight where size or use matters more than the number. */
	void judged(double weight = 1)
	{
		objects_++;
		weight_ += weight;
	}

	/* One that was judged fails. */
	template <class Describe>
	void failed(const Subject &subject, Describe describe, const FailureOptions &options = {})
	{
		static_assert(std::is_trivially_copyable_v<Describe> && std::is_trivially_destructible_v<Describe>,
					  "capture pointers and plain values only");
		auto *copy = static_cast<Describe *>(arena_.allocate(sizeof(Describe)));
		::new (static_cast<void *>(copy)) Describe(describe);
		failures_.push_back(Failure{
			subject, options,
			[](const void *closure, Finding &finding) { (*static_cast<const Describe *>(closure))(finding); }, copy});
	}

	/* Nothing can be said here, and why: "pg_stat_statements is not installed". Ends the verdict; return after it. */
	void unknown(const char *pattern, ...) pg_attribute_printf(2, 3);

	/* The check's thresholds as configured. */
	double threshold(const char *name) const;
	const char *threshold_text(const char *name) const;

	int64 objects() const { return objects_; }
	double weight() const { return weight_; }
	const char *reason() const { return reason_; } /* NULL unless unknown */
	Vector<Failure> &failures() { return failures_; }

  private:
	const Threshold &find(const char *name) const;

	const Check &check_;
	std::span<const Threshold> configured_;
	Arena arena_;
	Vector<Failure> failures_;
	int64 objects_ = 0;
	double weight_ = 0;
	const char *reason_ = nullptr;
};

/* What the registry holds of a check: its definition and the name of its file. */
struct CheckUnit
{
	const char *name; /* sch_no_primary_key; the id is the same with dashes */
	const Check *check;
};

} // namespace dbeng

/*
 * The section holds pointers, never the structs: compilers over-align objects
 * larger than 32 bytes, which would leave holes between array elements.
 */
#define CHECK(unit)                                                                                   \
	extern const Check check_##unit;                                                                  \
	static const CheckUnit check_unit_##unit = {#unit, &check_##unit};                                \
	__attribute__((section("dbeng_checks"), used)) static const CheckUnit *const check_entry_##unit = \
		&check_unit_##unit;                                                                           \
	const Check check_##unit
