-- A CREATE TABLE from a short list of columns: what it makes runs as it stands and has nothing found against it; what is no list, or would have, is refused at its place.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;
\ir common/calls.sql
-- Runs what it is given, and says what our own checks find in the schema afterwards.
CREATE FUNCTION pg_temp.made(name text, columns text, soft_delete boolean DEFAULT false, tenant boolean DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE dbeng.table_ddl(name, columns, soft_delete, tenant);
	RETURN (SELECT string_agg(format('%s %s: %s', f.check_id, f.object, f.message), E'\n') FROM dbeng.findings() f WHERE f.object ~ '^"?(shop|My Shop)\M');
END $$;
-- sch-comments-missing, nam-convention and the like are off until configured: here they judge, too.
SELECT dbeng.configure_check('sch-comments-missing', enabled => true, thresholds => '{"columns": 1}');
SELECT dbeng.configure_check('sch-mandatory-columns', enabled => true);
SELECT dbeng.configure_check('typ-varchar-n', enabled => true);
SELECT dbeng.configure_check('nam-convention', enabled => true, thresholds => '{"tables": "^[a-z_0-9é]+$", "indexes": "^(idx|uq|pk)_", "primary_keys": "^pk_", "foreign_keys": "^fk_", "unique_keys": "^uq_"}');
CREATE SCHEMA shop;
SET search_path = shop, public;

SELECT is(dbeng.table_ddl('users', 'name text, email varchar(200) unique, notes text?'), $$CREATE TABLE shop.users (
	id bigint GENERATED ALWAYS AS IDENTITY,
	name text NOT NULL,
	email text NOT NULL,
	notes text,
	version bigint NOT NULL DEFAULT 1,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT pk_users PRIMARY KEY (id),
	CONSTRAINT chk_users_email_length CHECK (char_length(email) <= 200),
	CONSTRAINT uq_users_email UNIQUE (email)
);
COMMENT ON TABLE shop.users IS 'users, one a row';
COMMENT ON COLUMN shop.users.id IS 'the key';
COMMENT ON COLUMN shop.users.name IS 'the name';
COMMENT ON COLUMN shop.users.email IS 'the email';
COMMENT ON COLUMN shop.users.notes IS 'the notes; NULL: none';
COMMENT ON COLUMN shop.users.version IS 'how often it was written: who gives an older one is refused';
COMMENT ON COLUMN shop.users.created_at IS 'when it was made';
COMMENT ON COLUMN shop.users.updated_at IS 'when it was last changed';
SELECT dbeng.enable_versioning('shop.users');
$$, 'to the letter');
SELECT is(to_regclass('shop.users'), NULL, 'nothing was made');
SELECT is(pg_temp.made('users', 'name text, email varchar(200) unique, notes text?'), NULL, 'users');
SELECT is(pg_temp.made('shop.orders', $$'what was ordered', number text unique 'it''s on the paper', price numeric(10,2) default 0 check (price >= 0), user_id -> users cascade,
	parent_id -> orders set null, status in (draft, published, 'in print', '3') default draft, tags text[] default '{}' index, unique (user_id, number), payload jsonb default '{}' index,
	is_paid boolean default false, placed_at timestamptz default now() index, kind int in (1, 2, -3) default -3, -- a comment
	clerk_id -> shop.users ? unique,
$$), NULL, 'orders');
SELECT results_eq($$SELECT conname::text COLLATE "default", pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype IN ('c', 'f', 'p', 'u') ORDER BY conname$$, $$VALUES
	('chk_orders_kind', 'CHECK ((kind = ANY (ARRAY[1, 2, ''-3''::integer])))'),
	('chk_orders_price', 'CHECK ((price >= (0)::numeric))'),
	('chk_orders_status', 'CHECK ((status = ANY (ARRAY[''draft''::text, ''published''::text, ''in print''::text, ''3''::text])))'),
	('fk_orders_clerk_id', 'FOREIGN KEY (clerk_id) REFERENCES users(id) ON DELETE RESTRICT'),
	('fk_orders_parent_id', 'FOREIGN KEY (parent_id) REFERENCES orders(id) ON DELETE SET NULL'),
	('fk_orders_user_id', 'FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE'),
	('pk_orders', 'PRIMARY KEY (id)'), ('uq_orders_clerk_id', 'UNIQUE (clerk_id)'), ('uq_orders_number', 'UNIQUE (number)'), ('uq_orders_user_id_number', 'UNIQUE (user_id, number)')$$, 'the constraints of orders');
SELECT set_eq($$SELECT indexname FROM pg_indexes WHERE tablename = 'orders' AND indexname LIKE 'idx%'$$, '{idx_orders_parent_id,idx_orders_tags,idx_orders_payload,idx_orders_placed_at}'::name[], 'the indexes of orders: none that another one serves');
SELECT is(obj_description('orders'::regclass), 'what was ordered', 'said of the table');
SELECT is(col_description('orders'::regclass, 2), 'it''s on the paper', 'said of a column');
INSERT INTO users (name, email) VALUES ('a', 'a@b');
INSERT INTO orders (number, user_id) VALUES ('1', 1);
SELECT is(to_jsonb(o) - '{created_at,updated_at,placed_at}'::text[], '{"id": 1, "tags": [], "kind": -3, "price": 0, "number": "1", "status": "draft", "is_paid": false, "payload": {}, "user_id": 1, "version": 1, "clerk_id": null, "parent_id": null}', 'defaults') FROM orders o;
UPDATE orders SET number = '2';
SELECT is(version, 2::bigint, 'versions are counted') FROM orders;

-- All types, and every option.
CREATE TYPE shop.mood AS ENUM ('good', 'bad');
CREATE DOMAIN shop.percent AS numeric(5,2) CHECK (VALUE BETWEEN 0 AND 100);
CREATE SCHEMA "My Shop";
CREATE TYPE "My Shop"."Kind Of" AS ENUM ('one''s', 'two');
SELECT is(pg_temp.made('measures', $$a smallint, b integer index, c bigint default 1, d numeric, e numeric(12,3) default 1.5, f real default 0.5, g double precision, h text, i character varying(20), j varchar,
	k boolean default true, l date default current_date index, m time, n timestamptz(3), o timestamp with time zone, p interval default '1 day', q uuid default gen_random_uuid(), r bytea, s jsonb, t inet index, u cidr, v macaddr,
	w text[] index, x int[], y tsvector index, z point?, aa int4range index, bb tstzrange$$), NULL, 'types of the server');
SELECT is(pg_temp.made('readings', $$cc bit(3), dd bit varying(5), ee xml?, ff mood default good, gg percent default 5, hh shop.mood[], ii "My Shop"."Kind Of" default 'one''s',
	jj numeric(10,2)[] default '{}', kk timestamptz[], ll int8 default (1 + 2), mm text default lower('X'), nn pg_catalog.int4, oo text default 'it''s; -- no', pp bigint default -5, qq int4multirange index, rr text default array_to_string(array['a'], ','),
	ss text check (ss <> 'x)' and length(ss) > 2) in (abc, def) default abc, tt timestamptz default CURRENT_TIMESTAMP, uu text default 'a'::text, vv mood index$$), NULL, 'and others');
SELECT results_eq($$SELECT attname::text COLLATE "default", format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid IN ('measures'::regclass, 'readings'::regclass) AND attname ~ '^(e|i|n|z|dd|jj|gg)$' ORDER BY attname$$,
	$$VALUES ('dd', 'bit varying(5)'), ('e', 'numeric(12,3)'), ('gg', 'percent'), ('i', 'text'), ('jj', 'numeric(10,2)[]'), ('n', 'timestamp(3) with time zone'), ('z', 'point')$$, 'as they were meant');

-- Names.
SELECT is(pg_temp.made('"My Shop".things', 'größe numeric, "quoted" text, label text'), NULL, 'a schema in quotes');
SELECT is(pg_temp.made('a' || repeat('_very_long', 6), repeat('long_', 11) || 'name text unique check (' || repeat('long_', 11) || 'name <> ''''), ' || repeat('long_', 11) || 'code -> users'), NULL, 'names as long as they can be');
SELECT is(max(octet_length(conname)), 60, 'what is made of them is shortened') FROM pg_constraint WHERE conrelid = ('a' || repeat('_very_long', 6))::regclass AND contype <> 'n';
CREATE VIEW shop.idx_notes_body AS SELECT 1 AS a;
SELECT matches(dbeng.table_ddl('notes', 'body text index'), 'CREATE INDEX idx_notes_body_2 ON shop.notes', 'a name that is taken gets a number');
SELECT matches(dbeng.table_ddl('USERS2', 'Name Text'), 'CREATE TABLE shop.users2 \(.*\n\tname text NOT NULL', 'SQL''s way with capitals');
SELECT is(pg_temp.made('documents', 'id uuid, title text, parent_id -> documents set null'), NULL, 'a key of another type');
SELECT is(pg_temp.made('pages', 'document_id -> documents cascade, place int, unique (document_id, place), index (place, document_id)'), NULL, 'and a reference to it');
SELECT col_type_is('shop', 'pages', 'document_id', 'uuid', 'of its type');

-- Tenants.
SELECT is(pg_temp.made('accounts', 'name text unique, owner_id -> users?', tenant => true), NULL, 'a table with tenants');
SELECT is(pg_temp.made('invoices', 'number text? unique, account_id -> accounts set null, corrects_id -> invoices?, amount numeric(12,2), unique (account_id, amount)', tenant => true), NULL, 'that refers to others within the tenant');
SELECT results_eq($$SELECT conname::text COLLATE "default", pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'invoices'::regclass AND contype IN ('f', 'u') ORDER BY conname$$, $$VALUES
	('fk_invoices_account_id', 'FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, id) ON DELETE SET NULL (account_id)'),
	('fk_invoices_corrects_id', 'FOREIGN KEY (tenant_id, corrects_id) REFERENCES invoices(tenant_id, id) ON DELETE RESTRICT'),
	('uq_invoices_tenant_id_account_id_amount', 'UNIQUE NULLS NOT DISTINCT (tenant_id, account_id, amount)'), ('uq_invoices_tenant_id_id', 'UNIQUE (tenant_id, id)'),
	('uq_invoices_tenant_id_number', 'UNIQUE NULLS NOT DISTINCT (tenant_id, number)')$$, 'by keys that hold the tenant');
SELECT is(pg_temp.made('lines', 'invoice_id -> invoices cascade, account_id -> accounts', tenant => true), NULL, 'once more, with the key there');
SELECT results_eq('SELECT format(''%s'', relation), state, cross_tenant_keys FROM dbeng.tenant_tables ORDER BY 1', $$VALUES ('accounts', 'on', '{}'::name[]), ('invoices', 'on', '{}'), ('lines', 'on', '{}')$$, 'they have tenants');
SELECT matches(dbeng.table_ddl('softs', 'a text', true, true), E'SELECT dbeng.enable_versioning\\(''shop.softs''\\);\nSELECT dbeng.enable_tenancy\\(''shop.softs''\\);\nSELECT dbeng.enable_soft_delete\\(''shop.softs''\\);\n$', 'soft delete');

-- Its own role, and a path of its own.
CREATE ROLE ddl_clerk;
CREATE SCHEMA clerks AUTHORIZATION ddl_clerk;
GRANT USAGE ON SCHEMA shop, dbeng TO ddl_clerk;
GRANT REFERENCES ON shop.users TO ddl_clerk;
SET LOCAL ROLE ddl_clerk;
SET LOCAL search_path = clerks, shop;
DO $$BEGIN EXECUTE dbeng.table_ddl('memos', 'user_id -> users, mood mood'); END$$;
RESET ROLE;
SET LOCAL search_path = shop, public;
SELECT is(format('%s %s', relowner::regrole, relnamespace::regnamespace), 'ddl_clerk clerks', 'for who is no superuser, where his path leads') FROM pg_class WHERE oid = 'clerks.memos'::regclass;

-- What is refused, and where.
CREATE TABLE shop.pairs (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE shop.keyless (a int);
CREATE VIEW shop.seen AS SELECT 1 AS id;
SELECT is((SELECT code || ' ' || coalesce(substring(detail FROM '^At character (\d+)'), CASE WHEN detail ~ '^At the end' THEN 'end' END, '-') || ' ' || message FROM pg_temp.failure(format('SELECT dbeng.table_ddl(''t'', %L)', columns))), outcome, columns)
FROM (VALUES
	('', '42601 - columns is empty'), (' -- nothing', '42601 - columns is empty'), ('''only said'',', '42601 1 no column is given'), ('id uuid', '42601 1 no column is given'),
	('name', '42601 1 column name has no type'), ('name, b text', '42601 1 column name has no type'), ('name ?', '42601 1 column name has no type'), ('a text,, b text', '42601 8 a column is missing'), ('3a text', '42601 1 columns cannot be read from here on'), ('3 text', '42601 1 "3" is not the name of a column'),
	('a text; DROP TABLE users', '42601 7 ";" is not expected here'), ('a text) ; --', '42601 7 ")" is not expected here'), ('a text b', '42601 8 "b" is not expected here'),
	('a text unique unknown', '42601 15 "unknown" is not expected here'), ('a text default', '42601 end a value is expected'), ('a int default 0 default 1', '42601 17 "default" is not expected here'),
	('a text default ''x', '42601 15 columns cannot be read from here on'), ('a text /* b', '42601 7 columns cannot be read from here on'), ('a text ''x'' ''y''', '42601 12 "''y''" is not expected here'), ('a text cascade', '42601 8 "cascade" is not expected here'),
	('a numeric(10,2', '42601 end the brackets of the type are not closed'), ('a numeric(10;2)', '42601 13 the brackets of the type are not closed'), ('a text[', '42601 end the brackets of the array are not closed'),
	('a numeric(2000,1)', '22023 3 type numeric(2000,1): NUMERIC precision 2000 must be between 1 and 1000'), ('a text(3)', '22023 3 type text(3): type modifier is not allowed for type "text"'), ('a varchar(0)', '22023 3 (0) is not a length'),
	('a nothing', '42704 3 there is no type nothing'), ('a serial', '42704 3 there is no type serial'), ('b text, a string', '42704 11 there is no type string'), ('a nowhere.x', '42704 3 there is no type nowhere.x'), ('a record', '42P16 3 no column can be of type record'), ('a anyarray', '42P16 3 no column can be of type anyarray'),
	('a timestamp', '42P16 3 type timestamp without time zone does not say in which time zone it is'), ('a json', '42P16 3 type json is parsed again for each access'), ('a char(3)', '42P16 3 type char(n) is padded with blanks'), ('a money', '42P16 3 type money depends on a setting of the session'),
	('price float8', '42P16 7 type double precision rounds amounts of money'), ('client_ip text', '42P16 11 type text takes anything for an IP address'), ('a timestamptz(0)', '42P16 3 type timestamp with time zone without decimals rounds into the future'), ('a regproc[]', '42P16 3 type regproc stops pg_upgrade'),
	('user_ids bigint[]', '42P16 10 column user_ids would hold references that nothing checks'), ('user_id bigint', '42830 1 column user_id looks like a reference to users and is none'),
	('"Name" text', '42602 1 column "Name" would need double quotes wherever it is used'), ('"a b" text', '42602 1 column "a b" would need double quotes wherever it is used'), ('order int', '42939 1 column "order" would be a reserved word'), ('"user" text', '42939 1 column "user" would be a reserved word'),
	('ctid text', '42701 1 column ctid is a system column'), ('a text, A int', '42701 9 column a is given twice'), ('created_at timestamptz', '42701 1 column created_at is made by itself'), ('version int', '42701 1 column version is made by itself'),
	('id int, a text', '42P16 1 column id is the primary key, made by itself'), ('a text, id uuid', '42P16 9 column id is the primary key, made by itself'), ('a int primary key', '42601 7 "primary" is not expected here'),
	(repeat('x', 63) || ' text', '42622 1 column ' || repeat('x', 63) || ' is 63 bytes long'), ('a in ()', '42601 7 a value is expected'), ('a in (b c)', '42601 9 "c" is not expected here'), ('a in (b, b)', '42601 10 value b is given twice'), ('a in (b', '42601 end the list of values is not closed'),
	('a in (b) default c', '22023 18 the default ''c'' is not among the values'), ('a int in (1, x)', '22P02 14 invalid input syntax for type integer: "x"'), ('a int default x', '22P02 15 invalid input syntax for type integer: "x"'), ('a mood default ugly', '22P02 16 invalid input value for enum shop.mood: "ugly"'),
	('a int default null', '42601 15 the default NULL is none'), ('a text default ''NULL''', '42601 16 the default spells out NULL'), ('a text default E''x\n''', '42601 16 the default is not a plain text'), ('a text default $$x$$', '42601 16 a value is expected'),
	('a int default (1 +)', '42601 15 the default is not an expression: syntax error at or near ")"'), ('a int default (1, ', '42601 15 a value is expected'), ('a int check (a > )', '42601 7 the condition is not one: syntax error at or near ")"'), ('a int check a > 0', '42601 7 "check" is not expected here'), ('a int check ((a > 0)', '42601 7 the brackets of the condition are not closed'),
	('a int check (a > 0; drop table users)', '42601 7 the brackets of the condition are not closed'), ('a int check (a > [0)]', '42601 7 the brackets of the condition are not closed'),
	('a jsonb unique', '0A000 9 values of type jsonb cannot well be unique'), ('a text[] unique', '0A000 10 values of type text[] cannot well be unique'), ('a boolean index', '0A000 11 an index over type boolean alone serves nothing'), ('a xml index', '0A000 7 an index over type xml alone serves nothing'),
	('a -> nowhere', '42P01 6 there is no table nowhere'), ('a -> nowhere.users', '42P01 6 there is no table nowhere.users'), ('a -> pairs', '42830 6 shop.pairs has a primary key of several columns'), ('a -> keyless', '42830 6 shop.keyless has no primary key'), ('a -> seen', '42809 6 shop.seen is not a table'),
	('a int -> users', '42804 10 column a is of type integer, what it refers to of type bigint'), ('a -> ,', '42601 6 the name of a table is expected'), ('a -> users -> users', '42601 12 "->" is not expected here'), ('a text, unique (b)', '42703 17 there is no column b'), ('a text, unique (a, a)', '42701 20 column a is named twice'),
	('a text, unique (a', '42601 end the name of a column is expected'), ('a text, unique (a) b', '42601 20 "b" is not expected here'), ('a text, unique (', '42601 end the name of a column is expected')
) c(columns, outcome);
SELECT is(detail, 'At character 19 of columns: a text, b text, c  >>> strin, d int', 'the place is shown') FROM pg_temp.failure($$SELECT dbeng.table_ddl('t', 'a text, b text, c strin, d int')$$);
SELECT is((SELECT code || ' ' || message || ' | ' || hint FROM pg_temp.failure(format('SELECT dbeng.table_ddl(%L, ''a text'')', name))), outcome, coalesce(name, 'NULL'))
FROM (VALUES (NULL, '22004 table_name and columns must not be NULL | SELECT dbeng.table_ddl(''orders'', ''number text unique, placed_at timestamptz'');'), ('', '42602 '''' is not the name of a table | table_name => ''shop.orders'''),
	('a.b.c', '42602 ''a.b.c'' is not the name of a table | table_name => ''shop.orders'''), ('x; drop table users', '42602 ''x; drop table users'' is not the name of a table | table_name => ''shop.orders'''), ('"OrderItems"', '42602 table "OrderItems" would need double quotes wherever it is used | A name like order_items does not.'),
	('user', '42939 table "user" would be a reserved word | users is none.'), ('nowhere.t', '3F000 schema nowhere does not exist | CREATE SCHEMA nowhere;'), ('users', '42P07 shop.users exists already | Choose another name.'), ('mood', '42P07 shop.mood exists already | Choose another name.')) n(name, outcome);
SELECT is((SELECT code FROM pg_temp.failure('SELECT dbeng.table_ddl(''t'', ' || quote_literal((SELECT string_agg('c' || chr(97 + i / 26) || chr(97 + i % 26) || ' text', ', ') FROM generate_series(0, 46) i)) || ')')), '54011', 'too many columns');

-- The habits of a schema.
CREATE SCHEMA many;
DO $$BEGIN FOR i IN 1 .. 10 LOOP EXECUTE format('CREATE TABLE many.%s_items (id bigint PRIMARY KEY, a text NOT NULL)', chr(96 + i)); END LOOP; END$$;
SELECT is(code || ' ' || message, '42602 table order_line is named in the singular', 'singular among plurals') FROM pg_temp.failure($$SELECT dbeng.table_ddl('many.order_line', 'a text')$$);
SELECT is(code, '00000', 'plural among plurals') FROM pg_temp.failure($$SELECT dbeng.table_ddl('many.order_lines', 'a text')$$);
SELECT * FROM finish();
ROLLBACK;
