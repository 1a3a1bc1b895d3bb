-- firing
CREATE TABLE numbered (id bigserial PRIMARY KEY, n serial);
SELECT setval('numbered_n_seq', 1200000000);
CREATE SEQUENCE "Not Owned" AS int;
SELECT setval('"Not Owned"', 2000000000);
CREATE SEQUENCE short MAXVALUE 1000;
SELECT setval('short', 800);
CREATE TABLE widened (id bigint PRIMARY KEY);
CREATE SEQUENCE widened_seq AS int OWNED BY widened.id;
SELECT setval('widened_seq', 2100000000);
CREATE TABLE by_default (id bigserial PRIMARY KEY, n smallint);
CREATE SEQUENCE by_default_seq;
ALTER TABLE by_default ALTER n SET DEFAULT nextval('by_default_seq');
SELECT setval('by_default_seq', 30000);
-- expect: public.numbered_n_seq | at 1,200,000,000 of 2,147,483,647 \(55.9 %\), the most that column public.numbered.n
-- expect: public."Not Owned" | at 2,000,000,000 of its maximum 2,147,483,647
-- expect: public.short | at 800 of its maximum 1,000 \(80 %\)
-- expect: public.widened_seq | at 2,100,000,000
-- expect: public.by_default_seq | at 30,000 of 32,767

-- silent
CREATE SEQUENCE round_and_round MAXVALUE 100 CYCLE;
SELECT setval('round_and_round', 99);
CREATE SEQUENCE big;
SELECT setval('big', 9000000000);
CREATE SEQUENCE from_the_middle MINVALUE 1000000 MAXVALUE 9999999;
SELECT setval('from_the_middle', 1200000);
CREATE TABLE keyed (id serial PRIMARY KEY);
SELECT setval('keyed_id_seq', 2000000000);
CREATE TABLE fresh (id bigserial PRIMARY KEY, n smallserial);
CREATE TEMPORARY SEQUENCE passing MAXVALUE 10;
SELECT setval('passing', 9);
