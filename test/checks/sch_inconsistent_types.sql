-- firing
SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, customer_id bigint, created_at timestamptz)', i) FROM generate_series(1, 6) i \gexec
CREATE TABLE odd (id int PRIMARY KEY, customer_id int, created_at timestamptz);
CREATE TABLE "Odd" (id int PRIMARY KEY, customer_id bigint, created_at date);
-- expect: public.odd.customer_id | ^integer here, bigint in 7 other tables
-- expect: public."Odd".created_at | ^date here, timestamp with time zone in 7

-- silent: names for anything, kinds of text, too few
SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, value int, external_id text, tenant_id text, object_id int)', i) FROM generate_series(1, 6) i \gexec
CREATE TABLE odd (id uuid PRIMARY KEY, value text, external_id int, tenant_id varchar(10), object_id bigint);
CREATE TABLE a (id int PRIMARY KEY, customer_id int);
CREATE TABLE b (id int PRIMARY KEY, customer_id bigint);

-- silent: a foreign key decides
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE old_customers (id int PRIMARY KEY);
SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, customer_id bigint REFERENCES customers)', i) FROM generate_series(1, 6) i \gexec
CREATE TABLE odd (id int PRIMARY KEY, customer_id int REFERENCES old_customers);
