-- firing: not recorded yet
-- status: unknown: no history of schema changes
CREATE TABLE t (a int);

-- silent: nothing to change
