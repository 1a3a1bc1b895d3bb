-- firing
CREATE TABLE members (tenant int, name text);
CREATE TABLE t (tenant int, name text);
CREATE FUNCTION is_member(tenant int) RETURNS boolean LANGUAGE sql STABLE
	AS 'SELECT EXISTS (SELECT FROM members m WHERE m.tenant = $1 AND name = current_user)';
CREATE POLICY p ON t USING (is_member(tenant));
CREATE FUNCTION fold(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower($1); END';
CREATE INDEX t_name ON t (fold(name));
-- expect: public.is_member(integer) | policy p on public.t
-- expect: public.fold(text) | index public.t_name

-- silent: fixed paths, functions of the server, functions nothing of the kind relies on
CREATE TABLE t (tenant int, name text);
CREATE FUNCTION is_member(tenant int) RETURNS boolean LANGUAGE sql STABLE SET search_path = '' AS 'SELECT true';
CREATE POLICY p ON t USING (is_member(tenant));
CREATE FUNCTION parsed(text) RETURNS text LANGUAGE sql IMMUTABLE RETURN lower($1);
CREATE INDEX t_name ON t (parsed(name));
CREATE INDEX t_lower ON t (lower(name));
CREATE FUNCTION other() RETURNS int LANGUAGE sql AS 'SELECT 1';
