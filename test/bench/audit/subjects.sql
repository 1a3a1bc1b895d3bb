-- A table of each kind a subject, audited its way, and a function each that changes it row by row.
SET search_path = bench, public;
CREATE FUNCTION make_subject(subject text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	kind text;
	name text;
BEGIN
	INSERT INTO bench.subject (name) VALUES (subject);
	FOREACH kind IN ARRAY '{narrow,wide,toast}'::text[] LOOP
		name := kind || '_' || subject;
		EXECUTE format('CREATE TABLE bench.%I (LIKE bench.%I INCLUDING STORAGE, PRIMARY KEY (id))', name, kind || '_source');
		CASE subject
		WHEN 'dbeng' THEN PERFORM dbeng.enable_audit(('bench.' || name)::regclass);
		WHEN 'plpgsql' THEN EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON bench.%I FOR EACH ROW EXECUTE FUNCTION bench.note_change()', name);
		WHEN 'table_log' THEN PERFORM table_log_init(5, 'bench', name, 'bench', name || '_log');
		ELSE NULL;
		END CASE;
	END LOOP;
	name := 'narrow_' || subject;
	EXECUTE format('CREATE FUNCTION bench.%I(rows int) RETURNS void LANGUAGE plpgsql AS $f$
		BEGIN FOR i IN 1 .. rows LOOP INSERT INTO bench.%I VALUES (i, i, ''customer '' || i, i * 0.37, now()); END LOOP; END $f$', 'insert_' || subject, name);
	EXECUTE format('CREATE FUNCTION bench.%I(rows int) RETURNS void LANGUAGE plpgsql AS $f$
		BEGIN FOR i IN 1 .. rows LOOP UPDATE bench.%I SET n = n + 1 WHERE id = i; END LOOP; END $f$', 'update_' || subject, name);
	EXECUTE format('CREATE FUNCTION bench.%I(rows int) RETURNS void LANGUAGE plpgsql AS $f$
		BEGIN FOR i IN 1 .. rows LOOP DELETE FROM bench.%I WHERE id = i; END LOOP; END $f$', 'delete_' || subject, name);
END $$;

-- One subject's turn in a section; what is not measured comes first.
CREATE PROCEDURE take_turn(section text, subject text, round int, loops int) LANGUAGE plpgsql AS $$
DECLARE
	kind text := CASE section WHEN 'one row' THEN 'narrow' ELSE section END;
	name text := format('bench.%I', kind || '_' || subject);
	rows int;
	changed text := 'n = n + 1';
BEGIN
	EXECUTE 'TRUNCATE ' || name;
	IF subject = 'plpgsql' THEN
		TRUNCATE bench.change;
	ELSIF subject = 'table_log' THEN
		EXECUTE format('TRUNCATE bench.%I', kind || '_table_log_log');
	END IF;
	COMMIT;
	IF section = 'one row' THEN
		CALL bench.measure(section, 'one-row INSERT', subject, round, loops, format('SELECT bench.%I(%s)', 'insert_' || subject, loops));
		CALL bench.measure(section, 'one-row UPDATE', subject, round, loops, format('SELECT bench.%I(%s)', 'update_' || subject, loops));
		CALL bench.measure(section, 'one-row DELETE', subject, round, loops, format('SELECT bench.%I(%s)', 'delete_' || subject, loops));
		RETURN;
	END IF;
	EXECUTE format('SELECT count(*) FROM bench.%I', kind || '_source') INTO rows;
	IF section = 'toast' THEN
		EXECUTE format('INSERT INTO %s SELECT * FROM bench.toast_source', name);
		COMMIT;
		CALL bench.measure(section, 'UPDATE beside 100 kB', subject, round, rows, format('UPDATE %s SET n = n + 1', name));
		RETURN;
	END IF;
	IF section = 'wide' THEN
		changed := 'c8 = c8 + 1, c3 = c3 + interval ''1 day''';
	END IF;
	CALL bench.measure(section, 'bulk INSERT', subject, round, rows, format('INSERT INTO %s SELECT * FROM bench.%I', name, kind || '_source'));
	CALL bench.measure(section, 'bulk UPDATE', subject, round, rows, format('UPDATE %s SET %s', name, changed));
	CALL bench.measure(section, 'bulk DELETE', subject, round, rows, format('DELETE FROM %s', name));
	-- The one that comes next finds as little to write as this one did.
	EXECUTE 'TRUNCATE ' || name;
	COMMIT;
END $$;

-- Round 0 is not counted.
CREATE PROCEDURE take_rounds(sections text[], rounds int, loops int) LANGUAGE plpgsql AS $$
DECLARE
	section text;
	subject text;
BEGIN
	FOR round IN 0 .. rounds LOOP
		FOREACH section IN ARRAY sections LOOP
			FOR subject IN SELECT s.name FROM bench.subject s ORDER BY random() LOOP
				CALL bench.take_turn(section, subject, round, loops);
			END LOOP;
		END LOOP;
	END LOOP;
END $$;
