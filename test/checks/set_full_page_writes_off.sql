-- firing
-- setting: full_page_writes = off
-- expect: full_page_writes | half written

-- silent
-- setting: full_page_writes = on
