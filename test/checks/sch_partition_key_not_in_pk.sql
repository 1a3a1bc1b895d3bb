-- firing
CREATE TABLE events (id bigint NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE "Kept" (no int NOT NULL, "At" date NOT NULL) PARTITION BY RANGE ("At");
CREATE TABLE kept_1 PARTITION OF "Kept" FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
ALTER TABLE kept_1 ADD PRIMARY KEY (no);
-- expect: public.events | would have to contain the partition key \(at\)
-- expect: public."Kept" | would have to contain the partition key \("At"\)

-- silent
CREATE TABLE events (id bigint, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE plain (id bigint);
CREATE TABLE no_number (at date, value int) PARTITION BY RANGE (at);
CREATE TABLE unique_key (id int NOT NULL, at date NOT NULL, UNIQUE (id, at)) PARTITION BY RANGE (at);
