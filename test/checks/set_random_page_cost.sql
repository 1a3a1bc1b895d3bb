-- firing: either seen to be a solid-state disk, or not seen
-- setting: random_page_cost = 4
-- status: (unknown: random_page_cost is 4|failed)

-- silent
-- setting: random_page_cost = 1.1

-- silent: attested
-- setting: random_page_cost = 4
SELECT dbeng.attest('set-random-page-cost', 'fixture', now() + interval '1 day', 'rotating disks');
