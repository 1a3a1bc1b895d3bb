-- a list, then its products one by one
\set first random(1, 19900)
BEGIN;
SELECT p.id FROM shop.products AS p WHERE p.id BETWEEN :first AND :first + 11 ORDER BY p.id;
\set product :first + 0
SELECT p.name, p.price FROM shop.products AS p WHERE p.id = :product;
\set product :first + 1
SELECT p.name, p.price FROM shop.products AS p WHERE p.id = :product;
\set product :first + 2
SELECT p.name, p.price FROM shop.products AS p WHERE p.id = :product;
\set product :first + 3
SELECT p.name, p.price FROM shop.products AS p WHERE p.id = :product;
\set product :first + 4
SELECT p.name, p.price FROM shop.products AS p WHERE p.id = :product;
\set product :first + 5
SELECT p.name, p.price FROM shop.products AS p WHERE p.id = :product;
\set product :first + 6
SELECT p.name, p.price FROM shop.products AS p WHERE p.id = :product;
\set product :first + 7
SELECT p.name, p.price FROM shop.products AS p WHERE p.id = :product;
\set product :first + 8
SELECT p.name, p.price FROM shop.products AS p WHERE p.id = :product;
\set product :first + 9
SELECT p.name, p.price FROM shop.products AS p WHERE p.id = :product;
\set product :first + 10
SELECT p.name, p.price FROM shop.products AS p WHERE p.id = :product;
\set product :first + 11
SELECT p.name, p.price FROM shop.products AS p WHERE p.id = :product;
COMMIT;
