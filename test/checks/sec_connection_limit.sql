-- enable
-- firing
CREATE ROLE fx_any LOGIN;
-- expect: fx_any | no CONNECTION LIMIT

-- silent
CREATE ROLE fx_few LOGIN CONNECTION LIMIT 10;
CREATE ROLE fx_group;
