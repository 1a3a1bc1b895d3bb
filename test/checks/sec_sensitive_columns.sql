-- firing
CREATE TABLE "Users" (id int, password text, "SSN" varchar(11), cvv char(3));
INSERT INTO "Users" SELECT n, 'secret' || n, '123-45-' || (1000 + n), '123' FROM generate_series(1, 100) n;
ANALYZE "Users";
-- expect: public."Users".password | passwords.* too short to be a hash
-- expect: public."Users"."SSN" | social security numbers
-- expect: public."Users".cvv | verification codes

-- silent: hashes, other types, names that only resemble, no values, no statistics
CREATE TABLE users (id int, password text, ssn bytea, password_changed_at date, card_number text, pwd text);
INSERT INTO users SELECT n, '$2b$12$' || repeat('x', 53), '\x01', now(), right('4111111111111111', 4) FROM generate_series(1, 100) n;
ANALYZE users;
CREATE TABLE later (password text);
INSERT INTO later VALUES ('secret');
