-- firing
-- setting: listen_addresses = '*'
-- hba: host all all 0.0.0.0/0 scram-sha-256
-- expect: listen_addresses | line 1 of pg_hba.conf admits every address

-- silent: pg_hba.conf names the networks
-- setting: listen_addresses = '*'
-- hba: host all all 10.0.0.0/8 scram-sha-256

-- silent
-- setting: listen_addresses = '127.0.0.1'
-- hba: host all all 0.0.0.0/0 scram-sha-256
