-- firing
-- threshold: {"shared_buffers_bytes": 0}
-- setting: huge_pages = off
-- expect: huge_pages | of shared memory are in pages of 4 kB, huge_pages is off; the system must provide [0-9]+ huge pages
-- fix: partial the system must provide them too

-- silent: too little memory for it to matter
-- setting: huge_pages = off
