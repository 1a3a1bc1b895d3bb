-- the pages and reports that everybody waits for
\set skip random(20, 40) * 10000
\set days random(1, 300)
\set digit random(1, 9)
SELECT o.id, o.status, o.total FROM shop.orders AS o ORDER BY o.id DESC LIMIT 20 OFFSET :skip;
SELECT c.id, c.full_name FROM shop.customers AS c WHERE c.full_name LIKE '%Ito :digit%' ORDER BY c.full_name LIMIT 20;
SELECT count(*) FROM shop.orders AS o WHERE date(o.placed_at) = current_date - :days;
SELECT count(*) FROM shop.products AS p WHERE p.id NOT IN (SELECT r.product_id FROM shop.reviews AS r);
SELECT p.id, p.name, p.price FROM shop.products AS p ORDER BY random() LIMIT 5;
SELECT count(*) FROM shop.order_items;
SELECT p.id, p.sku, p.price FROM shop.products AS p;
