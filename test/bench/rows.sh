#!/bin/bash
# rows.sh: what versions, tenants and counts of children cost.
#
# Versions: an update of 200,000 rows at once and of 20,000 one by one inside the server, on tables that differ in their
# trigger alone: none, one in C that does nothing (the floor of whatever runs before a row is updated: the server locks
# each row first), dbeng's, the usual one in PL/pgSQL, and contrib's moddatetime, which keeps the time only. Tenants: a sum over
# 500,000 rows of 100 tenants, by index and without, and an update, held back by a literal, by dbeng's policy and by the usual
# policy, which asks for the setting row by row. Counts: 100,000 children of 1,000 parents inserted, edited, moved and deleted at
# once, and 5,000 one by one: not counted, by dbeng and by the usual trigger, which updates a parent for each row. All are
# interleaved in random order; what counts are the ratios.
set -eu
. "$(dirname "$0")/database.sh"
rows=${BENCH_ROWS:-200000} rounds=${BENCH_ROUNDS:-9} tenant_rows=${BENCH_TENANT_ROWS:-500000}

createdb rows
trap 'dropdb --force rows && psql -qX -d postgres -c "SET client_min_messages = warning" -c "DROP ROLE IF EXISTS rows_bench"' EXIT
psql -qX -v ON_ERROR_STOP=1 -d rows <<-SQL
	SET client_min_messages = warning;
	CREATE EXTENSION dbeng;
	CREATE EXTENSION moddatetime;
	CREATE TABLE reading (kind text, shape text, name text, ms float8);
	CREATE FUNCTION usual() RETURNS trigger LANGUAGE plpgsql AS \$\$BEGIN NEW.version := OLD.version + 1; NEW.updated_at := now(); RETURN NEW; END\$\$;
	DO \$\$
	DECLARE n text; wide text;
	BEGIN
		FOREACH n IN ARRAY '{untouched,floor,dbeng,usual,moddatetime}'::text[] LOOP
			EXECUTE format('CREATE TABLE narrow_%s (id bigint PRIMARY KEY, amount bigint, name text, version bigint NOT NULL DEFAULT 1,
				updated_at timestamptz NOT NULL DEFAULT now()) WITH (autovacuum_enabled = off, fillfactor = 45)', n);
			EXECUTE format('INSERT INTO narrow_%s SELECT g, g, ''name '' || g FROM generate_series(1, $rows) g', n);
			SELECT string_agg(format('c%s %s', c, CASE WHEN c % 3 = 0 THEN 'text DEFAULT ''some text''' ELSE 'int DEFAULT 1' END), ', ') INTO wide FROM generate_series(1, 36) c;
			EXECUTE format('CREATE TABLE wide_%s (id bigint PRIMARY KEY, amount bigint, %s, version bigint NOT NULL DEFAULT 1,
				updated_at timestamptz NOT NULL DEFAULT now()) WITH (autovacuum_enabled = off, fillfactor = 45)', n, wide);
			EXECUTE format('INSERT INTO wide_%s SELECT g, g FROM generate_series(1, $rows / 5) g', n);
			FOREACH wide IN ARRAY '{narrow,wide}'::text[] LOOP
				CASE n
					WHEN 'floor' THEN EXECUTE format('CREATE TRIGGER z BEFORE UPDATE ON %s_%s FOR EACH ROW EXECUTE FUNCTION dbeng._version_row('''', '''', '''')', wide, n);
					WHEN 'dbeng' THEN PERFORM dbeng.enable_versioning(format('%s_%s', wide, n)::regclass);
					WHEN 'usual' THEN EXECUTE format('CREATE TRIGGER z BEFORE UPDATE ON %s_%s FOR EACH ROW EXECUTE FUNCTION usual()', wide, n);
					WHEN 'moddatetime' THEN EXECUTE format('CREATE TRIGGER z BEFORE UPDATE ON %s_%s FOR EACH ROW EXECUTE FUNCTION moddatetime(updated_at)', wide, n);
					ELSE NULL;
				END CASE;
			END LOOP;
		END LOOP;
	END \$\$;
	CREATE PROCEDURE round() LANGUAGE plpgsql AS \$\$
	DECLARE s record; started timestamptz;
	BEGIN
		FOR s IN SELECT n.name, h.shape, k.kind FROM unnest('{untouched,floor,dbeng,usual,moddatetime}'::text[]) n(name), unnest('{narrow,wide}'::text[]) h(shape), unnest('{bulk,single}'::text[]) k(kind) ORDER BY random() LOOP
			started := clock_timestamp();
			IF s.kind = 'bulk' THEN
				EXECUTE format('UPDATE %s_%s SET amount = amount + 1', s.shape, s.name);
			ELSE
				EXECUTE format('DO \$d\$BEGIN FOR i IN 1 .. 20000 LOOP UPDATE %s_%s SET amount = amount + 1 WHERE id = i; END LOOP; END\$d\$', s.shape, s.name);
			END IF;
			INSERT INTO reading VALUES (s.kind, s.shape, s.name, extract(epoch FROM clock_timestamp() - started) * 1000);
			COMMIT;
		END LOOP;
	END \$\$;
SQL
psql -qX -d rows -c 'VACUUM ANALYZE' -c 'CHECKPOINT'
psql -qX -d rows -c 'SET synchronous_commit = off' -c 'CALL round()' -c 'TRUNCATE reading' -c 'VACUUM'
for _ in $(seq "$rounds"); do psql -qX -d rows -c 'SET synchronous_commit = off' -c 'CALL round()' -c 'VACUUM'; done
echo "versions: $rounds rounds, x an untouched update"
psql -qXAt -d rows <<-'SQL'
	WITH m AS (SELECT kind, shape, name, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms FROM reading GROUP BY 1, 2, 3)
	SELECT format('  %s %s: %s', m.kind, m.shape, string_agg(format('%s %s', m.name, round((m.ms / u.ms)::numeric, 2)), ', ' ORDER BY m.ms))
	FROM m JOIN m u ON u.kind = m.kind AND u.shape = m.shape AND u.name = 'untouched' WHERE m.name <> 'untouched' GROUP BY m.kind, m.shape ORDER BY 1
SQL

psql -qX -v ON_ERROR_STOP=1 -d rows <<-SQL
	SET client_min_messages = warning;
	TRUNCATE reading;
	CREATE ROLE rows_bench;
	GRANT ALL ON reading TO rows_bench;
	DO \$\$
	DECLARE n text; h text;
	BEGIN
		FOREACH n IN ARRAY '{literal,dbeng,usual}'::text[] LOOP
			FOREACH h IN ARRAY '{scan,index}'::text[] LOOP
				EXECUTE format('CREATE TABLE tenants_%s_%s (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, amount bigint) WITH (autovacuum_enabled = off, fillfactor = 80)', h, n);
				EXECUTE format('INSERT INTO tenants_%s_%s SELECT g, g %% 100, g FROM generate_series(1, $tenant_rows) g', h, n);
				EXECUTE format('CREATE INDEX ON tenants_%s_%s (tenant_id)', h, n);
				EXECUTE format('GRANT ALL ON tenants_%s_%s TO rows_bench', h, n);
				CASE n
					WHEN 'dbeng' THEN PERFORM dbeng.enable_tenancy(format('tenants_%s_dbeng', h)::regclass);
					WHEN 'usual' THEN EXECUTE format('ALTER TABLE tenants_%1\$s_usual ENABLE ROW LEVEL SECURITY;
						CREATE POLICY p ON tenants_%1\$s_usual USING (tenant_id = current_setting(''app.tenant_id'')::bigint)', h);
					ELSE NULL;
				END CASE;
				IF h = 'scan' THEN
					EXECUTE format('DROP INDEX tenants_%s_%s_tenant_id_idx', h, n);
				END IF;
			END LOOP;
		END LOOP;
	END \$\$;
	CREATE PROCEDURE tenants(rounds int) LANGUAGE plpgsql AS \$\$
	DECLARE s record; started timestamptz; predicate text;
	BEGIN
		FOR i IN 0 .. rounds LOOP
			FOR s IN SELECT n.name, h.shape, k.kind FROM unnest('{literal,dbeng,usual}'::text[]) n(name), unnest('{scan,index}'::text[]) h(shape), unnest('{select,update}'::text[]) k(kind) ORDER BY random() LOOP
				predicate := CASE WHEN s.name = 'literal' THEN 'WHERE tenant_id = 7' ELSE '' END;
				started := clock_timestamp();
				FOR again IN 1 .. CASE WHEN s.shape = 'scan' THEN 1 ELSE 10 END LOOP
					EXECUTE format(CASE s.kind WHEN 'select' THEN 'SELECT sum(amount) FROM tenants_%s_%s %s' ELSE 'UPDATE tenants_%s_%s SET amount = amount + 1 %s' END, s.shape, s.name, predicate);
				END LOOP;
				IF i > 0 THEN
					INSERT INTO reading VALUES (s.kind, s.shape, s.name, extract(epoch FROM clock_timestamp() - started) * 1000);
				END IF;
				COMMIT;
			END LOOP;
		END LOOP;
	END \$\$;
	GRANT EXECUTE ON PROCEDURE tenants TO rows_bench;
SQL
psql -qX -d rows -c 'VACUUM ANALYZE' -c 'SET synchronous_commit = off' -c 'SET max_parallel_workers_per_gather = 0' -c "SET app.tenant_id = '7'" -c 'SET ROLE rows_bench' -c "CALL tenants($rounds)"
echo "tenants: $rounds rounds, x a literal predicate"
psql -qXAt -d rows <<-'SQL'
	WITH m AS (SELECT kind, shape, name, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms FROM reading GROUP BY 1, 2, 3)
	SELECT format('  %s by %s: %s', m.kind, m.shape, string_agg(format('%s %s', m.name, round((m.ms / u.ms)::numeric, 2)), ', ' ORDER BY m.ms))
	FROM m JOIN m u ON u.kind = m.kind AND u.shape = m.shape AND u.name = 'literal' WHERE m.name <> 'literal' GROUP BY m.kind, m.shape ORDER BY 1
SQL

psql -qX -v ON_ERROR_STOP=1 -d rows <<-'SQL'
	SET client_min_messages = warning;
	TRUNCATE reading;
	CREATE FUNCTION usual_count() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		IF TG_OP <> 'INSERT' THEN UPDATE parent_usual SET n = n - 1 WHERE id = OLD.parent; END IF;
		IF TG_OP <> 'DELETE' THEN UPDATE parent_usual SET n = n + 1 WHERE id = NEW.parent; END IF;
		RETURN NULL;
	END $$;
	DO $$
	DECLARE n text;
	BEGIN
		FOREACH n IN ARRAY '{uncounted,dbeng,usual}'::text[] LOOP
			EXECUTE format('CREATE TABLE parent_%s (id int PRIMARY KEY, name text, n bigint NOT NULL DEFAULT 0) WITH (autovacuum_enabled = off, fillfactor = 50)', n);
			EXECUTE format('INSERT INTO parent_%s SELECT g, ''name '' || g FROM generate_series(1, 1000) g', n);
			EXECUTE format('CREATE TABLE child_%s (id int PRIMARY KEY, parent int NOT NULL REFERENCES parent_%s, body text) WITH (autovacuum_enabled = off)', n, n);
		END LOOP;
		PERFORM dbeng.enable_counter_cache('child_dbeng', 'parent', 'parent_dbeng', 'n');
		CREATE TRIGGER counted AFTER INSERT OR DELETE OR UPDATE OF parent ON child_usual FOR EACH ROW EXECUTE FUNCTION usual_count();
	END $$;
	CREATE PROCEDURE counts() LANGUAGE plpgsql AS $$
	DECLARE s record; started timestamptz; statement text;
	BEGIN
		FOR s IN SELECT n.name, h.shape FROM unnest('{uncounted,dbeng,usual}'::text[]) n(name), unnest('{bulk,single}'::text[]) h(shape) ORDER BY random() LOOP
			FOREACH statement IN ARRAY '{insert,other,move,delete}'::text[] LOOP
				started := clock_timestamp();
				IF s.shape = 'bulk' THEN
					EXECUTE format(CASE statement WHEN 'insert' THEN 'INSERT INTO child_%s SELECT g, g %% 1000 + 1, ''body'' FROM generate_series(1, 100000) g'
						WHEN 'other' THEN 'UPDATE child_%s SET body = ''other''' WHEN 'move' THEN 'UPDATE child_%s SET parent = parent %% 1000 + 1' ELSE 'DELETE FROM child_%s' END, s.name);
				ELSE
					EXECUTE format('DO $d$BEGIN FOR i IN 1 .. 5000 LOOP ' || CASE statement WHEN 'insert' THEN 'INSERT INTO child_%s VALUES (i, i %% 1000 + 1, ''body'')'
						WHEN 'other' THEN 'UPDATE child_%s SET body = ''other'' WHERE id = i' WHEN 'move' THEN 'UPDATE child_%s SET parent = parent %% 1000 + 1 WHERE id = i'
						ELSE 'DELETE FROM child_%s WHERE id = i' END || '; END LOOP; END$d$', s.name);
				END IF;
				INSERT INTO reading VALUES (statement, s.shape, s.name, extract(epoch FROM clock_timestamp() - started) * 1000);
				COMMIT;
			END LOOP;
			EXECUTE format('TRUNCATE child_%s', s.name);
			COMMIT;
		END LOOP;
	END $$;
SQL
count() { psql -qX -d rows -c 'SET synchronous_commit = off' -c 'CALL counts()' -c 'VACUUM parent_uncounted, parent_dbeng, parent_usual, child_uncounted, child_dbeng, child_usual'; }
count && psql -qX -d rows -c 'TRUNCATE reading'
for _ in $(seq "$rounds"); do count; done
echo "counts: $rounds rounds, x what is not counted"
psql -qXAt -d rows <<-'SQL'
	WITH m AS (SELECT kind, shape, name, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms FROM reading GROUP BY 1, 2, 3)
	SELECT format('  %s %s: %s', m.kind, m.shape, string_agg(format('%s %s', m.name, round((m.ms / u.ms)::numeric, 2)), ', ' ORDER BY m.ms))
	FROM m JOIN m u ON u.kind = m.kind AND u.shape = m.shape AND u.name = 'uncounted' WHERE m.name <> 'uncounted' GROUP BY m.kind, m.shape ORDER BY 1
SQL
