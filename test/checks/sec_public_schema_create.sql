-- firing
GRANT CREATE ON SCHEMA public TO PUBLIC;
CREATE SCHEMA "Open";
GRANT ALL ON SCHEMA "Open" TO PUBLIC;
-- expect: public | every role may create
-- expect: "Open" | every role may create

-- silent
CREATE ROLE fx_app LOGIN;
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO PUBLIC;
GRANT CREATE ON SCHEMA app TO fx_app;
