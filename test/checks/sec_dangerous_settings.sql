-- firing
-- setting: zero_damaged_pages = on
-- setting: allow_system_table_mods = on
CREATE ROLE fx_app LOGIN;
ALTER ROLE fx_app SET ignore_checksum_failure = on;
-- expect: zero_damaged_pages | overwritten with zeros
-- expect: allow_system_table_mods | structure of system catalogs
-- expect: ignore_checksum_failure of fx_app | every session of fx_app

-- silent
CREATE ROLE fx_app LOGIN;
ALTER ROLE fx_app SET zero_damaged_pages = off;
