-- firing
-- threshold: {"percent": 101, "critical_percent": 0, "bytes": 1e18}
-- expect: data directory | of .* are free \([0-9.]+ %\)

-- silent: as much as it takes
-- threshold: {"percent": 101, "bytes": 0}
