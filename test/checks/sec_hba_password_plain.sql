-- firing
-- setting: listen_addresses = '*'
-- hba: host all all 10.0.0.0/8 password
-- hba: host all all 192.168.1.0/24 ident
-- hba: host all all 192.168.2.0/24 md5
SET password_encryption = 'md5';
CREATE ROLE fx_old LOGIN PASSWORD 'kJ8d-sn2Lq';
-- expect: host all all 10.0.0.0/8 password | itself crosses the network
-- expect: host all all 192.168.1.0/24 ident | ident
-- expect: host all all 192.168.2.0/24 md5 | MD5 passwords

-- silent: inside TLS, on this machine, md5 without MD5 passwords
-- setting: listen_addresses = '*'
-- hba: hostssl all all 10.0.0.0/8 password
-- hba: host all all 127.0.0.1/32 password
-- hba: host all all 192.168.2.0/24 md5
-- hba: host all all 192.168.3.0/24 scram-sha-256
COPY (SELECT) TO PROGRAM 'openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=fx -keyout server.key -out server.crt 2>/dev/null; chmod 600 server.key';
ALTER SYSTEM SET ssl = on;
SELECT pg_reload_conf(), pg_sleep(0.5);

-- silent: nobody can reach the line
-- setting: listen_addresses = ''
-- hba: host all all 10.0.0.0/8 password
