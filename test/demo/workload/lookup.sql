-- well indexed: a customer, the last orders, the lines of one of them
\set customer random(1, 100000)
\set order random(1, 500000)
SELECT c.id, c.email, c.full_name FROM shop.customers AS c WHERE c.id = :customer;
SELECT o.id, o.status, o.total FROM shop.orders AS o WHERE o.customer_id = :customer ORDER BY o.placed_at DESC LIMIT 10;
SELECT i.product_id, i.quantity, i.unit_price FROM shop.order_items AS i WHERE i.order_id = :order;
