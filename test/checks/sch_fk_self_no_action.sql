-- enable
-- firing
CREATE TABLE nodes (id int PRIMARY KEY, parent_id int CONSTRAINT up REFERENCES nodes);
CREATE TABLE "Nodes" (id int PRIMARY KEY, parent_id int CONSTRAINT "Up" REFERENCES "Nodes" ON DELETE RESTRICT);
-- expect: up on public.nodes | ON DELETE NO ACTION: a row that others refer to by parent_id
-- expect: "Up" on public."Nodes" | ON DELETE RESTRICT

-- silent
CREATE TABLE nodes (id int PRIMARY KEY, parent_id int REFERENCES nodes ON DELETE CASCADE);
CREATE TABLE trees (id int PRIMARY KEY, parent_id int REFERENCES trees ON DELETE SET NULL, node_id int REFERENCES nodes);
