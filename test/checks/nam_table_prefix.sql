-- enable

-- firing
CREATE TABLE customers (customer_id int PRIMARY KEY, customer_name text, email text);
CREATE TABLE order_item (id int PRIMARY KEY, order_item_price int);
-- expect: public.customers | ^customer_name repeats
-- expect: public.order_item | ^order_item_price

-- silent
CREATE TABLE customers (customer_id int PRIMARY KEY, name text, order_count int);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, customer_name text, ordering int);
