-- firing
-- setting: synchronous_commit = off
-- expect: synchronous_commit | reported as committed

-- silent
-- setting: synchronous_commit = on

-- silent: written locally, standbys not waited for
-- setting: synchronous_commit = local
