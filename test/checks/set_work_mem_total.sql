-- firing
-- setting: max_connections = 20
-- setting: work_mem = '1TB'
-- expect: work_mem | ^one hash in each of 20 connections, 1024 GB work_mem times 2 \(hash_mem_multiplier\), takes 40 TB; of .* of memory

-- silent
-- setting: max_connections = 10
-- setting: work_mem = '4MB'
