-- firing
-- setting: listen_addresses = '*'
-- hba only: local all all peer
-- hba only: host all fx_boss 0.0.0.0/0 reject
-- hba only: host all all 10.0.0.0/8 scram-sha-256
CREATE ROLE fx_boss LOGIN SUPERUSER;
-- expect: host all all 10.0.0.0/8 scram-sha-256 | lets superuser (?!fx_boss)

-- silent: other roles, and no network
-- setting: listen_addresses = '*'
-- hba only: local all all peer
-- hba only: host all fx_app 0.0.0.0/0 scram-sha-256
-- hba only: host all all 127.0.0.1/32 scram-sha-256
CREATE ROLE fx_boss LOGIN SUPERUSER;
CREATE ROLE fx_app LOGIN;

-- silent
-- hba only: local all all peer
-- hba only: host all all 0.0.0.0/0 scram-sha-256
