-- firing
CREATE TABLE product_attributes (id int PRIMARY KEY, product_id int, attribute_name text, value text);
CREATE TABLE postmeta (meta_id int PRIMARY KEY, post_id int, meta_key text, meta_value text);
-- expect: public.product_attributes | ^product_id, attribute_name, value: one row an attribute
-- expect: public.postmeta | meta_key, meta_value

-- silent
CREATE TABLE user_settings (user_id int, key text, value text, PRIMARY KEY (user_id, key));
CREATE TABLE node_tags (node_id int, k text, v text, PRIMARY KEY (node_id, k));
CREATE TABLE measurements (id int PRIMARY KEY, sensor_id int, property text, value float8);
CREATE TABLE products (id int PRIMARY KEY, attributes jsonb, value text);
