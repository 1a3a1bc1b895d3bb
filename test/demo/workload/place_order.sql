-- a good write: one short transaction
\set customer random(1, 100000)
\set tenant random(1, 40)
\set product random(1, 19990)
\set warehouse random(1, 3)
BEGIN;
SELECT shop.place_order(:tenant, :customer, ARRAY[:product, :product + 5, :product + 9]);
UPDATE warehouse.stock_levels SET quantity = quantity - 1 WHERE product_id = :product AND warehouse_id = :warehouse;
INSERT INTO warehouse.stock_movements (quantity, product_id, warehouse_id, reason, batch, operator)
VALUES (1, :product, :warehouse, 'sale', 'B17', 'op4');
COMMIT;
