/*
 * report_summary.cpp: what changed most, in plain sentences and a few figures.
 */
#include "snapshot/report.hpp"

namespace dbeng {
namespace report {

/* Only changes of at least a tenth are worth a sentence's second half. */
static const char *
compared_with(const Report &report, double now, double before)
{
	if (!report.compared || std::isnan(now) || std::isnan(before) || before <= 0)
		return "";
	double percent = (now / before - 1) * 100;
	if (std::fabs(percent) < 10)
		return format(", about as in %s", report.before_name);
	if (percent >= 900)
		return format(", %s times as much as in %s", number(now / before, 0), report.before_name);
	return format(", %.0f %% %s than in %s", std::fabs(percent), percent > 0 ? "more" : "less", report.before_name);
}

static const char *
plural(int64 count, const char *one, const char *many)
{
	return format("%s %s", grouped(count), count == 1 ? one : many);
}

static void
say(Report &report, Tone tone, const char *sentence)
{
	report.summary.push_back({sentence, tone});
}

static const char *
when(const Report &report, TimestampTz at)
{
	return format("%s %s", report.now.to - report.now.from <= USECS_PER_DAY ? "at" : "on",
				  moment_within(report.now, at));
}

/* Ends a sentence, unless it ends in dots already. */
static const char *
stop(const char *sentence)
{
	std::size_t length = strlen(sentence);
	return length > 0 && sentence[length - 1] == '.' ? "" : ".";
}

static void
say_health(Report &report)
{
	const Highlights &found = report.found;
	double moved = found.score_end - found.score_begin;
	bool still = std::isnan(moved) || std::fabs(moved) < 0.05;
	if (!std::isnan(found.score_end) && still)
		say(report, Tone::plain,
			format("The health score is %.1f of 100 (%s)%s.", found.score_end, found.rating,
				   std::isnan(moved) ? "" : ", as at the beginning"));
	else if (!std::isnan(found.score_end))
		say(report, moved < 0 ? Tone::bad : Tone::good,
			format("The health score %s from %.1f to %.1f (%s)%s.", moved < 0 ? "fell" : "rose", found.score_begin,
				   found.score_end, found.rating,
				   found.moved_dimension == nullptr
					   ? ""
					   : format("; %s moved most, by %+.1f", found.moved_dimension, found.moved_by)));
	if (found.findings_new > 0)
	{
		const char *worst = clipped(found.worst_new, 200);
		say(report, Tone::bad,
			format("%s new%s%s; the worst of the new: %s%s", plural(found.findings_new, "finding is", "findings are"),
				   found.findings_gone > 0 ? format(", %s gone", grouped(found.findings_gone)) : "",
				   found.findings_critical > 0
					   ? format(", %s at the end",
								plural(found.findings_critical, "critical one is open", "critical ones are open"))
					   : "",
				   worst, stop(worst)));
	}
	else if (found.findings_gone > 0)
		say(report, Tone::good, format("%s gone.", plural(found.findings_gone, "finding is", "findings are")));
}

static void
say_disk(Report &report)
{
	const Highlights &found = report.found;
	if (found.fills_first == nullptr)
		return;
	int64 days = (found.full_at - GetCurrentTransactionStartTimestamp()) / USECS_PER_DAY;
	if (days > 365)
		return;
	say(report, days < 30 ? Tone::bad : Tone::plain,
		format("Disk: %s is full on %.10s at this rate, in %s.", clipped(found.fills_first, 100), moment(found.full_at),
			   plural(std::max<int64>(days, 0), "day", "days")));
}

static void
say_load(Report &report)
{
	const Highlights &found = report.found;
	if (!std::isnan(found.sessions_high) && found.sessions_high > 0)
		say(report,
			found.sessions_average > 1 && found.sessions_average > 1.5 * found.sessions_before ? Tone::bad
																							   : Tone::plain,
			format("%s sessions were active on average%s; the most were %s, %s.", count_text(found.sessions_average),
				   compared_with(report, found.sessions_average, found.sessions_before),
				   count_text(found.sessions_high), when(report, found.sessions_high_at)));
	if (!std::isnan(found.statement_ms))
	{
		const char *most = "";
		if (const Statement *statement = found.changed_most; statement != nullptr)
		{
			double difference = statement->now.ms - statement->before.ms * report.scale;
			const char *text = statement->text == nullptr ? "a statement without text" : clipped(statement->text, 60);
			most = format(". S%d changed most, by %s%s: %s", statement->number, difference > 0 ? "+" : "",
						  ms_text(difference), text);
		}
		say(report, report.compared && found.statement_ms > 1.5 * found.statement_ms_before ? Tone::bad : Tone::plain,
			format("Statements took %s in %s calls%s%s%s", ms_text(found.statement_ms), count_text(found.calls),
				   compared_with(report, found.statement_ms, found.statement_ms_before), most, stop(most)));
	}
	if (found.waiting_share >= 0.2 && found.top_wait != nullptr)
		say(report, found.waiting_share >= 0.5 ? Tone::bad : Tone::plain,
			format("Active sessions waited %s of their time, mostly for %s (%s).",
				   percent_text(100 * found.waiting_share), found.top_wait, percent_text(100 * found.top_wait_share)));
	const char *deadlocks =
		found.deadlocks > 0 ? plural(std::llround(found.deadlocks), "deadlock was", "deadlocks were") : nullptr;
	if (found.lock_waits_high >= 1)
		say(report, found.lock_waits_high >= 5 || deadlocks != nullptr ? Tone::bad : Tone::plain,
			format("Up to %s waited for locks at once, %s%s.",
				   plural(std::llround(found.lock_waits_high), "session", "sessions"),
				   when(report, found.lock_waits_high_at),
				   deadlocks == nullptr ? "" : format("; %s resolved by cancelling a session", deadlocks)));
	else if (deadlocks != nullptr)
		say(report, Tone::bad, format("%s resolved by cancelling a session.", deadlocks));
	if (found.connections_used_high >= 80)
		say(report, Tone::bad,
			format("%s of the connections were in use at the highest.", percent_text(found.connections_used_high)));
	if (found.conflicts > 0)
		say(report, Tone::bad,
			format("%s cancelled because recovery needed what it read.",
				   plural(std::llround(found.conflicts), "query was", "queries were")));
	if (found.rollbacks > 0.05 * (found.commits + found.rollbacks))
		say(report, Tone::bad,
			format("%s of the transactions were rolled back (%s).",
				   percent_text(100 * found.rollbacks / (found.commits + found.rollbacks)),
				   count_text(found.rollbacks)));
}

static void
say_storage(Report &report)
{
	const Highlights &found = report.found;
	double growth = found.bytes_end - found.bytes_begin;
	if (std::fabs(growth) >= 1024.0 * 1024)
		say(report, Tone::plain,
			format("The database %s by %s to %s%s%s.", growth > 0 ? "grew" : "shrank", bytes_text(std::fabs(growth)),
				   bytes_text(found.bytes_end),
				   growth > 0 ? compared_with(report, growth, found.growth_before * report.scale) : "",
				   found.grown_most != nullptr && growth > 0
					   ? format("; most of all %s, by %s", clipped(found.grown_most, 80), bytes_text(found.grown_by))
					   : ""));
	if (found.temp_bytes >= 1024.0 * 1024 * 1024)
		say(report, Tone::bad,
			format("%s went through temporary files%s: see which statements need more work_mem.",
				   bytes_text(found.temp_bytes), compared_with(report, found.temp_bytes, found.temp_bytes_before)));
	double checkpoints = found.checkpoints_timed + found.checkpoints_requested;
	if (found.checkpoints_requested >= 3 && found.checkpoints_requested > 0.3 * checkpoints)
		say(report, Tone::bad,
			format("%s of %s checkpoints came before their time: max_wal_size may be too small.",
				   count_text(found.checkpoints_requested), count_text(checkpoints)));
}

static void
say_events(Report &report)
{
	const Interval &now = report.now;
	const char *missing = nullptr;
	if (!now.gaps.empty())
	{
		int64 length = 0;
		for (const Gap &gap : now.gaps)
			length += gap.to - gap.from;
		missing = format("there are no snapshots for %s", seconds_text(static_cast<double>(length) / USECS_PER_SEC));
	}
	if (now.marks.size() == 1)
		say(report, Tone::bad,
			format("Counters began anew %s: %s%s.", when(report, now.marks.front().at),
				   clipped(now.marks.front().why, 100), missing == nullptr ? "" : format("; %s", missing)));
	else if (!now.marks.empty())
		say(report, Tone::bad,
			format("Counters began anew %s times, last %s: %s%s.", grouped(static_cast<int64>(now.marks.size())),
				   when(report, now.marks.back().at), clipped(now.marks.back().why, 100),
				   missing == nullptr ? "" : format("; %s", missing)));
	else if (missing != nullptr)
		say(report, Tone::bad, format("From %s on %s.", clock_text(now.gaps.front().from), missing));
	const Highlights &found = report.found;
	if (found.settings > 0)
		say(report, Tone::plain,
			format("%s changed: %s%s.", plural(found.settings, "setting was", "settings were"), found.setting,
				   found.settings > 3 ? " ..." : ""));
}

static void
add_figure(Report &report, const char *name, const char *value, double now, double before, const char *detail = nullptr)
{
	if (value == nullptr)
		return;
	const char *change = report.compared ? change_text(now, before) : nullptr;
	report.figures.push_back({name, value, change, detail});
}

static void
add_figures(Report &report)
{
	const Highlights &found = report.found;
	if (!std::isnan(found.score_end))
		report.figures.push_back({"Health score", format("%.1f", found.score_end),
								  std::isnan(found.score_begin) || std::fabs(found.score_end - found.score_begin) < 0.05
									  ? nullptr
									  : format("%+.1f", found.score_end - found.score_begin),
								  found.rating});
	add_figure(report, "Active sessions", count_text(found.sessions_average), found.sessions_average,
			   found.sessions_before,
			   std::isnan(found.sessions_high) ? nullptr : format("at most %s", count_text(found.sessions_high)));
	add_figure(report, "Time in statements", ms_text(found.statement_ms), found.statement_ms, found.statement_ms_before,
			   std::isnan(found.calls) ? nullptr : format("%s calls", count_text(found.calls)));
	add_figure(report, "Commits", count_text(found.commits), found.commits, found.commits_before,
			   std::isnan(found.rollbacks) ? nullptr : format("%s rollbacks", count_text(found.rollbacks)));
	add_figure(report, "WAL", amount(found.wal_bytes, Unit::bytes_per_second), found.wal_bytes, found.wal_bytes_before,
			   report.now.seconds > 0 && !std::isnan(found.wal_bytes)
				   ? format("%s in all", bytes_text(found.wal_bytes * report.now.seconds))
				   : nullptr);
	if (!std::isnan(found.bytes_end))
	{
		double growth = found.bytes_end - found.bytes_begin;
		report.figures.push_back(
			{"Database size", bytes_text(found.bytes_end),
			 growth == 0 ? nullptr : format("%s%s", growth > 0 ? "+" : "", bytes_text(growth)),
			 std::isnan(found.hit_pct) ? nullptr : format("hit ratio %s", percent_text(found.hit_pct))});
	}
}

void
summarize(Report &report)
{
	say_health(report);
	say_load(report);
	say_storage(report);
	say_disk(report);
	say_events(report);
	/* What is bad comes first; else the order they were said in stays. */
	Local<Vector<Sentence>> said(report.summary);
	report.summary.clear();
	for (bool bad : {true, false})
		for (const Sentence &sentence : *said)
			if ((sentence.tone == Tone::bad) == bad)
				report.summary.push_back(sentence);
	if (report.summary.empty())
		say(report, Tone::plain, "Nothing stands out.");
	add_figures(report);
}

} // namespace report
} // namespace dbeng
