#!/bin/bash
# rows.sh: what versions, tenants, counts of children, paths and events cost, and what pages by key spare.
#
# Versions: an update of 200,000 rows at once and of 20,000 one by one inside the server, on tables that differ in their
# trigger alone: none, one in C that does nothing (the floor of whatever runs before a row is updated: the server locks
# each row first), dbeng's, the usual one in PL/pgSQL, and contrib's moddatetime, which keeps the time only. Tenants: a sum over
# 500,000 rows of 100 tenants, by index and without, and an update, held back by a literal, by dbeng's policy and by the usual
# policy, which asks for the setting row by row. Counts: 100,000 children of 1,000 parents inserted, edited, moved and deleted at
# once, and 5,000 one by one: not counted, by dbeng and by the usual trigger, which updates a parent for each row. Paths: a tree
# of 20,000 rows, eight below each: parents alone (and WITH RECURSIVE to read), dbeng's paths, and contrib's ltree with the usual
# triggers. Events: 5,000 appended one by one and 50,000 at once, against a table of the same columns and keys. Pages: 50 rows of
# 200,000 at several depths, by key and by OFFSET. All are interleaved in random order; what counts are the ratios.
set -eu
. "$(dirname "$0")/database.sh"
rows=${BENCH_ROWS:-200000} rounds=${BENCH_ROUNDS:-9} tenant_rows=${BENCH_TENANT_ROWS:-500000}

ratios() { # which of them is 1, how to tell kind and shape
	psql -qXAt -d rows -v one="$1" -v told="$2" <<-'SQL'
		WITH m AS (SELECT kind, shape, name, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms FROM reading GROUP BY 1, 2, 3)
		SELECT format('  %s: %s', format(:'told', m.kind, m.shape), string_agg(format('%s %s', m.name, round((m.ms / u.ms)::numeric, 2)), ', ' ORDER BY m.ms))
		FROM m JOIN m u ON u.kind = m.kind AND u.shape = m.shape AND u.name = :'one' WHERE m.name <> :'one' GROUP BY m.kind, m.shape ORDER BY 1
	SQL
}

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
ratios untouched '%s %s'

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
ratios literal '%s by %s'

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
ratios uncounted '%s %s'

psql -qX -v ON_ERROR_STOP=1 -d rows <<-'SQL'
	SET client_min_messages = warning;
	TRUNCATE reading;
	CREATE EXTENSION ltree;
	DO $$
	DECLARE n text;
	BEGIN
		FOREACH n IN ARRAY '{parents,dbeng,ltree}'::text[] LOOP
			EXECUTE format('CREATE TABLE tree_%1$s (id bigint PRIMARY KEY, parent_id bigint REFERENCES tree_%1$s, name text) WITH (autovacuum_enabled = off, fillfactor = 70)', n);
			EXECUTE format('INSERT INTO tree_%s SELECT g, nullif((g + 6) / 8, 0), ''name '' || g FROM generate_series(1, 20000) g', n);
			EXECUTE format('CREATE INDEX ON tree_%s (parent_id)', n);
		END LOOP;
		PERFORM dbeng.enable_path('tree_dbeng', 'parent_id');
	END $$;
	ALTER TABLE tree_ltree ADD path ltree;
	WITH RECURSIVE t(id, path) AS (SELECT id, id::text::ltree FROM tree_ltree WHERE parent_id IS NULL UNION ALL SELECT c.id, t.path || c.id::text FROM t JOIN tree_ltree c ON c.parent_id = t.id)
		UPDATE tree_ltree x SET path = t.path FROM t WHERE t.id = x.id;
	CREATE INDEX ON tree_ltree USING gist (path);
	CREATE FUNCTION usual_path() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		NEW.path := coalesce((SELECT path FROM tree_ltree WHERE id = NEW.parent_id), '') || NEW.id::text;
		RETURN NEW;
	END $$;
	CREATE FUNCTION usual_move() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		UPDATE tree_ltree SET path = NEW.path || subpath(path, nlevel(OLD.path)) WHERE path <@ OLD.path AND id <> NEW.id;
		RETURN NULL;
	END $$;
	CREATE TRIGGER a BEFORE INSERT OR UPDATE OF parent_id ON tree_ltree FOR EACH ROW EXECUTE FUNCTION usual_path();
	CREATE TRIGGER b AFTER UPDATE OF parent_id ON tree_ltree FOR EACH ROW WHEN (OLD.path IS DISTINCT FROM NEW.path) EXECUTE FUNCTION usual_move();
	CREATE FUNCTION below(name text, root bigint) RETURNS bigint LANGUAGE plpgsql AS $$
	DECLARE found bigint;
	BEGIN
		CASE name
			WHEN 'dbeng' THEN SELECT count(*) INTO found FROM tree_dbeng WHERE path @> ARRAY[root];
			WHEN 'ltree' THEN SELECT count(*) INTO found FROM tree_ltree WHERE path <@ (SELECT path FROM tree_ltree WHERE id = root);
			ELSE WITH RECURSIVE t AS (SELECT * FROM tree_parents WHERE id = root UNION ALL SELECT c.* FROM t JOIN tree_parents c ON c.parent_id = t.id) SELECT count(*) INTO found FROM t;
		END CASE;
		RETURN found;
	END $$;
	CREATE FUNCTION above(name text, leaf bigint) RETURNS bigint LANGUAGE plpgsql AS $$
	DECLARE found bigint;
	BEGIN
		CASE name
			WHEN 'dbeng' THEN SELECT count(*) INTO found FROM tree_dbeng t JOIN tree_dbeng a ON a.id = ANY (t.path) WHERE t.id = leaf;
			WHEN 'ltree' THEN SELECT count(*) INTO found FROM tree_ltree WHERE path @> (SELECT path FROM tree_ltree WHERE id = leaf);
			ELSE WITH RECURSIVE t AS (SELECT * FROM tree_parents WHERE id = leaf UNION ALL SELECT p.* FROM t JOIN tree_parents p ON p.id = t.parent_id) SELECT count(*) INTO found FROM t;
		END CASE;
		RETURN found;
	END $$;
	CREATE PROCEDURE paths() LANGUAGE plpgsql AS $$
	DECLARE s record; started timestamptz; statement text;
	BEGIN
		FOR s IN SELECT n.name FROM unnest('{parents,dbeng,ltree}'::text[]) n(name) ORDER BY random() LOOP
			FOREACH statement IN ARRAY '{insert,other,below,above,move leaf,move subtree}'::text[] LOOP
				started := clock_timestamp();
				EXECUTE format('DO $d$BEGIN ' || CASE statement
					WHEN 'insert' THEN 'FOR i IN 1 .. 1000 LOOP INSERT INTO tree_%1$s (id, parent_id, name) VALUES (100000 + i, 2000 + i, ''leaf''); END LOOP'
					WHEN 'other' THEN 'FOR i IN 1 .. 1000 LOOP UPDATE tree_%1$s SET name = ''other'' WHERE id = i; END LOOP'
					WHEN 'below' THEN 'FOR i IN 1 .. 200 LOOP PERFORM below(%1$L, 20 + i); END LOOP'
					WHEN 'above' THEN 'FOR i IN 1 .. 1000 LOOP PERFORM above(%1$L, 15000 + i); END LOOP'
					WHEN 'move leaf' THEN 'FOR i IN 1 .. 1000 LOOP UPDATE tree_%1$s SET parent_id = 1000 + i WHERE id = 100000 + i; END LOOP'
					ELSE 'FOR i IN 1 .. 10 LOOP UPDATE tree_%1$s SET parent_id = CASE WHEN parent_id = (i + 16) / 8 THEN 5 ELSE (i + 16) / 8 END WHERE id = 10 + i; END LOOP' END || '; END$d$', s.name);
				INSERT INTO reading VALUES (statement, '', s.name, extract(epoch FROM clock_timestamp() - started) * 1000);
				COMMIT;
			END LOOP;
			EXECUTE format('DELETE FROM tree_%s WHERE id > 100000', s.name);
			COMMIT;
		END LOOP;
	END $$;
SQL
paths() { psql -qX -d rows -c 'SET synchronous_commit = off' -c 'CALL paths()' -c 'VACUUM ANALYZE tree_parents, tree_dbeng, tree_ltree'; }
psql -qX -d rows -c 'VACUUM ANALYZE tree_parents, tree_dbeng, tree_ltree'
paths && psql -qX -d rows -c 'TRUNCATE reading'
for _ in $(seq "$rounds"); do paths; done
echo "paths: $rounds rounds, x parents alone"
ratios parents '%s'

psql -qX -v ON_ERROR_STOP=1 -d rows <<-'SQL'
	SET client_min_messages = warning;
	TRUNCATE reading;
	CREATE TABLE plain_events (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, aggregate_type text COLLATE "C" NOT NULL, aggregate_id uuid NOT NULL, version integer NOT NULL CHECK (version > 0),
		event_type text NOT NULL, data jsonb NOT NULL, metadata jsonb NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT clock_timestamp(), UNIQUE (aggregate_type, aggregate_id, version));
	DO $$BEGIN PERFORM dbeng.create_event_store('kept_events'); END$$;
	CREATE PROCEDURE events() LANGUAGE plpgsql AS $$
	DECLARE s record; started timestamptz;
	BEGIN
		FOR s IN SELECT * FROM (VALUES ('append', 'plain', 'DO $d$BEGIN FOR i IN 0 .. 4999 LOOP INSERT INTO plain_events (aggregate_type, aggregate_id, version, event_type, data) VALUES (''order'', md5((i % 500)::text)::uuid, i / 500 + 1, ''made'', ''{"total": 1}''); END LOOP; END$d$'),
				('append', 'append_event()', 'DO $d$BEGIN FOR i IN 0 .. 4999 LOOP PERFORM dbeng.append_event(''kept_events'', ''order'', md5((i % 500)::text)::uuid, i / 500, ''made'', ''{"total": 1}''); END LOOP; END$d$'),
				('append', 'INSERT', 'DO $d$BEGIN FOR i IN 0 .. 4999 LOOP INSERT INTO kept_events (aggregate_type, aggregate_id, version, event_type, data) VALUES (''order'', md5((i % 500)::text)::uuid, i / 500 + 1, ''made'', ''{"total": 1}''); END LOOP; END$d$'),
				('at once', 'plain', 'INSERT INTO plain_events (aggregate_type, aggregate_id, version, event_type, data) SELECT ''order'', md5((i % 500)::text)::uuid, i / 500 + 1, ''made'', ''{"total": 1}'' FROM generate_series(0, 49999) i'),
				('at once', 'INSERT', 'INSERT INTO kept_events (aggregate_type, aggregate_id, version, event_type, data) SELECT ''order'', md5((i % 500)::text)::uuid, i / 500 + 1, ''made'', ''{"total": 1}'' FROM generate_series(0, 49999) i')) v(kind, name, statement) ORDER BY random() LOOP
			PERFORM dbeng.drop_event_store('kept_events', true), dbeng.create_event_store('kept_events');
			TRUNCATE plain_events;
			COMMIT;
			started := clock_timestamp();
			EXECUTE s.statement;
			INSERT INTO reading VALUES (s.kind, '', s.name, extract(epoch FROM clock_timestamp() - started) * 1000);
			COMMIT;
		END LOOP;
	END $$;
SQL
psql -qX -d rows -c 'SET synchronous_commit = off' -c 'CALL events()' -c 'TRUNCATE reading'
for _ in $(seq "$rounds"); do psql -qX -d rows -c 'SET synchronous_commit = off' -c 'CALL events()'; done
echo "events: $rounds rounds, x a plain INSERT"
ratios plain '%s'

psql -qX -v ON_ERROR_STOP=1 -d rows <<-'SQL'
	SET client_min_messages = warning;
	TRUNCATE reading;
	CREATE TABLE pages (id bigint PRIMARY KEY, created_at timestamptz NOT NULL, user_id int, note text);
	INSERT INTO pages SELECT g, now() - (g / 3) * interval '1 second', g % 1000, 'note ' || g FROM generate_series(1, 200000) g;
	CREATE INDEX ON pages (created_at DESC, id DESC);
	VACUUM ANALYZE pages;
	CREATE PROCEDURE pages(rounds int) LANGUAGE plpgsql AS $$
	DECLARE s record; started timestamptz; cursor jsonb; statement text;
	BEGIN
		FOR i IN 0 .. rounds LOOP
			FOR s IN SELECT n.name, d.depth FROM unnest('{OFFSET,statement,keyset_page()}'::text[]) n(name), unnest('{0,1000,10000,100000}'::int[]) d(depth) ORDER BY random() LOOP
				SELECT jsonb_build_object('created_at', created_at, 'id', id) INTO cursor FROM pages ORDER BY created_at DESC, id DESC OFFSET greatest(s.depth - 1, 0) LIMIT 1;
				IF s.depth = 0 THEN
					cursor := NULL;
				END IF;
				SELECT query INTO statement FROM dbeng.keyset_query('pages', 'created_at desc', cursor);
				started := clock_timestamp();
				FOR again IN 1 .. 20 LOOP
					CASE s.name
						WHEN 'OFFSET' THEN EXECUTE format('SELECT jsonb_agg(p) FROM (SELECT * FROM pages ORDER BY created_at DESC, id DESC OFFSET %s LIMIT 50) p', s.depth);
						WHEN 'statement' THEN EXECUTE format('SELECT jsonb_agg(p) FROM (%s) p', statement);
						ELSE PERFORM * FROM dbeng.keyset_page('pages', 'created_at desc', cursor);
					END CASE;
				END LOOP;
				IF i > 0 THEN
					INSERT INTO reading VALUES (s.depth::text, '', s.name, extract(epoch FROM clock_timestamp() - started) * 1000 / 20);
				END IF;
			END LOOP;
		END LOOP;
	END $$;
SQL
psql -qX -d rows -c "CALL pages($rounds)"
echo "pages of 50 rows: $rounds rounds, milliseconds for each depth"
psql -qXAt -d rows <<-'SQL'
	WITH m AS (SELECT kind, name, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms FROM reading GROUP BY 1, 2)
	SELECT format('  %s: %s', m.kind, string_agg(format('%s %s', m.name, round(m.ms::numeric, 2)), ', ' ORDER BY m.name)) FROM m GROUP BY m.kind ORDER BY m.kind::int
SQL
