-- firing
-- setting: listen_addresses = '*'
-- hba: host all all 10.0.0.0/8 scram-sha-256
-- expect: ssl | ssl is off

-- firing
-- setting: listen_addresses = '*'
-- setting: ssl_min_protocol_version = 'TLSv1'
-- hba: hostssl all all 10.0.0.0/8 scram-sha-256
COPY (SELECT) TO PROGRAM 'openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=fx -keyout server.key -out server.crt 2>/dev/null; chmod 600 server.key';
ALTER SYSTEM SET ssl = on;
SELECT pg_reload_conf(), pg_sleep(0.5);
-- expect: ssl_min_protocol_version | as old as TLSv1

-- silent: nobody comes in from elsewhere
-- setting: listen_addresses = '*'

-- silent
-- setting: listen_addresses = 'localhost'
-- hba: host all all 10.0.0.0/8 scram-sha-256
