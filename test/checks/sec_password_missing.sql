-- firing
-- hba only: local all fx_new,fx_set scram-sha-256
-- hba only: local all all peer
CREATE ROLE fx_new LOGIN;
CREATE ROLE fx_set LOGIN PASSWORD 'kJ8d-sn2Lq';
-- expect: fx_new | cannot log in

-- silent: lines that admit without a password, and roles that do not log in
-- hba only: local all all peer
-- hba only: host all all 127.0.0.1/32 scram-sha-256
CREATE ROLE fx_new LOGIN;
CREATE ROLE fx_group;
