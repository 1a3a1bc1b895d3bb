-- firing: nobody can see it
-- status: unknown: no server can see

-- silent: attested
SELECT dbeng.attest('bak-restore-test', 'fixture', now() + interval '90 days', 'a fixture');
