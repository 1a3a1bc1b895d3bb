-- the account page: all of it well indexed
\set customer random(1, 100000)
\set order random(310000, 500000)
SELECT c.id, c.full_name FROM shop.customers AS c WHERE c.email = 'User:customer@example.com';
SELECT i.invoice_no, i.amount, i.paid_at FROM billing.invoices AS i WHERE i.order_id = :order;
SELECT p.paid_at, p.amount FROM billing.payments AS p WHERE p.order_id = :order;
SELECT s.tracking_number, s.carrier FROM warehouse.shipments AS s WHERE s.order_id = :order;
SELECT e.occurred_at, e.kind FROM shop.events AS e
 WHERE e.customer_id = :customer AND e.occurred_at > now() - interval '30 days' ORDER BY e.occurred_at DESC LIMIT 20;
