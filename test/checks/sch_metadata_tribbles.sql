-- firing
CREATE TABLE orders_2022 (id int PRIMARY KEY, a int);
CREATE TABLE orders_2023 (id int PRIMARY KEY, a int);
CREATE TABLE orders_2024 (id int PRIMARY KEY, a int);
CREATE TABLE log_y2023m01 (id int PRIMARY KEY, b text);
CREATE TABLE log_y2023m02 (id int PRIMARY KEY, b text);
CREATE TABLE log_y2023m03 (id int PRIMARY KEY, b text);
-- expect: public.orders_2024 | ^the last of 3 tables of one shape, one a period, from orders_2022
-- expect: public.log_y2023m03 | ^the last of 3 tables

-- silent
CREATE TABLE a_2022 (id int PRIMARY KEY, a int);
CREATE TABLE a_2023 (id int PRIMARY KEY, a int);
CREATE TABLE b_2021 (id int PRIMARY KEY, a int);
CREATE TABLE b_2022 (id int PRIMARY KEY, b int);
CREATE TABLE b_2023 (id int PRIMARY KEY, c text);
CREATE TABLE iso_2000_codes (id int PRIMARY KEY);
CREATE TABLE iso_2001_codes (id int PRIMARY KEY);
CREATE TABLE iso_2002_codes (id int PRIMARY KEY);
CREATE TABLE p (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE p_2021 PARTITION OF p FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE p_2022 PARTITION OF p FOR VALUES FROM ('2022-01-01') TO ('2023-01-01');
CREATE TABLE p_2023 PARTITION OF p FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE i (id int);
CREATE TABLE i_2021 () INHERITS (i);
CREATE TABLE i_2022 () INHERITS (i);
CREATE TABLE i_2023 () INHERITS (i);
