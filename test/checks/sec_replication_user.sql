-- firing
-- standby
-- expect: replication | a standby or receiver on this machine streams as superuser

-- silent
CREATE ROLE fx_replica LOGIN REPLICATION;
