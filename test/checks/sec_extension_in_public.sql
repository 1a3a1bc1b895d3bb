-- firing
CREATE EXTENSION citext;
-- expect: citext | in schema public

-- silent
CREATE SCHEMA extensions;
CREATE EXTENSION citext SCHEMA extensions;
