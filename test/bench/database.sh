# database.sh: sourced by the benchmarks: databases of many tables, and what they have in common.

make_database() { # name, tables: three indexes and one foreign key a table, one row in each
	createdb "$1"
	psql -qX -v ON_ERROR_STOP=1 -d "$1" -v tables="$2" <<-'SQL' >/dev/null
		CREATE EXTENSION dbeng;
		CREATE EXTENSION pg_stat_statements;
		SET synchronous_commit = off;
		CREATE PROCEDURE make(tables int) LANGUAGE plpgsql AS $$
		BEGIN
			FOR n IN 1 .. tables LOOP
				EXECUTE format('CREATE TABLE t%1$s (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent_id bigint %2$s,
					name text NOT NULL, status int NOT NULL DEFAULT 0, amount numeric(12, 2), created_at timestamptz NOT NULL DEFAULT now(),
					updated_at timestamptz, note text)', n,
					CASE WHEN n > 1 THEN format('REFERENCES t%s', n - 1) END);
				EXECUTE format('CREATE INDEX ON t%s (parent_id)', n);
				EXECUTE format('CREATE INDEX ON t%s (status, created_at)', n);
				EXECUTE format('INSERT INTO t%s (name) VALUES (''x'')', n);
				IF n % 500 = 0 THEN COMMIT; END IF;
			END LOOP;
		END $$;
		CALL make(:tables);
		DROP PROCEDURE make;
		ANALYZE;
	SQL
}

run_statements() { # database, how many: one distinct statement each
	psql -qXAt -d "$1" -c "SELECT format('SELECT name, status FROM t%s WHERE status = %s AND parent_id = %s ORDER BY created_at LIMIT 10;', 1 + n % $tables, n, n) FROM generate_series(1, $2) n" |
		psql -qX -d "$1" >/dev/null
}

# The least any look at all relations' counters must do, in SQL.
floor_query="SELECT count(*), sum(pg_stat_get_numscans(oid)), sum(pg_stat_get_tuples_inserted(oid)), sum(pg_stat_get_live_tuples(oid)), sum(pg_stat_get_dead_tuples(oid)) FROM pg_class WHERE relkind IN ('r', 'i', 'm', 't')"

# Medians by what is measured, a line each: name, milliseconds. Blanks in names become underscores.
medians="SELECT replace(name, ' ', '_'), percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FROM reading GROUP BY name ORDER BY name"

measure_subjects() { # database, rows of the table subject (name, query), what to tell of the table reading (name, ms): all in one session, in random order
	psql -qXAt -F ' ' -d "$1" <<-SQL
		SET jit = off;
		CREATE TEMP TABLE subject (name text, query text);
		INSERT INTO subject VALUES $2;
		CREATE TEMP TABLE reading (name text, ms float8);
		DO \$\$
		DECLARE s record; started timestamptz;
		BEGIN
			FOR round IN 0 .. $rounds LOOP
				FOR s IN SELECT * FROM subject ORDER BY random() LOOP
					started := clock_timestamp();
					EXECUTE s.query;
					IF round > 0 THEN
						INSERT INTO reading VALUES (s.name, extract(epoch FROM clock_timestamp() - started) * 1000);
					END IF;
					COMMIT;
				END LOOP;
			END LOOP;
		END \$\$;
		$3;
	SQL
}

value() { awk -v name="$1" '$1 == name {print $2}' "$2"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'; }

memory() { # database, function: the most private memory the backend had while it ran, in MB over an idle one
	local pid before most=0 now fifo
	fifo=$(mktemp -u) && mkfifo "$fifo"
	psql -qXAt -d "$1" <"$fifo" >"$fifo.out" &
	exec 9>"$fifo"
	echo "SELECT pg_backend_pid();" >&9
	until [ -s "$fifo.out" ]; do sleep 0.05; done
	pid=$(head -1 "$fifo.out")
	before=$(awk '/RssAnon/ {print $2}' "/proc/$pid/status")
	echo "SELECT count(*) FROM dbeng.$2; \\echo done" >&9
	until grep -q done "$fifo.out"; do
		now=$(awk '/RssAnon/ {print $2}' "/proc/$pid/status")
		[ "$now" -gt "$most" ] && most=$now
		sleep 0.005
	done
	exec 9>&-
	wait
	rm -f "$fifo" "$fifo.out"
	echo $(((most - before) / 1024))
}
