-- firing
CREATE TABLE a (i int); CREATE TABLE b (i int); CREATE TABLE c (i int); CREATE TABLE d (i int); CREATE TABLE e (i int);
-- expect: fx | ^5 tables, but no table of a migration tool

-- silent: Rails
CREATE TABLE a (i int); CREATE TABLE b (i int); CREATE TABLE c (i int); CREATE TABLE d (i int); CREATE TABLE e (i int);
CREATE TABLE schema_migrations (version text PRIMARY KEY);

-- silent: Flyway, in a schema of its own
CREATE TABLE a (i int); CREATE TABLE b (i int); CREATE TABLE c (i int); CREATE TABLE d (i int); CREATE TABLE e (i int);
CREATE SCHEMA "Flyway";
CREATE TABLE "Flyway".flyway_schema_history (installed_rank int PRIMARY KEY);

-- silent: hardly anything
CREATE TABLE a (i int);
