-- silent
CREATE TABLE t (id int);

-- firing
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE fx_inside LOCATION '';
-- expect: fx_inside | below the data directory
