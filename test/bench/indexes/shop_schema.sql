-- The labelled set: a shop with its warehouse, its mail and its log. Keys and constraints are there, no index for reading is.
CREATE TABLE customers (
	id bigint PRIMARY KEY,
	email text NOT NULL,
	name text NOT NULL,
	phone text NOT NULL,
	city text NOT NULL,
	country text NOT NULL,
	newsletter boolean NOT NULL,
	preferences jsonb NOT NULL,
	created_at timestamptz NOT NULL,
	deleted_at timestamptz
);
CREATE TABLE warehouses (id int PRIMARY KEY, name text NOT NULL, country text NOT NULL);
CREATE TABLE categories (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE products (
	id bigint PRIMARY KEY,
	sku text NOT NULL UNIQUE,
	name text NOT NULL,
	category_id int NOT NULL REFERENCES categories,
	price numeric(10, 2) NOT NULL,
	discount numeric(4, 3) NOT NULL,
	discontinued boolean NOT NULL,
	tags text[] NOT NULL,
	attributes jsonb NOT NULL,
	description text NOT NULL
);
CREATE TABLE orders (
	id bigint PRIMARY KEY,
	customer_id bigint NOT NULL REFERENCES customers,
	warehouse_id int NOT NULL REFERENCES warehouses,
	status text NOT NULL,
	channel text NOT NULL,
	coupon text,
	total numeric(10, 2) NOT NULL,
	placed_at timestamptz NOT NULL,
	shipped_at timestamptz
);
CREATE TABLE order_lines (
	id bigint PRIMARY KEY,
	order_id bigint NOT NULL REFERENCES orders,
	product_id bigint NOT NULL REFERENCES products,
	quantity int NOT NULL,
	price numeric(10, 2) NOT NULL,
	returned boolean NOT NULL,
	note text
);
CREATE TABLE payments (
	id bigint PRIMARY KEY,
	order_id bigint NOT NULL REFERENCES orders,
	provider_ref text NOT NULL,
	state text NOT NULL,
	amount numeric(10, 2) NOT NULL,
	reconciled boolean NOT NULL,
	paid_at timestamp NOT NULL,
	memo text NOT NULL
);
CREATE TABLE reviews (
	id bigint PRIMARY KEY,
	product_id bigint NOT NULL REFERENCES products,
	customer_id bigint NOT NULL REFERENCES customers,
	rating int NOT NULL,
	approved boolean NOT NULL,
	created_at timestamptz NOT NULL,
	body text NOT NULL
);
CREATE TABLE jobs (
	id bigint PRIMARY KEY,
	queue text NOT NULL,
	state text NOT NULL,
	priority int NOT NULL,
	run_at timestamptz NOT NULL,
	locked_by text,
	attempts int NOT NULL,
	arguments text NOT NULL
);
CREATE TABLE rooms (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE bookings (
	id bigint PRIMARY KEY,
	room_id int NOT NULL REFERENCES rooms,
	during tstzrange NOT NULL,
	guest text NOT NULL
);
CREATE TABLE messages (
	id bigint PRIMARY KEY,
	thread_id int NOT NULL,
	sender_id int NOT NULL,
	recipient_id int NOT NULL,
	sent_at timestamptz NOT NULL,
	read_at timestamptz,
	body text NOT NULL
);
CREATE TABLE documents (
	id bigint PRIMARY KEY,
	title text NOT NULL,
	path text NOT NULL,
	source_url text NOT NULL,
	body text NOT NULL,
	search tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED
);
CREATE TABLE sessions (
	id bigint PRIMARY KEY,
	customer_id bigint NOT NULL REFERENCES customers,
	token text NOT NULL,
	expires_at timestamptz NOT NULL,
	last_seen_at timestamptz NOT NULL,
	agent text NOT NULL
) WITH (fillfactor = 80);
CREATE TABLE audit_log (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	logged_at timestamptz NOT NULL,
	actor_id int NOT NULL,
	action text NOT NULL,
	detail text NOT NULL
);
CREATE TABLE events (
	id bigint NOT NULL,
	occurred_at timestamptz NOT NULL,
	customer_id bigint NOT NULL,
	kind text NOT NULL,
	payload jsonb NOT NULL,
	PRIMARY KEY (id, occurred_at)
) PARTITION BY RANGE (occurred_at);
CREATE TABLE events_2025_07 PARTITION OF events FOR VALUES FROM ('2025-07-01 00:00+00') TO ('2025-08-01 00:00+00');
CREATE TABLE events_2025_08 PARTITION OF events FOR VALUES FROM ('2025-08-01 00:00+00') TO ('2025-09-01 00:00+00');
CREATE TABLE events_2025_09 PARTITION OF events FOR VALUES FROM ('2025-09-01 00:00+00') TO ('2025-10-01 00:00+00');
CREATE TABLE events_2025_10 PARTITION OF events FOR VALUES FROM ('2025-10-01 00:00+00') TO ('2025-11-01 00:00+00');
CREATE TABLE events_2025_11 PARTITION OF events FOR VALUES FROM ('2025-11-01 00:00+00') TO ('2025-12-01 00:00+00');
CREATE TABLE events_2025_12 PARTITION OF events FOR VALUES FROM ('2025-12-01 00:00+00') TO ('2026-01-01 00:00+00');
CREATE VIEW customer_orders AS
	SELECT c.id AS customer_id, c.name, c.phone, o.id AS order_id, o.status, o.total, o.placed_at
	FROM customers c JOIN orders o ON o.customer_id = c.id;
