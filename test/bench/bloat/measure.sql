-- How good figures about bloat are: what a rewrite really gives back of every shape (bench.subject), and what each estimator
-- says of it (bench.answer). All in the schema bench of the database that holds the shapes.
CREATE SCHEMA bench;
CREATE TABLE bench.subject (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text, name text, relation regclass, bytes bigint, rebuilt bigint,
	truth float8, exact float8, free_dead float8);
CREATE TABLE bench.answer (subject int, estimator text, round int, pct float8, error_pct float8, tolerance float8, free_dead float8, blocks bigint, pages bigint, ms float8, note text);

-- 0 to 99, as good as random, the same for the same number.
CREATE FUNCTION bench.share(n bigint) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT ((hashint8extended(n, 1) & 16777215) % 100)::int
$$;

-- What has pages: of partitioned relations the leaves.
CREATE FUNCTION bench.leaves(relation regclass) RETURNS SETOF regclass LANGUAGE sql STABLE AS $$
	SELECT t.relid FROM pg_partition_tree(relation) t WHERE t.isleaf
	UNION SELECT relation FROM pg_class c WHERE c.oid = relation AND c.relkind IN ('r', 'i', 'm', 't')
$$;
-- With everything dbeng.bloat() looks at besides: TOAST and indexes.
CREATE FUNCTION bench.family(relation regclass) RETURNS SETOF regclass LANGUAGE sql STABLE AS $$
	WITH heaps AS (
		SELECT l FROM bench.leaves(relation) l
		UNION SELECT c.reltoastrelid FROM bench.leaves(relation) l JOIN pg_class c ON c.oid = l WHERE c.reltoastrelid <> 0)
	SELECT l FROM heaps UNION SELECT i.indexrelid FROM heaps JOIN pg_index i ON i.indrelid = l
$$;
CREATE FUNCTION bench.bytes(relation regclass) RETURNS bigint LANGUAGE sql STABLE AS $$
	SELECT coalesce(sum(pg_relation_size(l)), 0)::bigint FROM bench.leaves(relation) l
$$;

CREATE FUNCTION bench.fillfactor(relation regclass, usual int) RETURNS float8 LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT option_value FROM pg_class c, pg_options_to_table(c.reloptions) WHERE c.oid = relation AND option_name = 'fillfactor')::float8, usual)
$$;

-- The bytes that are free, dead or, in an index, beyond what its fillfactor wants, by the exact method for its kind; NULL if there is none.
CREATE FUNCTION bench.exact(leaf regclass) RETURNS float8 LANGUAGE plpgsql STABLE AS $$
DECLARE
	method text := (SELECT coalesce(a.amname, c.relkind::text) FROM pg_class c LEFT JOIN pg_am a ON a.oid = c.relam WHERE c.oid = leaf);
	wasted float8;
BEGIN
	CASE
		WHEN pg_relation_size(leaf) = 0 THEN wasted := 0;
		WHEN method = 'heap' THEN
			SELECT free_space + dead_tuple_len INTO wasted FROM pgstattuple(leaf);
		WHEN method = 'btree' THEN
			SELECT (empty_pages + deleted_pages) * 8192.0 + leaf_pages * greatest(0, 1 - CASE WHEN leaf_pages > 0 THEN avg_leaf_density END / bench.fillfactor(leaf, 90)) * 8192.0
				INTO wasted FROM pgstatindex(leaf);
		WHEN method = 'hash' THEN
			SELECT free_percent * pg_relation_size(leaf) / 100 INTO wasted FROM pgstathashindex(leaf);
		WHEN method = 'gist' THEN
			SELECT free_space + dead_tuple_len INTO wasted FROM pgstattuple(leaf);
		ELSE wasted := NULL;
	END CASE;
	RETURN wasted;
END $$;

-- The usual estimate from the catalogs: rows by widths as the statistics have them, one guess of alignment for the whole row,
-- no posting lists, the fillfactor. NULL without statistics.
CREATE FUNCTION bench.catalog_estimate(leaf regclass) RETURNS float8 LANGUAGE plpgsql STABLE AS $$
DECLARE
	c pg_class := (SELECT r FROM pg_class r WHERE r.oid = leaf);
	columns int;
	widths float8;
	known int;
	nulls boolean;
	tuple float8;
	needed float8;
	kind text := (SELECT amname FROM pg_am WHERE pg_am.oid = c.relam);
BEGIN
	IF kind = 'heap' THEN
		SELECT count(*), count(s.starelid), sum((1 - s.stanullfrac) * s.stawidth), bool_or(s.stanullfrac > 0)
			INTO columns, known, widths, nulls
			FROM pg_attribute a LEFT JOIN pg_statistic s ON s.starelid = a.attrelid AND s.staattnum = a.attnum AND NOT s.stainherit
			WHERE a.attrelid = leaf AND a.attnum > 0 AND NOT a.attisdropped;
		IF known < columns OR c.reltuples < 0 THEN RETURN NULL; END IF;
		tuple := 4 + ceil((23 + CASE WHEN nulls THEN (columns + 7) / 8 ELSE 0 END) / 8.0) * 8 + ceil(coalesce(widths, 0) / 8) * 8;
		needed := ceil(c.reltuples * tuple / ((8192 - 24) * bench.fillfactor(leaf, 100) / 100));
	ELSIF kind = 'btree' THEN
		SELECT count(*), count(s.starelid), sum((1 - s.stanullfrac) * s.stawidth), bool_or(s.stanullfrac > 0)
			INTO columns, known, widths, nulls
			FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k(attnum, position)
			LEFT JOIN pg_statistic s ON NOT s.stainherit AND s.starelid = CASE WHEN k.attnum = 0 THEN i.indexrelid ELSE i.indrelid END
				AND s.staattnum = CASE WHEN k.attnum = 0 THEN k.position ELSE k.attnum END
			WHERE i.indexrelid = leaf;
		IF known < columns OR c.reltuples < 0 THEN RETURN NULL; END IF;
		tuple := 4 + CASE WHEN nulls THEN 16 ELSE 8 END + ceil(widths / 8) * 8;
		needed := 1 + ceil(c.reltuples * tuple / ((8192 - 24 - 16) * bench.fillfactor(leaf, 90) / 100));
	ELSE
		RETURN NULL;
	END IF;
	RETURN greatest(0, pg_relation_size(leaf) - needed * 8192);
END $$;

-- One estimator's answer about one subject, and what it took: the figure is the relation's own, blocks and time are those of
-- everything that dbeng.bloat() looks at with it, for the exact method as well.
CREATE PROCEDURE bench.ask(asked bench.subject, who text, turn int) LANGUAGE plpgsql AS $$
DECLARE
	started timestamptz := clock_timestamp();
	a bench.answer;
	wasted float8;
	part regclass;
	one float8;
	said record;
BEGIN
	a.subject := asked.id;
	a.estimator := who;
	a.round := turn;
	CASE who
		WHEN 'exact', 'catalog estimate' THEN
			wasted := 0;
			FOR part IN SELECT bench.family(asked.relation) WHERE who = 'exact' UNION SELECT bench.leaves(asked.relation) LOOP
				one := CASE who WHEN 'exact' THEN bench.exact(part) ELSE bench.catalog_estimate(part) END;
				IF part IN (SELECT bench.leaves(asked.relation)) THEN wasted := wasted + one; END IF;
			END LOOP;
			a.pct := 100 * wasted / asked.bytes;
			a.free_dead := CASE WHEN who = 'exact' AND asked.kind = 'table' THEN a.pct END;
		WHEN 'pgstattuple_approx' THEN
			SELECT sum(t.approx_free_space + t.dead_tuple_len), string_agg(round(t.scanned_percent)::text, ' ') INTO wasted, a.note
				FROM bench.leaves(asked.relation) l, pgstattuple_approx(l) t;
			a.pct := 100 * wasted / asked.bytes;
			a.free_dead := a.pct;
		WHEN 'dbeng.bloat()' THEN
			FOR said IN EXECUTE 'SELECT * FROM dbeng.bloat($1)' USING asked.relation LOOP
				a.blocks := coalesce(a.blocks, 0) + said.blocks_read;
				a.pages := coalesce(a.pages, 0) + said.total_bytes / 8192;
				IF said.relation = asked.relation THEN
					a.pct := said.bloat_pct;
					a.error_pct := said.error_pct;
					-- The figures are rounded.
					a.tolerance := 0.5 * 10.0 ^ -scale(said.bloat_pct) + 0.5 * 10.0 ^ -scale(said.error_pct);
					a.free_dead := 100.0 * (said.free_bytes + said.dead_bytes) / said.total_bytes;
					a.note := said.method;
				END IF;
			END LOOP;
		WHEN 'dbeng views' THEN
			EXECUTE format('SELECT 100.0 * sum(v.bloat_bytes) / %s, string_agg(DISTINCT v.confidence::text, '' '') FROM dbeng.%I v WHERE v.%I = $1 OR v.%3$I IN (SELECT bench.leaves($1))',
				asked.bytes, CASE asked.kind WHEN 'table' THEN 'table_bloat' ELSE 'index_bloat' END, CASE asked.kind WHEN 'table' THEN 'relation' ELSE 'index' END)
				INTO a.pct, a.note USING asked.relation;
	END CASE;
	a.ms := extract(epoch FROM clock_timestamp() - started) * 1000;
	-- Of an index alone, its table is looked at, too.
	IF asked.kind <> 'table' THEN
		a.pages := a.pages + (SELECT sum(pg_relation_size(i.indrelid)) / 8192 FROM bench.leaves(asked.relation) l JOIN pg_index i ON i.indexrelid = l);
	END IF;
	INSERT INTO bench.answer SELECT a.*;
END $$;

-- All of them in random order, each in a transaction of its own; the first round warms up.
CREATE PROCEDURE bench.measure(rounds int, estimators text[]) LANGUAGE plpgsql AS $$
DECLARE
	question record;
BEGIN
	FOR turn IN 0 .. rounds LOOP
		FOR question IN SELECT t AS asked, e AS who FROM bench.subject t, unnest(estimators) e WHERE t.kind = 'table' OR e <> 'pgstattuple_approx' ORDER BY random() LOOP
			CALL bench.ask(question.asked, question.who, turn);
			COMMIT;
		END LOOP;
	END LOOP;
END $$;
-- Rounds below zero: for the coverage alone.
CREATE PROCEDURE bench.repeat(times int) LANGUAGE plpgsql AS $$
DECLARE
	s bench.subject;
BEGIN
	FOR turn IN 1 .. times LOOP
		FOR s IN SELECT * FROM bench.subject LOOP
			CALL bench.ask(s, 'dbeng.bloat()', -turn);
			COMMIT;
		END LOOP;
	END LOOP;
END $$;

-- What is there now; has to be the same after the run, or someone has changed what he should only have looked at.
CREATE PROCEDURE bench.look() LANGUAGE sql AS $$
	UPDATE bench.subject SET bytes = bench.bytes(relation),
		exact = (SELECT 100 * sum(bench.exact(l)) / bench.bytes(relation) FROM bench.leaves(relation) l)
$$;
CREATE VIEW bench.moved AS
	SELECT s.name, s.exact, now.exact AS exact_now FROM bench.subject s,
		LATERAL (SELECT 100 * sum(bench.exact(l)) / bench.bytes(s.relation) AS exact FROM bench.leaves(s.relation) l) now
	WHERE s.bytes <> bench.bytes(s.relation) OR abs(s.exact - now.exact) > 0.001;

-- Of every subject and estimator what the rounds came to; large: the file has 200 MB and more.
CREATE VIEW bench.verdict AS
	SELECT s.id AS subject, s.kind, s.name, s.bytes, s.bytes >= 200000000 AS large, s.truth, s.exact, a.*
	FROM bench.subject s, LATERAL (
		SELECT a.estimator, percentile_cont(0.5) WITHIN GROUP (ORDER BY a.pct) AS pct, avg(abs(a.pct - s.truth)) AS mean, max(abs(a.pct - s.truth)) AS max,
			percentile_cont(0.5) WITHIN GROUP (ORDER BY a.error_pct) AS error_pct, max(abs(a.free_dead - s.exact)) FILTER (WHERE s.kind = 'table') AS free_dead_error,
			avg(a.blocks) AS blocks, max(a.pages) AS pages, percentile_cont(0.5) WITHIN GROUP (ORDER BY a.ms) FILTER (WHERE a.round > 0) AS ms, max(a.note) AS note
		FROM bench.answer a WHERE a.subject = s.id AND a.round >= 0 GROUP BY a.estimator) a;

CREATE FUNCTION bench.points(figure float8) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT round(figure::numeric, 2) $$;
CREATE VIEW bench.shapes AS
	SELECT subject, kind, name, bytes / 8192 AS pages, bench.points(truth) AS truth, bench.points(exact) AS exact,
		bench.points(max(pct) FILTER (WHERE estimator = 'pgstattuple_approx')) AS approx,
		bench.points(max(pct) FILTER (WHERE estimator = 'catalog estimate')) AS catalog,
		bench.points(max(pct) FILTER (WHERE estimator = 'dbeng views')) AS view, max(note) FILTER (WHERE estimator = 'dbeng views') AS confidence,
		bench.points(max(pct) FILTER (WHERE estimator = 'dbeng.bloat()')) AS bloat, bench.points(max(error_pct)) AS error_pct,
		bench.points(max(max) FILTER (WHERE estimator = 'dbeng.bloat()')) AS error, max(blocks)::bigint AS read, max(note) FILTER (WHERE estimator = 'dbeng.bloat()') AS method
	FROM bench.verdict GROUP BY subject, kind, name, bytes, truth, exact;

-- An interval that is missing holds nothing.
CREATE VIEW bench.coverage AS
	SELECT s.kind, s.name, bench.points(s.truth) AS truth, round(100.0 * count(*) FILTER (WHERE abs(a.pct - s.truth) <= a.error_pct + a.tolerance) / count(*), 1) AS within,
		bench.points(min(a.pct)) AS lowest, bench.points(avg(a.pct)) AS mean_pct, bench.points(max(a.pct)) AS highest, bench.points(avg(a.error_pct)) AS half_width,
		bench.points(avg(abs(a.pct - s.truth))) AS mean, bench.points(max(abs(a.pct - s.truth))) AS max
	FROM bench.subject s JOIN bench.answer a ON a.subject = s.id
	WHERE a.estimator = 'dbeng.bloat()' AND a.round < 0 GROUP BY s.id;
