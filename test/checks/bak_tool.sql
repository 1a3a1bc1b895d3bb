-- firing
-- setting: archive_mode = on
-- setting: archive_command = 'test ! -f /nowhere/%f'
-- expect: backup tool | ^no backup tool is seen

-- silent: by its command
-- setting: archive_command = 'pgbackrest --stanza=main archive-push %p'

-- silent: by its slot
SELECT pg_create_physical_replication_slot('barman');

-- silent: by its connection
-- before check: SET application_name = 'pgBackRest [backup]'
