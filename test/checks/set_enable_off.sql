-- firing
-- setting: enable_nestloop = off
ALTER DATABASE fx SET enable_seqscan = off;
-- expect: enable_nestloop | ^enable_nestloop is off for the whole server
-- expect: enable_seqscan | ^enable_seqscan is off in this database

-- silent: off by default
-- setting: enable_partitionwise_join = off
