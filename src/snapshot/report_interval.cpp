/*
 * report_interval.cpp: which snapshots an interval has, and where some are missing.
 */
#include "snapshot/report.hpp"

namespace dbeng {
namespace report {

bool
Interval::gap_between(TimestampTz a, TimestampTz b) const
{
	return std::any_of(gaps.begin(), gaps.end(), [a, b](const Gap &gap) { return gap.from < b && gap.to > a; });
}

/*
 * A gap is a distance more than three times as long as is usual around it. The usual distance is not the same
 * everywhere: old snapshots are kept more sparsely, and the setting may have changed.
 */
static void
find_gaps(Interval &interval, const Vector<int64> &distances, const Vector<TimestampTz> &times)
{
	constexpr std::size_t around = 10;
	for (std::size_t i = 0; i < distances.size(); i++)
	{
		std::size_t first = i < around ? 0 : i - around;
		std::size_t last = std::min(i + around + 1, distances.size());
		int64 near[2 * around + 1];
		std::copy(distances.data() + first, distances.data() + last, near);
		int64 *middle = near + (last - first) / 2;
		std::nth_element(near, middle, near + (last - first));
		if (distances[i] > 3 * *middle && distances[i] > 10 * USECS_PER_SEC)
			interval.gaps.push_back({times[i], times[i + 1]});
	}
}

void
load_interval(Interval &interval)
{
	Local<Vector<TimestampTz>> times;
	Local<Vector<int64>> distances;
	int64 epoch = 0;
	each_row(format("SELECT taken_at, epoch, note FROM dbeng.snapshots"
					" WHERE taken_at >= %s AND taken_at <= %s ORDER BY taken_at, snapshot_id",
					moment_literal(interval.from), moment_literal(interval.to)),
			 [&](const Row &row)
			 {
				 TimestampTz at = row.time(1);
				 if (!times->empty())
					 distances->push_back(at - times->back());
				 const char *note = harmless(row.text(3));
				 if (note != nullptr && *note != '\0')
					 interval.marks.push_back({at, note});
				 else if (!times->empty() && row.integer(2) != epoch)
					 interval.marks.push_back({at, "counters began anew"});
				 epoch = row.integer(2);
				 times->push_back(at);
			 });
	interval.asked_from = interval.from;
	interval.asked_to = interval.to;
	interval.snapshots = static_cast<int64>(times->size());
	if (times->empty())
		return;
	interval.first = times->front();
	interval.last = times->back();
	find_gaps(interval, *distances, *times);
	auto covered = static_cast<double>(interval.last - interval.first);
	for (const Gap &gap : interval.gaps)
		covered -= static_cast<double>(gap.to - gap.from);
	interval.seconds = covered / USECS_PER_SEC;

	/* A chart of a day that has snapshots of an hour is a chart of that hour. */
	int64 most = (interval.to - interval.from) / 10;
	if (interval.last > interval.first && interval.first - interval.from > most)
		interval.from = interval.first;
	if (interval.last > interval.first && interval.to - interval.last > most)
		interval.to = interval.last;
}

} // namespace report
} // namespace dbeng
