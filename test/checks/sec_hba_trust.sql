-- firing
-- setting: listen_addresses = '*'
-- hba only: local all all trust
-- hba only: host all all 127.0.0.1/32 trust
-- hba only: host fx fx_app 10.1.0.0/16 trust
-- hba only: hostssl all all 0.0.0.0/0 trust
-- hba only: host all all ::/0 scram-sha-256
COPY (SELECT) TO PROGRAM 'openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=fx -keyout server.key -out server.crt 2>/dev/null; chmod 600 server.key';
ALTER SYSTEM SET ssl = on;
SELECT pg_reload_conf(), pg_sleep(0.5);
-- expect: local all all trust | line 1 lets everyone with an account on this machine
-- expect: host all all 127.0.0.1/32 trust | line 2 lets every program
-- expect: host fx fx_app 10.1.0.0/16 trust | lets other machines log in as the roles it names
-- expect: hostssl all all 0.0.0.0/0 trust | lets anybody, from any address, log in as any role, superusers too

-- silent: not listened on, or turned away before
-- setting: listen_addresses = 'localhost'
-- hba only: local all all peer
-- hba only: host all all 0.0.0.0/0 trust
-- hba only: host all all 127.0.0.1/32 trust

-- silent
-- setting: listen_addresses = '*'
-- hba only: local all all peer
-- hba only: host all all all reject
-- hba only: host all all 0.0.0.0/0 trust
