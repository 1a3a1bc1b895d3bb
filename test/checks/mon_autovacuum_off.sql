-- firing
-- setting: autovacuum = off
-- expect: autovacuum | autovacuum is off: dead rows stay

-- silent
