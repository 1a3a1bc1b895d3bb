-- firing
-- threshold: {"age": 100, "critical_age": 1000000}
DO $$ BEGIN FOR i IN 1..150 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$;
-- expect: fx | transaction IDs are not frozen yet; the server stops giving out new ones in 2,14
-- expect: postgres | VACUUM \(FREEZE\) has to run in that database
-- expect: dbeng_fixture | IDs are not frozen
-- expect: template0 | IDs are not frozen
-- expect: template1 | IDs are not frozen

-- silent
