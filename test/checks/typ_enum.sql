-- enable

-- firing
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE t (id int PRIMARY KEY, now mood, before mood);
-- expect: public.t | ^now and before are enum

-- silent
CREATE TABLE t (id int PRIMARY KEY, mood text CHECK (mood IN ('good', 'bad')));
