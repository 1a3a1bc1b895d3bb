-- firing
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE category (id int PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, category_id int NOT NULL REFERENCES category);
CREATE TABLE order_items (id bigint PRIMARY KEY, order_id bigint REFERENCES orders, "customerId" bigint, category_id int);
CREATE INDEX ON order_items (category_id);
-- expect: public.orders | ^customer_id \(to public.customers\) is a reference by name and type, but
-- expect: public.order_items | ^"customerId" \(to public.customers\), category_id \(to public.category\) are references

-- silent
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);
-- another type, another schema, a polymorphic pair, a key of two columns, a log
CREATE TABLE of_text (id int PRIMARY KEY, customer_id text, unknown_id int);
CREATE SCHEMA other;
CREATE TABLE other.visits (id int PRIMARY KEY, customer_id bigint);
CREATE TABLE comments (id int PRIMARY KEY, order_type text, order_id bigint);
CREATE TABLE tenant (id bigint, tenant_id bigint, PRIMARY KEY (id, tenant_id));
CREATE TABLE audit_log (id int PRIMARY KEY, customer_id bigint, order_id bigint);
CREATE UNLOGGED TABLE carts (id int PRIMARY KEY, customer_id bigint);
