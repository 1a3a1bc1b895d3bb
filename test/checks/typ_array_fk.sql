-- firing
CREATE TABLE tags (id int PRIMARY KEY);
CREATE TABLE category (id bigint PRIMARY KEY);
CREATE TABLE posts (id int PRIMARY KEY, tag_ids int[], category_ids bigint[], scores int[]);
-- expect: public.posts.tag_ids | keys of tags
-- expect: public.posts.category_ids | keys of category

-- silent
CREATE TABLE tags (id uuid PRIMARY KEY);
CREATE TABLE posts (id int PRIMARY KEY, tag_ids int[], external_ids int[], names text[]);
