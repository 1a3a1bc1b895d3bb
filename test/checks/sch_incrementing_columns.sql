-- firing
CREATE TABLE t (id int PRIMARY KEY, tag1 text, tag2 text, tag3 text, phone_1 text, phone_2 text, phone_3 text, phone_4 text);
-- expect: public.t | ^phone has columns numbered 1 to 4

-- silent
CREATE TABLE t (id int PRIMARY KEY, phone1 text, phone2 text, x1 int, x2 int, x3 int, address1 text, address2 text, address3 text,
	sha1 text, sha2 text, sha3 text, item1 int, item2 text, item3 int, year2021 int, year2022 int, year2023 int, level1 int, level2 int, level3 int);
