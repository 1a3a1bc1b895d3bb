-- a sort that spills, and an aggregate over everything
SELECT x.customer_id, x.total FROM (
    SELECT o.customer_id, o.total, row_number() OVER (ORDER BY o.total DESC, o.placed_at) AS place FROM shop.orders AS o
) AS x WHERE x.place % 50000 = 0;
SELECT p.category_id, sum(i.quantity * i.unit_price) AS revenue
  FROM shop.order_items AS i JOIN shop.products AS p ON p.id = i.product_id
 GROUP BY p.category_id ORDER BY revenue DESC LIMIT 10;
