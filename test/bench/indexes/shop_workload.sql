-- 01 equality | 12 | improvable
SELECT id, name, email FROM customers WHERE email = 'User4243@mail.test';
-- 02 lower(email) | 12 | improvable
SELECT id, name FROM customers WHERE lower(email) = 'user4242@example.com';
-- 03 two equalities | 6 | improvable
SELECT id, total, placed_at FROM orders WHERE warehouse_id = 7 AND coupon = 'COUPON17';
-- 04 equality and range | 6 | improvable
SELECT id, total, status FROM orders WHERE customer_id = 123 AND placed_at >= '2025-06-01';
-- 05 equality, newest first | 12 | improvable
SELECT id, total, status, placed_at FROM orders WHERE customer_id = 77 ORDER BY placed_at DESC LIMIT 10;
-- 06 mixed directions | 6 | improvable
SELECT id, product_id, rating FROM reviews ORDER BY rating DESC, created_at LIMIT 20;
-- 07 nulls last | 4 | improvable
SELECT id, customer_id, shipped_at FROM orders ORDER BY shipped_at DESC NULLS LAST LIMIT 20;
-- 08 keyset | 8 | improvable
SELECT id, thread_id, sent_at FROM messages WHERE (sent_at, id) < ('2025-09-14 12:00+00', 177000) ORDER BY sent_at DESC, id DESC LIMIT 50;
-- 09 list | 8 | improvable
SELECT id, order_id, amount FROM payments WHERE provider_ref IN ('ch_c4ca4238a0b923820dcc509a6f75849b', 'ch_c81e728d9d4c2f636f067f89cc14862c', 'ch_eccbc87e4b5ce2fe28308fd9f2a7baf3');
-- 10 is null | 12 | improvable
SELECT id, thread_id, sent_at FROM messages WHERE recipient_id = 555 AND read_at IS NULL;
-- 11 flag with order | 8 | improvable
SELECT id, order_id, amount FROM payments WHERE NOT reconciled ORDER BY paid_at LIMIT 100;
-- 12 rare status with order | 10 | improvable
SELECT id, customer_id, total FROM orders WHERE status = 'pending' ORDER BY placed_at LIMIT 50;
-- 13 queue | 20 | improvable
SELECT id, arguments FROM jobs WHERE queue = 'mail' AND state = 'ready' AND run_at <= '2025-12-01 00:00+00' ORDER BY priority DESC, run_at LIMIT 1 FOR UPDATE SKIP LOCKED;
-- 14 jsonb key | 8 | improvable
SELECT id, name, price FROM products WHERE attributes ->> 'ean' = '4444444007919';
-- 15 jsonb contains | 6 | improvable
SELECT id, name, price FROM products WHERE attributes @> '{"colour": "teal", "lot": 77}';
-- 16 array overlap | 6 | improvable
SELECT id, name, price FROM products WHERE tags && ARRAY['rare12', 'rare13'];
-- 17 text search | 6 | improvable
SELECT id, title FROM documents WHERE search @@ to_tsquery('english', 'word4711 & quarter');
-- 18 prefix | 6 | improvable
SELECT id, title FROM documents WHERE path LIKE '/projects/42/%';
-- 19 infix | 6 | improvable
SELECT id, name, city FROM customers WHERE name ILIKE '%nalsoa%';
-- 20 range overlap | 12 | improvable
SELECT id, guest, during FROM bookings WHERE room_id = 12 AND during && tstzrange('2025-03-03 08:00+00', '2025-03-03 18:00+00');
-- 21 range contains | 6 | improvable
SELECT id, room_id, guest FROM bookings WHERE during @> '2025-04-07 10:30+00'::timestamptz;
-- 22 append-only range | 2 | improvable
SELECT count(*), max(length(detail)) FROM audit_log WHERE logged_at >= '2025-05-05 00:00+00' AND logged_at < '2025-05-06 00:00+00';
-- 23 covering | 6 | improvable
SELECT sum(quantity), sum(price) FROM order_lines WHERE product_id = 4711;
-- 24 join on a foreign key | 10 | improvable
SELECT o.id, o.status, l.product_id, l.quantity FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id = 12345;
-- 25 exists | 4 | improvable
SELECT c.id, c.name FROM customers c WHERE c.city = 'City 1711' AND EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id AND o.placed_at > '2025-06-01');
-- 26 not exists | 4 | improvable
SELECT o.id, o.total FROM orders o WHERE o.status = 'packed' AND o.placed_at >= '2025-11-20' AND NOT EXISTS (SELECT FROM payments p WHERE p.order_id = o.id);
-- 27 lateral top 1 | 4 | improvable
SELECT c.id, c.name, l.id AS order_id, l.placed_at FROM customers c CROSS JOIN LATERAL (SELECT o.id, o.placed_at FROM orders o WHERE o.customer_id = c.id ORDER BY o.placed_at DESC LIMIT 1) l WHERE c.city = 'City 1801';
-- 28 distinct on | 4 | improvable
SELECT DISTINCT ON (thread_id) thread_id, id, sent_at FROM messages WHERE thread_id BETWEEN 100 AND 120 ORDER BY thread_id, sent_at DESC;
-- 29 groups in order | 2 | improvable
SELECT customer_id, count(*), max(placed_at) FROM orders GROUP BY customer_id ORDER BY customer_id LIMIT 20;
-- 30 maximum | 6 | improvable
SELECT max(paid_at) FROM payments;
-- 31 update by key | 6 | improvable
UPDATE jobs SET locked_by = NULL, attempts = attempts + 1 WHERE locked_by = 'worker-17';
-- 32 delete by range | 3 | improvable
DELETE FROM sessions WHERE expires_at < '2026-01-01 00:10+00';
-- 33 partitions, key and order | 10 | improvable
SELECT id, occurred_at, kind FROM events WHERE customer_id = 4242 ORDER BY occurred_at DESC LIMIT 20;
-- 34 partitions, rare kind and time | 4 | improvable
SELECT id, occurred_at, customer_id FROM events WHERE kind = 'refund' AND occurred_at >= '2025-09-01 00:00+00' AND occurred_at < '2025-11-01 00:00+00';
-- 35 through a view | 6 | improvable
SELECT order_id, status, total FROM customer_orders WHERE phone = '+46700001739';
-- 36 common table expression | 5 | improvable
WITH mine AS (SELECT product_id, rating FROM reviews WHERE customer_id = 99) SELECT p.name, m.rating FROM mine m JOIN products p ON p.id = m.product_id;
-- 37 union all | 4 | improvable
SELECT 'order' AS kind, placed_at AS at FROM orders WHERE customer_id = 4321 UNION ALL SELECT 'review', created_at FROM reviews WHERE customer_id = 4321;
-- 38 correlated subquery | 2 | improvable
SELECT p.id, p.name, (SELECT avg(r.rating) FROM reviews r WHERE r.product_id = p.id) FROM products p WHERE p.sku BETWEEN 'SKU-0000100' AND 'SKU-0000110';
-- 39 window | 4 | improvable
SELECT id, rating, row_number() OVER (PARTITION BY product_id ORDER BY created_at) FROM reviews WHERE product_id IN (5, 6, 7);
-- 40 or over two columns | 6 | improvable
SELECT id, sent_at FROM messages WHERE sender_id = 77 OR recipient_id = 77;
-- 41 long text | 5 | improvable
SELECT id, title FROM documents WHERE source_url = 'https://archive.example.com/e4da3b7fbbce2345d7772b0674a318d5/e4da3b7fbbce2345d7772b0674a318d5/e4da3b7fbbce2345d7772b0674a318d5/e4da3b7fbbce2345d7772b0674a318d5/e4da3b7fbbce2345d7772b0674a318d5/e4da3b7fbbce2345d7772b0674a318d5/e4da3b7fbbce2345d7772b0674a318d5/e4da3b7fbbce2345d7772b0674a318d5/1';
-- 42 date_trunc | 3 | improvable
SELECT id, amount, state FROM payments WHERE date_trunc('day', paid_at) = '2025-05-17';
-- 43 coalesce | 3 | improvable
SELECT id, total FROM orders WHERE coalesce(shipped_at, placed_at) >= '2026-01-07 12:00+00';
-- 44 time range | 4 | improvable
SELECT id, customer_id, total FROM orders WHERE placed_at >= '2025-08-08 08:00+00' AND placed_at < '2025-08-08 10:00+00';
-- 45 foreign key, delete of the parent | 5 | improvable
DELETE FROM customers WHERE id = 100001;
-- measured: SELECT FROM ONLY sessions x WHERE customer_id = 100001 FOR KEY SHARE OF x
-- 46 four tables, one selective | 4 | improvable
SELECT c.name, p.name, l.quantity FROM products p JOIN order_lines l ON l.product_id = p.id JOIN orders o ON o.id = l.order_id JOIN customers c ON c.id = o.customer_id WHERE p.sku = 'SKU-0004242';
-- 47 any of an array | 5 | improvable
SELECT id, thread_id, sender_id FROM messages WHERE thread_id = ANY ('{17,1717,3117}');
-- 48 false flag, newest first | 8 | improvable
SELECT id, product_id, created_at FROM reviews WHERE approved = false ORDER BY created_at DESC LIMIT 20;
-- 49 numeric range | 3 | improvable
SELECT id, customer_id, total FROM orders WHERE total BETWEEN 9500 AND 9999;
-- 50 is not null, rare | 3 | improvable
SELECT id, name, deleted_at FROM customers WHERE deleted_at IS NOT NULL;
-- 51 order by an expression | 3 | improvable
SELECT id, name FROM products ORDER BY price * (1 - discount) LIMIT 10;
-- 52 jsonb has a key | 3 | improvable
SELECT id, name FROM customers WHERE preferences ? 'beta';
-- 53 actor and time | 4 | improvable
SELECT id, action, detail FROM audit_log WHERE actor_id = 77 AND logged_at >= '2025-11-01 00:00+00';
-- 54 prefix of lower() | 3 | improvable
SELECT id, name FROM customers WHERE lower(name) LIKE 'nalsoa%';

-- 61 full aggregate | 2 | trap
SELECT status, count(*), sum(total), avg(extract(epoch FROM shipped_at - placed_at)), max(warehouse_id), max(coupon), min(channel) FROM orders GROUP BY status;
-- tempting: CREATE INDEX ON orders (status); CREATE INDEX ON orders (status, warehouse_id)
-- 62 small table | 200 | trap
SELECT id, name FROM categories WHERE name = 'Category 17';
-- tempting: CREATE INDEX ON categories (name)
-- 63 most of the rows | 2 | trap
SELECT id, name, email, preferences FROM customers WHERE newsletter;
-- tempting: CREATE INDEX ON customers (newsletter); CREATE INDEX ON customers (id) WHERE newsletter
-- 64 primary key | 50 | trap
SELECT id, name, email FROM customers WHERE id = 4242;
-- tempting: CREATE INDEX ON customers (id, name); CREATE INDEX ON customers USING hash (id)
-- 65 unique key | 50 | trap
SELECT id, name, price FROM products WHERE sku = 'SKU-0001234';
-- tempting: CREATE INDEX ON products (sku); CREATE INDEX ON products USING hash (sku)
-- 66 hot column | 1 | trap
SELECT id, customer_id FROM sessions WHERE last_seen_at < '2025-12-01 00:30+00';
-- tempting: CREATE INDEX ON sessions (last_seen_at)
-- writes
-- 67 hot update | 20000 | trap
UPDATE sessions SET last_seen_at = now() WHERE id = {n};
-- 68 order by columns of two tables | 2 | trap
SELECT p.id, p.amount, o.channel FROM payments p JOIN orders o ON o.id = p.order_id ORDER BY o.total, p.amount;
-- tempting: CREATE INDEX ON payments (amount); CREATE INDEX ON orders (total); CREATE INDEX ON payments (order_id, amount)
-- 69 random order | 3 | trap
SELECT id, name FROM products ORDER BY random() LIMIT 5;
-- tempting: CREATE INDEX ON products (name)
-- 70 infix on a tiny table | 50 | trap
SELECT id, name FROM warehouses WHERE name LIKE '%house 1%';
-- tempting: CREATE INDEX ON warehouses USING gin (name gin_trgm_ops)
-- 71 far offset | 2 | trap
SELECT id, product_id, rating, body FROM reviews ORDER BY id OFFSET 140000 LIMIT 10;
-- tempting: CREATE INDEX ON reviews (id DESC); CREATE INDEX ON reviews (id) INCLUDE (product_id, rating)
-- 72 not equal | 2 | trap
SELECT count(*), max(total), min(placed_at), max(shipped_at), max(coupon) FROM orders WHERE status <> 'pending';
-- tempting: CREATE INDEX ON orders (status)
-- 73 join of everything | 1 | trap
SELECT sum(l.quantity * l.price), max(l.product_id), bool_or(l.returned), max(l.note), max(o.total) FROM orders o JOIN order_lines l ON l.order_id = o.id;
-- tempting: CREATE INDEX ON order_lines (order_id, product_id)
-- 74 stable expression | 2 | trap
SELECT id, product_id, rating, body FROM reviews WHERE created_at::date = '2025-06-01';
-- tempting: CREATE INDEX ON reviews (created_at)
-- 75 or with an unindexable side | 2 | trap
SELECT id, product_id, rating, body FROM reviews WHERE customer_id = 17 OR length(body) + rating < random() * 5;
-- tempting: CREATE INDEX ON reviews (customer_id)
-- 76 system catalog | 5 | trap
SELECT count(*) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE a.attnotnull AND c.relpages > 1000000;
-- 77 insert | 300 | trap
INSERT INTO audit_log (logged_at, actor_id, action, detail) VALUES ('2026-01-01 00:00+00', 7, 'read', 'a row');
-- 78 not in a list | 2 | trap
SELECT id, city, name, phone FROM customers WHERE country NOT IN ('SE', 'NO');
-- tempting: CREATE INDEX ON customers (country)
