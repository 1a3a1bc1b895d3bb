-- baskets that change all the time
\set cart random(1, 60000)
UPDATE shop.carts SET items = '[{"product": 9, "pieces": 2}]' WHERE id = :cart;
