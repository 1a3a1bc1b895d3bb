-- What a set of indexes is worth: of every statement its cost, the blocks it touches and the indexes it uses. All in the
-- schema bench of the database that the copies are made of.
CREATE SCHEMA bench;
CREATE TABLE bench.label (id int PRIMARY KEY, name text, calls bigint, kind text, statement text, measured text, tempting text, writes boolean);
CREATE TABLE bench.advice (advisor text, proposed int, not_built int, ms float8, skipped int);
CREATE TABLE bench.measured (advisor text, id int, cost float8, blocks bigint, indexes text[]);
CREATE TABLE bench.built (advisor text, index text, bytes bigint, definition text);
CREATE TABLE bench.before AS SELECT NULL::oid AS indexrelid LIMIT 0;

CREATE FUNCTION bench.explain(statement text, options text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE format('EXPLAIN (FORMAT JSON%s) %s', options, statement) INTO plan;
	RAISE EXCEPTION USING ERRCODE = 'UE001';
EXCEPTION WHEN SQLSTATE 'UE001' THEN
	-- What the statement changed is undone, what it cost is known.
	RETURN plan -> 0 -> 'Plan';
END $$;

-- The indexes that are there and were not: of partitioned ones the topmost.
CREATE FUNCTION bench.added() RETURNS TABLE (index text, bytes bigint, definition text) LANGUAGE sql AS $$
	SELECT c.relname::text, coalesce((SELECT sum(pg_relation_size(t.relid)) FROM pg_partition_tree(c.oid) t), pg_relation_size(c.oid))::bigint,
		pg_get_indexdef(c.oid)
	FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
	WHERE i.indexrelid NOT IN (SELECT b.indexrelid FROM bench.before b) AND NOT c.relispartition
		AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'bench'::regnamespace, 'pg_toast'::regnamespace)
$$;

-- Statistics of indexed expressions, which come with ANALYZE only. Those of the columns stay the original's: another
-- sample of the same rows would price the same plan differently, and what is compared are plans.
CREATE FUNCTION bench.analyze() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	t regclass;
BEGIN
	FOR t IN SELECT DISTINCT i.indrelid FROM pg_index i WHERE i.indexprs IS NOT NULL AND i.indexrelid NOT IN (SELECT b.indexrelid FROM bench.before b) LOOP
		EXECUTE (SELECT format('ALTER TABLE %s %s', t, string_agg(format('ALTER %I SET STATISTICS 0', attname), ', ')) FROM pg_attribute WHERE attrelid = t AND attnum > 0 AND NOT attisdropped);
		EXECUTE format('ANALYZE %s', t);
	END LOOP;
END $$;

CREATE FUNCTION bench.measure() RETURNS TABLE (id int, cost float8, blocks bigint, indexes text[]) LANGUAGE plpgsql AS $$
DECLARE
	l record;
	plan json;
	statement text;
BEGIN
	FOR l IN SELECT * FROM bench.label ORDER BY label.id LOOP
		statement := replace(coalesce(l.measured, l.statement), '{n}', '1');
		id := l.id;
		plan := bench.explain(statement, '');
		cost := (plan ->> 'Total Cost')::float8;
		SELECT array_agg(DISTINCT coalesce((SELECT r.relname FROM pg_class r WHERE r.oid = pg_partition_root(c.oid)), c.relname)::text) INTO indexes
		FROM jsonb_path_query(plan::jsonb, '$.**."Index Name"') i JOIN pg_class c ON c.relname = i #>> '{}' AND c.relkind = 'i';
		-- Twice: the first run tidies up what earlier ones left in the pages.
		FOR run IN 1 .. 2 LOOP
			plan := bench.explain(statement, ', ANALYZE, BUFFERS, TIMING OFF');
		END LOOP;
		blocks := (plan ->> 'Shared Hit Blocks')::bigint + (plan ->> 'Shared Read Blocks')::bigint;
		RETURN NEXT;
	END LOOP;
END $$;

-- Solved: nine tenths of what the best set saves. Strict: nearly as good as the best set in cost and blocks.
CREATE VIEW bench.verdict AS
	SELECT m.advisor, l.*, n.cost AS cost_none, m.cost, b.cost AS cost_best, n.blocks AS blocks_none, m.blocks, b.blocks AS blocks_best, m.indexes,
		n.cost - m.cost >= 0.9 * (n.cost - b.cost) AS solved,
		m.cost <= 1.1 * b.cost + 2 AND m.blocks <= 1.5 * b.blocks + 8 AS strict
	FROM bench.label l
	JOIN bench.measured m USING (id)
	JOIN bench.measured n ON n.id = l.id AND n.advisor = 'none'
	JOIN bench.measured b ON b.id = l.id AND b.advisor = 'best';

-- What each built index is used by.
CREATE VIEW bench.use AS
	SELECT u.advisor, u.index, u.bytes, u.definition, count(v.id) FILTER (WHERE v.kind = 'improvable') AS improvable, count(v.id) FILTER (WHERE v.kind = 'trap') AS traps
	FROM bench.built u LEFT JOIN bench.verdict v ON v.advisor = u.advisor AND u.index = ANY (v.indexes)
	GROUP BY 1, 2, 3, 4;

CREATE VIEW bench.summary AS
	SELECT a.advisor, a.proposed, a.not_built, u.useless, v.solved, v.strict, v.improvable AS of, round(v.work_left::numeric, 4) AS work_left,
		round((v.work_left / v.work_left_best)::numeric, 2) AS of_best,
		round(u.bytes / 1048576.0) AS mb, round(a.ms::numeric) AS ms, u.on_traps, v.traps_gained, a.skipped
	FROM bench.advice a
	JOIN (SELECT advisor, count(*) FILTER (WHERE solved AND kind = 'improvable') AS solved, count(*) FILTER (WHERE strict AND kind = 'improvable') AS strict,
			count(*) FILTER (WHERE kind = 'improvable') AS improvable,
			sum(blocks * calls) FILTER (WHERE kind = 'improvable') / sum(blocks_none * calls) FILTER (WHERE kind = 'improvable') AS work_left,
			sum(blocks_best * calls) FILTER (WHERE kind = 'improvable') / sum(blocks_none * calls) FILTER (WHERE kind = 'improvable') AS work_left_best,
			count(*) FILTER (WHERE kind = 'trap' AND NOT writes AND cost < 0.7 * cost_none AND blocks < blocks_none) AS traps_gained
		FROM bench.verdict GROUP BY advisor) v USING (advisor)
	LEFT JOIN (SELECT advisor, sum(bytes) AS bytes, count(*) FILTER (WHERE improvable = 0 AND traps = 0) AS useless, count(*) FILTER (WHERE improvable = 0 AND traps > 0) AS on_traps
		FROM bench.use GROUP BY advisor) u USING (advisor);
