-- firing
-- setting: listen_addresses = '*'
-- hba: hostssl all all 0.0.0.0/0 scram-sha-256
-- hba: host all all all md5
COPY (SELECT) TO PROGRAM 'openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=fx -keyout server.key -out server.crt 2>/dev/null; chmod 600 server.key';
ALTER SYSTEM SET ssl = on;
SELECT pg_reload_conf(), pg_sleep(0.5);
-- expect: hostssl all all 0.0.0.0/0 scram-sha-256 | from any address
-- expect: host all all all md5 | from any address

-- silent: a named database, role or network, certificates, a line that rejects
-- setting: listen_addresses = '*'
-- hba: host shop all 0.0.0.0/0 scram-sha-256
-- hba: host all fx_app 0.0.0.0/0 scram-sha-256
-- hba: host all all 10.0.0.0/8 scram-sha-256
-- hba: hostssl all all 0.0.0.0/0 cert
-- hba: host all all 0.0.0.0/0 reject
COPY (SELECT) TO PROGRAM 'openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=fx -keyout server.key -out server.crt 2>/dev/null; chmod 600 server.key';
ALTER SYSTEM SET ssl = on;
SELECT pg_reload_conf(), pg_sleep(0.5);

-- silent
-- hba: host all all 0.0.0.0/0 scram-sha-256
