-- extension: pg_stat_statements

-- firing: the customers of a page of orders
CREATE TABLE customers (id int PRIMARY KEY, name text);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers);
INSERT INTO customers SELECT i, 'n' || i FROM generate_series(1, 2000) i;
INSERT INTO orders SELECT i, i FROM generate_series(1, 2000) i;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT format('SELECT id, customer_id FROM orders WHERE id > %s ORDER BY id LIMIT 20', i * 20) FROM generate_series(0, 59) i \gexec
SELECT 'SELECT name FROM customers WHERE id = ' || i FROM generate_series(1, 1200) i \gexec
-- expect: queryid N | ^looks up one row of public.customers at a time, 20 times for each call of the list queryid -?\d+: a join

-- silent: as many look-ups, but no list they could come from
CREATE TABLE customers (id int PRIMARY KEY, name text);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers);
INSERT INTO customers SELECT i, 'n' || i FROM generate_series(1, 2000) i;
INSERT INTO orders SELECT i, i FROM generate_series(1, 2000) i;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT id, customer_id FROM orders WHERE id = ' || i FROM generate_series(1, 1200) i \gexec
SELECT 'SELECT name FROM customers WHERE id = ' || i FROM generate_series(1, 1200) i \gexec

-- silent: as many rows by chance, of a table that has nothing to do with it
CREATE TABLE customers (id int PRIMARY KEY, name text);
CREATE TABLE countries (id int PRIMARY KEY, name text);
INSERT INTO customers SELECT i, 'n' || i FROM generate_series(1, 2000) i;
INSERT INTO countries SELECT i, 'n' || i FROM generate_series(1, 20) i;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT id, name FROM countries' FROM generate_series(1, 60) i \gexec
SELECT 'SELECT name FROM customers WHERE id = ' || i FROM generate_series(1, 1200) i \gexec

-- silent: one export of as many rows
CREATE TABLE customers (id int PRIMARY KEY, name text);
INSERT INTO customers SELECT i, 'n' || i FROM generate_series(1, 1200) i;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT id, name FROM customers;
SELECT 'SELECT name FROM customers WHERE id = ' || i FROM generate_series(1, 1200) i \gexec
