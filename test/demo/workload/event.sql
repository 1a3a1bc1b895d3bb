-- the click stream
\set customer random(1, 100000)
INSERT INTO shop.events (customer_id, kind, payload) VALUES (:customer, 'view', '{"page": 12}');
