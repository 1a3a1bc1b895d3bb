-- firing
-- setting: password_encryption = 'md5'
CREATE ROLE fx_old LOGIN PASSWORD 'kJ8d-sn2Lq';
-- expect: password_encryption | new passwords
-- expect: fx_old | stored as MD5

-- silent
CREATE ROLE fx_new LOGIN PASSWORD 'kJ8d-sn2Lq';
CREATE ROLE fx_none LOGIN;
