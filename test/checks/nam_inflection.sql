-- firing: plural
SELECT format('CREATE TABLE %s (id int PRIMARY KEY)', t) FROM unnest('{users,orders,products,categories,boxes,people,invoices,payments,addresses,order_items,shops}'::text[]) t \gexec
CREATE TABLE customer (id int PRIMARY KEY);
-- expect: public.customer | ^singular, while 11 of the schema's 12 tables are plural

-- firing: singular
CREATE SCHEMA "S";
SELECT format('CREATE TABLE "S".%s (id int PRIMARY KEY)', t) FROM unnest('{product,category,box,person,invoice,payment,account,order_item,shop,city,country}'::text[]) t \gexec
CREATE TABLE "S".users (id int PRIMARY KEY);
CREATE TABLE "S".suppliers (id int PRIMARY KEY);
CREATE TABLE "S".region (id int PRIMARY KEY);
CREATE TABLE "S".street (id int PRIMARY KEY);
CREATE TABLE "S".room (id int PRIMARY KEY);
CREATE TABLE "S".bed (id int PRIMARY KEY);
CREATE TABLE "S".chair (id int PRIMARY KEY);
CREATE TABLE "S".door (id int PRIMARY KEY);
CREATE TABLE "S".floor (id int PRIMARY KEY);
CREATE TABLE "S".building (id int PRIMARY KEY);
CREATE TABLE "S".garden (id int PRIMARY KEY);
CREATE TABLE "S".kitchen (id int PRIMARY KEY);
CREATE TABLE "S".hall (id int PRIMARY KEY);
-- expect: "S".suppliers | ^plural, while

-- silent: doubtful words, join tables, tools' tables
SELECT format('CREATE TABLE %s (id int PRIMARY KEY)', t) FROM unnest('{users,orders,products,categories,boxes,people,invoices,payments,items,roles}'::text[]) t \gexec
SELECT format('CREATE TABLE %s (id int PRIMARY KEY)', t) FROM unnest('{status,news,series,data,user_data,audit_log,user_history,app_settings,metadata,inventory,orders_archived,orders_2023,sms,media,feedback,stats,staff}'::text[]) t \gexec
CREATE TABLE user_role (user_id int REFERENCES users, role_id int REFERENCES roles, PRIMARY KEY (user_id, role_id));
CREATE TABLE schema_version (v int PRIMARY KEY);

-- silent: no style
SELECT format('CREATE TABLE %s (id int PRIMARY KEY)', t) FROM unnest('{users,orders,products,categories,boxes,person,invoice,payment,item,role,city,shops}'::text[]) t \gexec
