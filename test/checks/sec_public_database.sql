-- enable
-- firing
CREATE ROLE fx_app LOGIN;
-- expect: fx | CONNECT

-- silent
REVOKE ALL ON DATABASE fx FROM PUBLIC;
