-- firing
CREATE TABLE comments (id int PRIMARY KEY, commentable_type text, commentable_id bigint, "owner_type" varchar(20), owner_id uuid);
CREATE TABLE tags (id int PRIMARY KEY, content_type_id int, object_id text);
-- expect: public.comments | ^\(commentable_type, commentable_id\), \(owner_type, owner_id\) points to
-- expect: public.tags | ^\(content_type_id, object_id\) points to

-- silent
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE posts (id int PRIMARY KEY, user_type text, user_id int REFERENCES users, kind_type int, kind_id int, body_type text);
CREATE TABLE taggings (id int PRIMARY KEY, taggable_type text, taggable_id int);
CREATE TABLE audits (id int PRIMARY KEY, auditable_type text, auditable_id int);
CREATE TABLE outbox (id int PRIMARY KEY, aggregate_type text, aggregate_id uuid);
