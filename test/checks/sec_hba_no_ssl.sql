-- firing
-- setting: listen_addresses = '*'
-- hba: host all all 203.0.113.0/24 scram-sha-256
-- hba: hostnossl all all 10.0.0.0/8 scram-sha-256
COPY (SELECT) TO PROGRAM 'openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=fx -keyout server.key -out server.crt 2>/dev/null; chmod 600 server.key';
ALTER SYSTEM SET ssl = on;
SELECT pg_reload_conf(), pg_sleep(0.5);
-- expect: host all all 203.0.113.0/24 scram-sha-256 | takes unencrypted connections
-- expect: hostnossl all all 10.0.0.0/8 scram-sha-256 | write hostssl for hostnossl

-- silent: asks for TLS, turns the rest away before, or never leaves the machine
-- setting: listen_addresses = '*'
-- hba: hostssl all all 10.0.0.0/8 scram-sha-256
-- hba: hostnossl all all 192.168.0.0/16 reject
-- hba: host all all 192.168.1.0/24 scram-sha-256
-- hba: host all all 127.0.0.1/32 scram-sha-256
COPY (SELECT) TO PROGRAM 'openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=fx -keyout server.key -out server.crt 2>/dev/null; chmod 600 server.key';
ALTER SYSTEM SET ssl = on;
SELECT pg_reload_conf(), pg_sleep(0.5);

-- silent: without TLS at all that is another matter
-- setting: listen_addresses = '*'
-- hba: host all all 10.0.0.0/8 scram-sha-256
