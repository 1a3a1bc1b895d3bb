-- a check-out that is given up
\set order random(1, 500000)
BEGIN;
UPDATE shop.orders SET status = 'cancelled' WHERE id = :order;
ROLLBACK;
