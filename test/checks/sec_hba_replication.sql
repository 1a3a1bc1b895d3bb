-- firing
-- setting: listen_addresses = '*'
-- hba: host replication all 0.0.0.0/0 scram-sha-256
-- expect: host replication all 0.0.0.0/0 scram-sha-256 | every replication role from any address

-- silent: one address, and no network
-- setting: listen_addresses = '*'
-- hba: host replication fx_replica 10.1.2.3/32 scram-sha-256
-- hba: host all all 0.0.0.0/0 scram-sha-256

-- silent
-- hba: host replication all 0.0.0.0/0 scram-sha-256
