-- firing
-- server: < 18
-- expect: data_checksums | data checksums are off

-- silent
-- server: >= 18
