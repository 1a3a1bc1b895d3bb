-- firing
CREATE TABLE "Users" (id int PRIMARY KEY, "firstName" text, "last name" text);
CREATE TABLE orders (id int PRIMARY KEY, "userId" int);
CREATE TABLE "order-lines" (id int PRIMARY KEY);
CREATE TABLE fine (id int PRIMARY KEY, größe int, a$b int);
-- expect: public."Users" | the table's name and "firstName" and "last name" need
-- expect: public.orders | ^"userId" needs double quotes
-- expect: public."order-lines" | the table's name needs

-- silent: the house style
SELECT format('CREATE TABLE "T%s" (id int PRIMARY KEY, "createdAt" timestamptz)', i) FROM generate_series(1, 12) i \gexec

-- silent: reserved words are another check's, the tables of tools nobody's
CREATE TABLE "user" (id int PRIMARY KEY, "order" int);
CREATE TABLE "SequelizeMeta" (name text PRIMARY KEY);
CREATE TABLE "__EFMigrationsHistory" ("MigrationId" text PRIMARY KEY);
