-- An advisor on hypopg as they are usually written: for every statement the columns that its text names, each alone, then
-- in pairs; what the plan uses and saves half of its cost is kept. It has no other means than SQL: a statement with parameters
-- is prepared and its generic plan explained.
CREATE FUNCTION hypopg_explain(statement text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	parameters int;
	plan json;
BEGIN
	EXECUTE 'PREPARE advised AS ' || statement;
	SELECT cardinality(parameter_types) INTO parameters FROM pg_prepared_statements WHERE name = 'advised';
	EXECUTE 'EXPLAIN (FORMAT JSON) EXECUTE advised' || coalesce('(' || nullif(array_to_string(array_fill('NULL'::text, ARRAY[parameters]), ', '), '') || ')', '') INTO plan;
	DEALLOCATE advised;
	RETURN plan -> 0 -> 'Plan';
EXCEPTION WHEN OTHERS THEN
	IF EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'advised') THEN
		DEALLOCATE advised;
	END IF;
	RETURN NULL;
END $$;

CREATE FUNCTION hypopg_used(plan json) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT DISTINCT i #>> '{}' FROM jsonb_path_query(plan::jsonb, '$.**."Index Name"') i WHERE i #>> '{}' LIKE '<%'
$$;

CREATE UNLOGGED TABLE hypopg_tried (definition text, name text);

-- skipped: how many statements cannot be prepared.
CREATE FUNCTION hypopg_advise(statements text[], min_cost float DEFAULT 100, OUT advice text[], OUT skipped int) LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	plan json;
	best json;
	tables oid[];
	kept text[];
BEGIN
	SET LOCAL plan_cache_mode = force_generic_plan;
	advice := '{}';
	skipped := 0;
	FOREACH statement IN ARRAY statements LOOP
		PERFORM hypopg_reset();
		plan := hypopg_explain(statement);
		IF plan IS NULL THEN
			skipped := skipped + 1;
			CONTINUE;
		END IF;
		CONTINUE WHEN (plan ->> 'Total Cost')::float < min_cost;
		-- The tables its text names; of a view, none.
		SELECT array_agg(c.oid) INTO tables FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'dbeng') AND n.nspname !~ '^pg_'
			-- Looking for the plain name first spares a regular expression a table.
			AND CASE WHEN strpos(statement, c.relname) > 0 THEN statement ~ ('(^|[^[:alnum:]_])' || regexp_replace(c.relname, '\W', '.', 'g') || '($|[^[:alnum:]_])') END;
		best := plan;
		kept := '{}';
		FOR pair IN 0 .. 1 LOOP
			PERFORM hypopg_reset();
			DELETE FROM hypopg_tried;
			INSERT INTO hypopg_tried SELECT d, (hypopg_create_index(d)).indexname
			FROM (
				WITH named AS (
					SELECT attrelid::regclass, attname, attnum FROM pg_attribute
					WHERE attrelid = ANY (tables) AND attnum > 0 AND NOT attisdropped
						AND EXISTS (SELECT FROM pg_type t, pg_opclass o WHERE t.oid = atttypid AND o.opcmethod = 403 AND o.opcdefault
							AND o.opcintype IN (t.oid, t.typbasetype, CASE WHEN t.typtype = 'e' THEN 'anyenum'::regtype WHEN t.oid = 'varchar'::regtype THEN 'text'::regtype END))
						AND statement ~ ('(^|[^[:alnum:]_])' || regexp_replace(attname, '\W', '.', 'g') || '($|[^[:alnum:]_])'))
				SELECT format('CREATE INDEX ON %s (%I)', attrelid, attname) FROM named WHERE pair = 0
				UNION ALL
				SELECT format('CREATE INDEX ON %s (%I, %I)', a.attrelid, a.attname, b.attname) FROM named a JOIN named b ON b.attrelid = a.attrelid AND b.attnum <> a.attnum WHERE pair = 1) tried (d);
			plan := hypopg_explain(statement);
			IF (plan ->> 'Total Cost')::float <= 0.5 * (best ->> 'Total Cost')::float THEN
				best := plan;
				SELECT array_agg(DISTINCT t.definition) INTO kept FROM hypopg_tried t WHERE t.name IN (SELECT hypopg_used(plan));
			END IF;
		END LOOP;
		advice := advice || coalesce(kept, '{}');
	END LOOP;
	PERFORM hypopg_reset();
	-- Each once, and no single column that a pair begins with.
	SELECT coalesce(array_agg(d), '{}') INTO advice
	FROM (SELECT DISTINCT unnest(advice)) s (d)
	WHERE NOT EXISTS (SELECT FROM unnest(advice) longer WHERE starts_with(longer, left(d, -1) || ','));
END $$;
