-- enable
-- firing
-- expect: pgaudit | not in shared_preload_libraries

-- silent: what the catalogs look like where it is installed
CREATE EXTENSION citext;
UPDATE pg_extension SET extname = 'pgaudit' WHERE extname = 'citext';
