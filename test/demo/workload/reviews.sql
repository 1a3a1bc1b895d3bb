-- a foreign key without index, read all day
\set product random(1, 20000)
SELECT r.rating, r.body FROM shop.reviews AS r WHERE r.product_id = :product;
