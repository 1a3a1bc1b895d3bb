SELECT * FROM finish();
\c :home
SET client_min_messages = warning;
DROP DATABASE :database;
