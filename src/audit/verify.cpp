/*
 * verify.cpp: is the log as it was sealed?
 *
 * It trusts no index and no order: the partitions are read from their first
 * page to their last, each chunk becomes a hash, the hashes are sorted into
 * the order of the seals, and both lists are gone through side by side. A
 * chunk that nobody can read is an answer, too, and no error.
 */
#include "audit/log_partitions.hpp"
#include "audit/reading.hpp"
#include "audit/verifying.hpp"
#include "core/access.hpp"
#include "core/extension.hpp"
#include "core/rows.hpp"
#include "core/text.hpp"

namespace dbeng {

static const char *
numbers(int64 from, int64 to)
{
	return from == to
			   ? format("seal %lld is missing", static_cast<long long>(from))
			   : format("seals %lld to %lld are missing", static_cast<long long>(from), static_cast<long long>(to));
}

/* Reads the chain from end to end. */
static void
read_seals(const Period &period, const Digest *expected, Sealed &sealed, Verdict &verdict)
{
	Local<Sha256> hash;
	Local<FlatMap<TimestampTz, int64>> dropped;
	each_seal(
		[&](const Seal &seal)
		{
			if (seal.seal_id != sealed.last_id + 1)
				verdict.tell(seal.seal_id > sealed.last_id
								 ? numbers(sealed.last_id + 1, seal.seal_id - 1)
								 : format("there are several seals %lld", static_cast<long long>(seal.seal_id)));
			else if (!(digest_after(*hash, sealed.head, seal) == seal.digest))
				verdict.tell(
					format("seal %lld is not what it was when it was made", static_cast<long long>(seal.seal_id)));
			sealed.last_id = seal.seal_id;
			sealed.head = seal.digest;
			sealed.expected_found |= expected != nullptr && *expected == seal.digest;
			if (seal.kind == SealKind::dropped)
			{
				(*dropped)[seal.month] = seal.seal_id;
				return;
			}
			LogPlace &end = sealed.ends[seal.cluster];
			if (end < seal.to)
				end = seal.to;
			sealed.sealed_at = seal.sealed_at;
			sealed.closed = seal.cluster == cluster_number() && seal.log == audit_log().log;
			if (period.has(seal.month))
				sealed.seals.push_back(seal);
		});
	hash->free();
	auto gone = [&dropped](const Seal &seal)
	{
		auto found = dropped->find(seal.month);
		return found != dropped->end() && found->second > seal.seal_id;
	};
	sealed.seals.erase(std::remove_if(sealed.seals.begin(), sealed.seals.end(), gone), sealed.seals.end());
	std::sort(sealed.seals.begin(), sealed.seals.end(),
			  [](const Seal &a, const Seal &b)
			  {
				  if (a.month != b.month || a.cluster != b.cluster)
					  return std::pair(a.month, a.cluster) < std::pair(b.month, b.cluster);
				  return a.to < b.to;
			  });
}

/* The digest that somebody has kept. */
static Digest
expected_digest(const char *text)
{
	Digest digest = {};
	std::size_t digits = 0;
	for (; text[digits] != '\0' && digits < 2 * sizeof digest.bytes; digits++)
	{
		const char *place = strchr("0123456789abcdef", pg_ascii_tolower(static_cast<unsigned char>(text[digits])));
		if (place == nullptr)
			break;
		auto value = static_cast<unsigned>(place - "0123456789abcdef");
		digest.bytes[digits / 2] = static_cast<uint8>(digest.bytes[digits / 2] << 4 | value);
	}
	if (digits < 2 * sizeof digest.bytes || text[digits] != '\0')
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("expected_head \"%s\" is no head of the log", text),
				errdetail("A head is 64 hexadecimal digits."), errhint("SELECT head FROM dbeng.verify_audit();"));
	return digest;
}

static Period
period_of(FunctionCallInfo fcinfo)
{
	Period period;
	if (!PG_ARGISNULL(0))
		period.from = month_begin(PG_GETARG_TIMESTAMPTZ(0));
	if (!PG_ARGISNULL(1))
		period.to = month_begin(PG_GETARG_TIMESTAMPTZ(1));
	if (period.to < period.from)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("from_at lies after to_at"),
				errdetail("%s is after %s.", timestamptz_to_str(PG_GETARG_TIMESTAMPTZ(0)),
						  pstrdup(timestamptz_to_str(PG_GETARG_TIMESTAMPTZ(1)))),
				errhint("Give the earlier time first; NULL is the log's beginning or end."));
	return period;
}

static void
read_log(const Period &period, ChunkSort &sort)
{
	Local<Vector<LogPartition>> partitions;
	log_partitions(*partitions);
	Local<LogReader> reader(period, sort);
	for (const LogPartition &partition : *partitions)
		if (partition.is_default ||
			(partition.from < (period.to == DT_NOEND ? DT_NOEND : next_month(period.to)) && partition.to > period.from))
			reader->read(partition.relation);
	reader->end();
}

static void
verify_audit(FunctionCallInfo fcinfo)
{
	require_audit_reader("dbeng.verify_audit()");
	Period period = period_of(fcinfo);
	Digest expected = {};
	const char *expected_text = text_argument(fcinfo, 2);
	if (expected_text != nullptr)
		expected = expected_digest(expected_text);
	Rows rows(fcinfo);
	Verdict verdict;
	Local<Sealed> sealed;
	if (audit_log().exists())
	{
		Identity identity = act_as_owner();
		read_seals(period, expected_text == nullptr ? nullptr : &expected, *sealed, verdict);
		Local<ChunkSort> sort;
		read_log(period, *sort);
		sort->sort();
		Local<Comparison> comparison(*sealed, verdict);
		FoundChunk chunk;
		while (sort->next(chunk))
		{
			CHECK_FOR_INTERRUPTS();
			comparison->add(chunk);
		}
		comparison->end();
		sort->end();
		identity.restore();
	}
	if (expected_text != nullptr && !sealed->expected_found)
		verdict.tell("no seal has the digest that was expected: seals were cut off, or the chain was made anew");
	rows.bigint(verdict.entries).bigint(verdict.broken);
	if (verdict.broken > 0)
		rows.bigint(verdict.first_broken);
	else
		rows.null();
	rows.time(sealed->sealed_at).bigint(verdict.unsealed);
	rows.text(sealed->last_id > 0 ? hex(sealed->head) : nullptr).text(verdict.problem).end();
}

} // namespace dbeng

SQL_FUNCTION(dbeng_verify_audit)
{
	dbeng::verify_audit(fcinfo);
	return Datum{0};
}
