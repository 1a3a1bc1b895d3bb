-- What the checks of indexes know, as views. The functions behind them ask for the privileges of pg_monitor.

CREATE OR REPLACE FUNCTION dbeng._unused_indexes()
RETURNS TABLE (relation regclass, index regclass, index_bytes bigint, scans bigint, last_scan timestamptz, rows_written bigint,
	observed interval, plans_using bigint, safe_to_drop boolean, reason text, fix text, undo text)
LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 ROWS 100
AS 'MODULE_PATHNAME', 'dbeng_unused_indexes';
COMMENT ON FUNCTION dbeng._unused_indexes() IS 'behind dbeng.unused_indexes';

CREATE OR REPLACE VIEW dbeng.unused_indexes AS
SELECT relation, index, index_bytes, scans, last_scan, rows_written, observed, plans_using,
	safe_to_drop, reason, fix, undo
  FROM dbeng._unused_indexes();
COMMENT ON VIEW dbeng.unused_indexes IS 'indexes that nothing has scanned for dbeng.unused_after, those that can go first, with the statements that drop one and bring it back';
COMMENT ON COLUMN dbeng.unused_indexes.relation IS 'its table';
COMMENT ON COLUMN dbeng.unused_indexes.index IS 'the index; of a partitioned table the partitioned one speaks for all its parts';
COMMENT ON COLUMN dbeng.unused_indexes.index_bytes IS 'its size as VACUUM or ANALYZE last saw it, parts included';
COMMENT ON COLUMN dbeng.unused_indexes.scans IS 'scans since the counters began; not 0 where the last one was too long ago';
COMMENT ON COLUMN dbeng.unused_indexes.last_scan IS 'when that was: PostgreSQL 16 and later';
COMMENT ON COLUMN dbeng.unused_indexes.rows_written IS 'rows inserted, updated and deleted in its table meanwhile';
COMMENT ON COLUMN dbeng.unused_indexes.observed IS 'how long it is known to have gone without a scan';
COMMENT ON COLUMN dbeng.unused_indexes.plans_using IS 'how many statements of pg_stat_statements have a plan that uses it; NULL without that workload';
COMMENT ON COLUMN dbeng.unused_indexes.safe_to_drop IS 'true where idx-unused says so, too';
COMMENT ON COLUMN dbeng.unused_indexes.reason IS 'why it is not safe to drop; where it is, what to look at before';
COMMENT ON COLUMN dbeng.unused_indexes.fix IS 'drops it; NULL unless that is safe';
COMMENT ON COLUMN dbeng.unused_indexes.undo IS 'brings it back as it is now; NULL unless fix is there and its definition could be read without waiting';
GRANT SELECT ON dbeng.unused_indexes TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng._redundant_indexes()
RETURNS TABLE (relation regclass, index regclass, covered_by regclass, kind text, index_bytes bigint, fix text, undo text, check_id text)
LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 ROWS 20
AS 'MODULE_PATHNAME', 'dbeng_redundant_indexes';
COMMENT ON FUNCTION dbeng._redundant_indexes() IS 'behind dbeng.redundant_indexes';

CREATE OR REPLACE VIEW dbeng.redundant_indexes AS
SELECT relation, index, covered_by, kind, index_bytes, fix, undo, check_id
  FROM dbeng._redundant_indexes();
COMMENT ON VIEW dbeng.redundant_indexes IS 'indexes that another one makes superfluous, the largest first; all of them can be dropped together';
COMMENT ON COLUMN dbeng.redundant_indexes.relation IS 'its table';
COMMENT ON COLUMN dbeng.redundant_indexes.index IS 'the index that can go';
COMMENT ON COLUMN dbeng.redundant_indexes.covered_by IS 'the one that serves and enforces all that it does';
COMMENT ON COLUMN dbeng.redundant_indexes.kind IS 'duplicate: the same keys; prefix: its keys are the first ones of the other, or it is a hash index beside a btree; unique covers: the other one is unique on the same keys. INCLUDE columns make no difference';
COMMENT ON COLUMN dbeng.redundant_indexes.index_bytes IS 'its size as VACUUM or ANALYZE last saw it, parts included';
COMMENT ON COLUMN dbeng.redundant_indexes.fix IS 'drops it';
COMMENT ON COLUMN dbeng.redundant_indexes.undo IS 'brings it back as it is now; NULL where its definition could not be read without waiting';
COMMENT ON COLUMN dbeng.redundant_indexes.check_id IS 'the check that says so: what dbeng.ignore() takes';
GRANT SELECT ON dbeng.redundant_indexes TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng._invalid_indexes()
RETURNS TABLE (relation regclass, index regclass, problem text, fix text)
LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 ROWS 5
AS 'MODULE_PATHNAME', 'dbeng_invalid_indexes';
COMMENT ON FUNCTION dbeng._invalid_indexes() IS 'behind dbeng.invalid_indexes';

CREATE OR REPLACE VIEW dbeng.invalid_indexes AS
SELECT relation, index, problem, fix
  FROM dbeng._invalid_indexes();
COMMENT ON VIEW dbeng.invalid_indexes IS 'indexes that a failed build left behind; nothing while one is being built on the same table';
COMMENT ON COLUMN dbeng.invalid_indexes.relation IS 'its table';
COMMENT ON COLUMN dbeng.invalid_indexes.index IS 'the index';
COMMENT ON COLUMN dbeng.invalid_indexes.problem IS 'what happened and what it costs';
COMMENT ON COLUMN dbeng.invalid_indexes.fix IS 'builds it again, completes it, or drops what is of no use any more';
GRANT SELECT ON dbeng.invalid_indexes TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng._unindexed_foreign_keys()
RETURNS TABLE (relation regclass, constraint_name name, columns name[], referenced regclass, rows bigint, fix text)
LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 ROWS 20
AS 'MODULE_PATHNAME', 'dbeng_unindexed_foreign_keys';
COMMENT ON FUNCTION dbeng._unindexed_foreign_keys() IS 'behind dbeng.unindexed_foreign_keys';

CREATE OR REPLACE VIEW dbeng.unindexed_foreign_keys AS
SELECT relation, constraint_name, columns, referenced, rows, fix
  FROM dbeng._unindexed_foreign_keys();
COMMENT ON VIEW dbeng.unindexed_foreign_keys IS 'foreign keys that no index serves, the largest table first';
COMMENT ON COLUMN dbeng.unindexed_foreign_keys.relation IS 'the referencing table';
COMMENT ON COLUMN dbeng.unindexed_foreign_keys.constraint_name IS 'the foreign key; the oldest of those on the same columns';
COMMENT ON COLUMN dbeng.unindexed_foreign_keys.columns IS 'its columns';
COMMENT ON COLUMN dbeng.unindexed_foreign_keys.referenced IS 'the table it refers to: each delete there scans relation';
COMMENT ON COLUMN dbeng.unindexed_foreign_keys.rows IS 'about how many rows such a scan reads; NULL not known';
COMMENT ON COLUMN dbeng.unindexed_foreign_keys.fix IS 'builds the index without locking out writers';
GRANT SELECT ON dbeng.unindexed_foreign_keys TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng._missing_indexes()
RETURNS TABLE (relation regclass, rows bigint, seq_scans bigint, rows_per_scan bigint, idx_scans bigint, cached_statements bigint, fix text)
LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 ROWS 10
AS 'MODULE_PATHNAME', 'dbeng_missing_indexes';
COMMENT ON FUNCTION dbeng._missing_indexes() IS 'behind dbeng.missing_indexes';

CREATE OR REPLACE VIEW dbeng.missing_indexes AS
SELECT relation, rows, seq_scans, rows_per_scan, idx_scans, cached_statements, fix
  FROM dbeng._missing_indexes();
COMMENT ON VIEW dbeng.missing_indexes IS 'large tables that sequential scans read again and again: of the last week where snapshots tell of it, else since the counters began';
COMMENT ON COLUMN dbeng.missing_indexes.relation IS 'the table; a partitioned one stands for its partitions';
COMMENT ON COLUMN dbeng.missing_indexes.rows IS 'about how many rows it has; NULL not known';
COMMENT ON COLUMN dbeng.missing_indexes.seq_scans IS 'sequential scans; of a partitioned table: of its most scanned partition';
COMMENT ON COLUMN dbeng.missing_indexes.rows_per_scan IS 'rows that each of them read';
COMMENT ON COLUMN dbeng.missing_indexes.idx_scans IS 'scans of its indexes';
COMMENT ON COLUMN dbeng.missing_indexes.cached_statements IS 'statements of pg_stat_statements, of the thousand with the most time, that name it; NULL without that workload';
COMMENT ON COLUMN dbeng.missing_indexes.fix IS 'builds the index that serves them; NULL where none is known';
GRANT SELECT ON dbeng.missing_indexes TO PUBLIC;

CREATE OR REPLACE FUNCTION dbeng._index_undo(index regclass) RETURNS text
LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 10000
AS 'MODULE_PATHNAME', 'dbeng_index_undo';
COMMENT ON FUNCTION dbeng._index_undo(regclass) IS 'the statements that would bring any index back as it is now: what undo says in the views';
