-- firing
-- threshold: {"minutes": 0}
BEGIN;
CREATE TABLE t (a int);
PREPARE TRANSACTION 'fx forgotten';
-- expect: fx forgotten | ^prepared .* ago by .* in database fx and neither committed nor rolled back

-- silent: not for long
BEGIN;
CREATE TABLE t (a int);
PREPARE TRANSACTION 'fx_new';
