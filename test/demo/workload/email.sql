-- a function hides the column from its index
\set n random(1, 100000)
SELECT c.id, c.full_name FROM shop.customers AS c WHERE lower(c.email) = lower('USER:n@example.com');
