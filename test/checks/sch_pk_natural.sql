-- firing
CREATE TABLE readings (at timestamptz PRIMARY KEY, value float8);
CREATE TABLE measures (value float8 PRIMARY KEY);
CREATE TABLE wide (a int, b int, c int, d int, PRIMARY KEY (a, b, c, d));
CREATE TABLE narrow (id int PRIMARY KEY, a int, b int, c int, d int, FOREIGN KEY (a, b, c, d) REFERENCES wide);
CREATE TABLE days (day date PRIMARY KEY);
CREATE TABLE shifts (id int PRIMARY KEY, day date REFERENCES days);
-- expect: public.readings | at, the primary key, is a timestamp with time zone
-- expect: public.measures | value, the primary key, is a double precision
-- expect: public.wide | the primary key has 4 columns, and each of 1 foreign keys repeats them
-- expect: public.days | day, the primary key, is a date

-- silent
CREATE TABLE calendar (day date PRIMARY KEY, holiday bool);
CREATE TABLE leaf (a int, b int, c int, d int, PRIMARY KEY (a, b, c, d));
CREATE TABLE one (id int PRIMARY KEY);
CREATE TABLE joins (a int REFERENCES one, b int REFERENCES one, c int REFERENCES one, d int REFERENCES one, PRIMARY KEY (a, b, c, d));
CREATE TABLE joined (id int PRIMARY KEY, a int, b int, c int, d int, FOREIGN KEY (a, b, c, d) REFERENCES joins);
CREATE TABLE of_time (id int, at timestamptz, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
