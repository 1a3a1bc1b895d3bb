-- firing
CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT 'NULL', "B" varchar(20) DEFAULT 'null', c text NOT NULL DEFAULT '(null)');
-- expect: public.t.a | ^the default is the text 'NULL'
-- expect: public.t."B" | ^the default is the text 'null'
-- expect: public.t.c | ^the default is the text '\(null\)'

-- silent
CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT NULL, b text DEFAULT '', c text DEFAULT 'nullable', d text DEFAULT current_user,
	e int DEFAULT 0, f text GENERATED ALWAYS AS ('null') STORED);
