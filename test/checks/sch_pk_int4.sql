-- firing
CREATE TABLE at_half (id serial PRIMARY KEY);
SELECT setval('at_half_id_seq', 1100000000);
CREATE TABLE "At Three Quarters" ("Id" int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
SELECT setval('"At Three Quarters_Id_seq"', 1700000000);
CREATE TABLE nearly_full (id smallserial PRIMARY KEY);
SELECT setval('nearly_full_id_seq', 32000);
CREATE TABLE referred (id serial PRIMARY KEY);
CREATE TABLE referring (id bigserial PRIMARY KEY, referred_id int REFERENCES referred);
SELECT setval('referred_id_seq', 2000000000);
-- expect: public.at_half | integer key id is at 1,100,000,000 of 2,147,483,647 \(51.2 %\)
-- expect: public."At Three Quarters" | integer key "Id" is at 1,700,000,000
-- expect: public.nearly_full | smallint key id is at 32,000 of 32,767 \(97.7 %\)
-- expect: public.referred | integer key id is at 2,000,000,000

-- firing: numbered by the application
CREATE TABLE own_numbers (id smallint PRIMARY KEY);
INSERT INTO own_numbers SELECT generate_series(1, 20000);
ANALYZE own_numbers;
-- expect: public.own_numbers | smallint key id has 20,000 rows of the 32,767 it can number

-- firing: a domain, a shared sequence, and one that counts down
CREATE DOMAIN number AS int;
CREATE SEQUENCE shared AS int;
CREATE TABLE of_domain (id number PRIMARY KEY DEFAULT nextval('shared'));
SELECT setval('shared', 2147483000);
CREATE TABLE downwards (id int PRIMARY KEY);
CREATE SEQUENCE downwards_seq AS int INCREMENT -1 OWNED BY downwards.id;
SELECT setval('downwards_seq', -2000000000);
-- expect: public.of_domain | 2,147,483,000
-- expect: public.downwards | -2,000,000,000

-- silent
CREATE TABLE small (id serial PRIMARY KEY);
SELECT setval('small_id_seq', 1000000000);
CREATE TABLE big (id bigserial PRIMARY KEY);
SELECT setval('big_id_seq', 5000000000);
CREATE TABLE not_the_key (id bigserial PRIMARY KEY, n serial);
SELECT setval('not_the_key_n_seq', 2000000000);
CREATE TABLE lookup (id int PRIMARY KEY, name text);
INSERT INTO lookup VALUES (2000000000, 'one');
CREATE TABLE going_round (id int PRIMARY KEY);
CREATE SEQUENCE going_round_seq AS int CYCLE OWNED BY going_round.id;
SELECT setval('going_round_seq', 2147483000);
