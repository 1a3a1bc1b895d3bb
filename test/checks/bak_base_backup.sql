-- setting: archive_mode = on
-- setting: archive_command = ''

-- firing
-- threshold: {"days": 0}
SELECT pg_backup_start('fx', true);
SELECT pg_backup_stop(false);
SELECT pg_sleep(1.1);
-- expect: base backup | ^the last base backup this server took part in ended .* ago

-- silent
SELECT pg_backup_start('fx', true);
SELECT pg_backup_stop(false);

-- silent: attested
-- threshold: {"days": 0}
SELECT dbeng.attest('bak-base-backup', 'fixture', now() + interval '1 day');
