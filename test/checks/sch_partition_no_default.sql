-- firing: over, over long ago, nearly over, soon over
CREATE TABLE over (id int, at timestamptz) PARTITION BY RANGE (at);
DO $$ BEGIN EXECUTE format('CREATE TABLE over_1 PARTITION OF over FOR VALUES FROM (%L) TO (%L)', current_date - 3, current_date - 2); END $$;
CREATE TABLE "Over Long" (id int, "Day" date) PARTITION BY RANGE ("Day");
CREATE TABLE over_long_1 PARTITION OF "Over Long" FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE soon (id int, at timestamp) PARTITION BY RANGE (at);
DO $$ BEGIN EXECUTE format('CREATE TABLE soon_1 PARTITION OF soon FOR VALUES FROM (%L) TO (%L)', current_date, current_date + 1); END $$;
CREATE TABLE later (id int, at date) PARTITION BY RANGE (at);
DO $$ BEGIN EXECUTE format('CREATE TABLE later_1 PARTITION OF later FOR VALUES FROM (%L) TO (%L)', current_date - 12, current_date + 12); END $$;
-- expect: public.over | the last partition ended at .*: INSERTs of anything newer fail
-- expect: public."Over Long" | the last partition ended at 2020-02-01, .* ago: INSERTs
-- expect: public.soon | the last partition ends at .*, in \d+ .*: INSERTs of anything newer fail
-- expect: public.later | the last partition ends at .*, in 1\d days: INSERTs of anything newer fail

-- firing: months
CREATE TABLE monthly (id int, at timestamptz) PARTITION BY RANGE (at);
DO $$ BEGIN EXECUTE format('CREATE TABLE monthly_1 PARTITION OF monthly FOR VALUES FROM (%L) TO (%L)', date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month', date_trunc('month', now() AT TIME ZONE 'UTC')); END $$;
-- expect: public.monthly | the last partition ended at \d{4}-\d{2}-01, .* ago: INSERTs of anything newer fail

-- firing: caught by the default partition, gaps, no partition at all
CREATE TABLE caught (id int, at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE caught_1 PARTITION OF caught FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE caught_rest PARTITION OF caught DEFAULT;
CREATE TABLE gaps (id int, at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE gaps_1 PARTITION OF gaps FOR VALUES FROM (MINVALUE) TO ('2020-01-01 00:00:00+00');
CREATE TABLE gaps_2 PARTITION OF gaps FOR VALUES FROM ('2020-02-01 00:00:00+00') TO ('2020-03-01 00:00:00+00');
CREATE TABLE gaps_3 PARTITION OF gaps FOR VALUES FROM ('2020-04-01 00:00:00+00') TO (MAXVALUE);
CREATE TABLE bare (id int, at date) PARTITION BY RANGE (at);
-- expect: public.caught | rows since then are in the default partition
-- expect: public.gaps | no partition from 2020-03-01 to 2020-04-01 \(2 gaps in all\): INSERTs of anything between fail
-- expect: public.bare | has no partition: every INSERT fails

-- silent
CREATE TABLE ahead (id int, at timestamptz) PARTITION BY RANGE (at);
DO $$ BEGIN EXECUTE format('CREATE TABLE ahead_1 PARTITION OF ahead FOR VALUES FROM (%L) TO (%L)', current_date - 1, current_date + 1);
	EXECUTE format('CREATE TABLE ahead_2 PARTITION OF ahead FOR VALUES FROM (%L) TO (%L)', current_date + 1, current_date + 3); END $$;
CREATE TABLE open (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE open_1 PARTITION OF open FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
CREATE TABLE endless (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE endless_1 PARTITION OF endless FOR VALUES FROM ('-infinity') TO ('infinity');
CREATE TABLE by_number (id int) PARTITION BY RANGE (id);
CREATE TABLE by_number_1 PARTITION OF by_number FOR VALUES FROM (1) TO (10);
CREATE TABLE by_list (at date) PARTITION BY LIST (at);
CREATE TABLE by_expression (at timestamp) PARTITION BY RANGE (date_trunc('day', at));
CREATE TABLE by_hash (id int) PARTITION BY HASH (id);
CREATE TABLE gap_caught (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE gap_caught_1 PARTITION OF gap_caught FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE gap_caught_2 PARTITION OF gap_caught FOR VALUES FROM ('2020-03-01') TO (MAXVALUE);
CREATE TABLE gap_caught_rest PARTITION OF gap_caught DEFAULT;

-- firing: sets of dbeng.manage_partitions(), of whatever keys
SET client_min_messages = warning;
CREATE TABLE uuids (id uuid PRIMARY KEY) PARTITION BY RANGE (id);
SELECT dbeng.manage_partitions('uuids', '1 day');
CREATE TABLE numbers (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
SELECT dbeng.manage_partitions('numbers', '1000');
INSERT INTO numbers VALUES (990);
CREATE TABLE full_up (id int PRIMARY KEY) PARTITION BY RANGE (id);
SELECT dbeng.manage_partitions('full_up', '1000');
INSERT INTO full_up VALUES (999);
DO $$ DECLARE p record; BEGIN FOR p IN SELECT parent, partition, row_number() OVER (PARTITION BY parent ORDER BY partition::text) AS n FROM dbeng.partitions LOOP
	IF p.n > (CASE p.parent WHEN 'uuids'::regclass THEN 2 ELSE 1 END) THEN EXECUTE format('DROP TABLE %s', p.partition); END IF; END LOOP; END $$;
-- expect: public.uuids | the last partition ends at .*, in \d+ .*: INSERTs of anything newer fail
-- expect: public.numbers | the last partition ends before 1000, and the greatest number is 990: INSERTs of greater ones fail from there on
-- expect: public.full_up | the last partition ends before 1000, and the greatest number is 999: INSERTs of greater ones fail now

-- silent: sets that are looked after
SET client_min_messages = warning;
CREATE TABLE uuids (id uuid PRIMARY KEY) PARTITION BY RANGE (id);
SELECT dbeng.manage_partitions('uuids', '1 day');
CREATE TABLE numbers (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
SELECT dbeng.manage_partitions('numbers', '1000');
INSERT INTO numbers VALUES (990);
CREATE TABLE caught (id int PRIMARY KEY) PARTITION BY RANGE (id);
SELECT dbeng.manage_partitions('caught', '1000', premake => 0, with_default => true);
INSERT INTO caught VALUES (999);
