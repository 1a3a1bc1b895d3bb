-- firing
CREATE ROLE fx_same LOGIN PASSWORD 'fx_same';
CREATE ROLE "fx_Word" LOGIN PASSWORD 'changeme';
SET password_encryption = 'md5';
CREATE ROLE fx_old LOGIN PASSWORD 'fx_old';
-- expect: fx_same | its own name
-- expect: "fx_Word" | tried first
-- expect: fx_old | its own name

-- silent
CREATE ROLE fx_good LOGIN PASSWORD 'kJ8d-sn2Lq';
CREATE ROLE fx_group PASSWORD 'fx_group';
CREATE ROLE fx_none LOGIN;
