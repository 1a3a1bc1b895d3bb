-- firing: nobody can see it
-- status: unknown: migration tools keep their ways back outside the database
CREATE TABLE t (a int);

-- silent: attested
CREATE TABLE t (a int);
SELECT dbeng.attest('mgr-down-steps', 'fixture', now() + interval '90 days');

-- silent: nothing to migrate
