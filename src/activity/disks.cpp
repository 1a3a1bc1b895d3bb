#include "activity/disks.hpp"

#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

static void
add_place(Vector<Place> &places, const char *name, const char *directory)
{
	Disk disk = disk_of(directory);
	for (const Place &place : places)
		if (place.disk.total > 0 && place.disk.device == disk.device)
			return;
	places.push_back({name, disk});
}

std::span<const Place>
disks()
{
	Local<Vector<Place>> places;
	add_place(*places, "data directory", DataDir);
	add_place(*places, "pg_wal", "pg_wal");
	each_row("SELECT spcname, pg_tablespace_location(oid) FROM pg_tablespace WHERE pg_tablespace_location(oid) <> ''",
			 [&places](const Row &row) { add_place(*places, format("tablespace %s", row.text(1)), row.text(2)); });
	return {places->data(), places->size()};
}

} // namespace dbeng
