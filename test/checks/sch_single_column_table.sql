-- firing
CREATE TABLE words ("the word" text PRIMARY KEY);
CREATE TABLE nothing ();
-- expect: public.words | has a single column, "the word", and nothing refers to it
-- expect: public.nothing | has no column

-- silent
CREATE TABLE states (name text PRIMARY KEY);
CREATE TABLE orders (id int PRIMARY KEY, state text REFERENCES states);
CREATE TABLE urgent (order_id int PRIMARY KEY REFERENCES orders);
CREATE TABLE schema_migrations (version varchar PRIMARY KEY);
