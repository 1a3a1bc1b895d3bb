-- every column, none of them asked for
\set customer random(1, 100000)
SELECT * FROM shop.orders WHERE customer_id = :customer;
SELECT * FROM shop.addresses WHERE customer_id = :customer;
