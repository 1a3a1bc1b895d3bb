-- The demo shop: roles, schemas, tables, functions, views and policies.
--
-- Good practice in most places, and faults planted on purpose: each is marked "FAULT" here, in
-- data.sql or in drift.sql, and README.md lists them with the check that should name them.
-- The keys and indexes of the big tables are built in data.sql, after their rows are in.
--
-- Run by demo.sh as the superuser of a private cluster, in the empty database "shop".

\set ON_ERROR_STOP on
SET client_min_messages = error;

-------------------------------------------------------------------------------------------------
-- Roles
-------------------------------------------------------------------------------------------------
CREATE ROLE shop_owner NOLOGIN;
CREATE ROLE shop_reader NOLOGIN;
CREATE ROLE backup_agent LOGIN REPLICATION PASSWORD 'kdW2-plover-91-tarn' VALID UNTIL '2035-01-01' CONNECTION LIMIT 3;

-- FAULT: the application's role walks past every row-security policy, and its password never expires
CREATE ROLE shop_app LOGIN BYPASSRLS PASSWORD 'vQ7-heron-40-basalt';
-- FAULT: an md5 password, kept from an old server
CREATE ROLE reporting LOGIN PASSWORD 'md560ac0f2dde0e7ad7c3e01f868072c8ca';
-- FAULT: a second superuser who can log in, and a role that can become it
CREATE ROLE deploy LOGIN SUPERUSER PASSWORD 'Zr5-osprey-77-gneiss';
CREATE ROLE support LOGIN PASSWORD 'hT3-curlew-18-flint' VALID UNTIL '2035-01-01' CONNECTION LIMIT 10;
GRANT deploy TO support;
-- FAULT: the password is the name of the role, and the role may write files on the server
CREATE ROLE importer LOGIN CREATEROLE PASSWORD 'importer';
GRANT pg_write_server_files TO importer;
GRANT shop_reader TO reporting, support;

ALTER DATABASE shop OWNER TO shop_owner;
-- FAULT: anybody may create objects in "public", which is on the search_path (a habit from before 15)
GRANT CREATE ON SCHEMA public TO PUBLIC;

CREATE SCHEMA shop AUTHORIZATION shop_owner;
CREATE SCHEMA billing AUTHORIZATION shop_owner;
CREATE SCHEMA warehouse AUTHORIZATION shop_owner;
COMMENT ON SCHEMA shop IS 'Catalogue, customers and orders';
COMMENT ON SCHEMA billing IS 'Invoices and payments, separated by tenant';
COMMENT ON SCHEMA warehouse IS 'Stock and its movements';

SET ROLE shop_owner;
SET search_path = pg_catalog;

-------------------------------------------------------------------------------------------------
-- Trigger function that keeps updated_at
-------------------------------------------------------------------------------------------------
CREATE FUNCTION shop.touch_updated_at() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION shop.touch_updated_at() IS 'BEFORE UPDATE trigger: stamps updated_at';

-------------------------------------------------------------------------------------------------
-- shop
-------------------------------------------------------------------------------------------------
CREATE TABLE shop.tenants (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL CONSTRAINT uq_tenants_name UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE shop.tenants IS 'Sellers that share the platform';

CREATE TABLE shop.customers (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    email        text NOT NULL,
    full_name    text NOT NULL,
    phone        text,
    country_code text NOT NULL CONSTRAINT chk_customers_country CHECK (country_code ~ '^[A-Z]{2}$'),
    is_active    boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE shop.customers IS 'People who buy';
COMMENT ON COLUMN shop.customers.country_code IS 'ISO 3166-1 alpha-2';
CREATE TRIGGER customers_touch BEFORE UPDATE ON shop.customers
    FOR EACH ROW EXECUTE FUNCTION shop.touch_updated_at();

CREATE TABLE shop.addresses (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL CONSTRAINT fk_addresses_customers REFERENCES shop.customers ON DELETE CASCADE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    street      text NOT NULL,
    postcode    text NOT NULL,
    city        text NOT NULL,
    is_default  boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE shop.addresses IS 'Delivery addresses of customers';

CREATE TABLE shop.categories (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent_id bigint CONSTRAINT fk_categories_parent REFERENCES shop.categories ON DELETE CASCADE,
    name      text NOT NULL,
    CONSTRAINT uq_categories_parent_name UNIQUE NULLS NOT DISTINCT (parent_id, name)
);
COMMENT ON TABLE shop.categories IS 'Tree of product categories';

CREATE TABLE shop.products (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    category_id bigint NOT NULL CONSTRAINT fk_products_categories REFERENCES shop.categories ON DELETE RESTRICT,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    price       numeric(10,2) NOT NULL CONSTRAINT chk_products_price CHECK (price >= 0),
    sku         text NOT NULL CONSTRAINT uq_products_sku UNIQUE,
    name        text NOT NULL,
    description text,
    attributes  jsonb NOT NULL DEFAULT '{}',
    is_active   boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE shop.products IS 'What is for sale';
CREATE INDEX idx_products_category_id ON shop.products (category_id);
CREATE INDEX idx_products_attributes ON shop.products USING gin (attributes);
-- FAULT: an index whose first column is a boolean, not partial
CREATE INDEX idx_products_is_active ON shop.products (is_active);
CREATE TRIGGER products_touch BEFORE UPDATE ON shop.products
    FOR EACH ROW EXECUTE FUNCTION shop.touch_updated_at();

CREATE TABLE shop.tags (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CONSTRAINT uq_tags_name UNIQUE
);
COMMENT ON TABLE shop.tags IS 'Free labels for products';

CREATE TABLE shop.product_tags (
    product_id bigint NOT NULL CONSTRAINT fk_product_tags_products REFERENCES shop.products ON DELETE CASCADE,
    tag_id     bigint NOT NULL CONSTRAINT fk_product_tags_tags REFERENCES shop.tags ON DELETE CASCADE,
    PRIMARY KEY (product_id, tag_id)
);
COMMENT ON TABLE shop.product_tags IS 'Which product carries which label';
CREATE INDEX idx_product_tags_tag_id ON shop.product_tags (tag_id);

-- FAULT: deleted rows keep their code taken: the unique key ignores deleted_at
CREATE TABLE shop.coupons (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text NOT NULL CONSTRAINT uq_coupons_code UNIQUE,
    percent_off numeric(5,2) NOT NULL CONSTRAINT chk_coupons_percent CHECK (percent_off BETWEEN 0 AND 100),
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz,
    deleted_at  timestamptz
);
COMMENT ON TABLE shop.coupons IS 'Discount codes; rows are never removed, only marked';

-- FAULT: money in a binary floating point column
CREATE TABLE shop.promotions (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id      bigint NOT NULL CONSTRAINT fk_promotions_products REFERENCES shop.products ON DELETE CASCADE,
    discount_amount double precision NOT NULL,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    CONSTRAINT chk_promotions_range CHECK (ends_at > starts_at)
);
COMMENT ON TABLE shop.promotions IS 'Temporary price cuts';
CREATE INDEX idx_promotions_product_id ON shop.promotions (product_id);

CREATE TABLE shop.carts (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL CONSTRAINT fk_carts_customers REFERENCES shop.customers ON DELETE CASCADE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    items       jsonb NOT NULL DEFAULT '[]'
);
COMMENT ON TABLE shop.carts IS 'Baskets that have not become orders';
CREATE INDEX idx_carts_customer_id ON shop.carts (customer_id);
CREATE TRIGGER carts_touch BEFORE UPDATE ON shop.carts
    FOR EACH ROW EXECUTE FUNCTION shop.touch_updated_at();

CREATE TABLE shop.orders (
    id                  bigint GENERATED ALWAYS AS IDENTITY,
    tenant_id           bigint NOT NULL,
    customer_id         bigint NOT NULL,
    shipping_address_id bigint,
    coupon_id           bigint,
    placed_at           timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    total               numeric(12,2) NOT NULL,
    status              text NOT NULL DEFAULT 'new',
    currency            text NOT NULL DEFAULT 'EUR',
    CONSTRAINT chk_orders_status CHECK (status IN ('new', 'paid', 'shipped', 'delivered', 'cancelled')),
    CONSTRAINT chk_orders_currency CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT chk_orders_total CHECK (total >= 0)
);
COMMENT ON TABLE shop.orders IS 'Orders, one row each';

CREATE TABLE shop.order_items (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    order_id   bigint NOT NULL,
    product_id bigint NOT NULL,
    quantity   integer NOT NULL,
    unit_price numeric(10,2) NOT NULL,
    CONSTRAINT chk_order_items_quantity CHECK (quantity > 0)
);
COMMENT ON TABLE shop.order_items IS 'Lines of orders';

CREATE TABLE shop.events (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    customer_id bigint NOT NULL,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    kind        text NOT NULL,
    payload     jsonb NOT NULL DEFAULT '{}'
) PARTITION BY RANGE (occurred_at);
COMMENT ON TABLE shop.events IS 'Click stream, a partition per month, partitions made four months ahead';

CREATE TABLE shop.reviews (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id  bigint,
    customer_id bigint NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    rating      integer NOT NULL CONSTRAINT chk_reviews_rating CHECK (rating BETWEEN 1 AND 5),
    body        text NOT NULL
);
COMMENT ON TABLE shop.reviews IS 'What customers say about products';

-- FAULT: no primary key, the address of the caller as text, a timestamp without time zone
CREATE TABLE shop.login_attempts (
    customer_id  bigint NOT NULL,
    ip_address   text NOT NULL,
    attempted_at timestamp NOT NULL DEFAULT now(),
    was_good     boolean NOT NULL
);
COMMENT ON TABLE shop.login_attempts IS 'Attempts to sign in';
CREATE INDEX idx_login_attempts_customer_id ON shop.login_attempts (customer_id, attempted_at);

-- FAULT: a polymorphic pair: no foreign key can hold commentable_id
CREATE TABLE shop.comments (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commentable_type text NOT NULL,
    commentable_id   bigint NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    body             text NOT NULL
);
COMMENT ON TABLE shop.comments IS 'Remarks of the staff on orders, products and customers';
CREATE INDEX idx_comments_commentable ON shop.comments (commentable_type, commentable_id);

-- FAULT: entity, attribute, value
CREATE TABLE shop.product_attributes (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entity_id       bigint NOT NULL,
    attribute_name  text NOT NULL,
    attribute_value text
);
COMMENT ON TABLE shop.product_attributes IS 'Details of products, before products.attributes';

-- FAULT: the policy asks for the setting row by row, its column has no index, and the token is readable text
CREATE TABLE shop.api_tokens (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id  bigint NOT NULL CONSTRAINT fk_api_tokens_tenants REFERENCES shop.tenants ON DELETE CASCADE,
    token      text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE shop.api_tokens IS 'Keys of the tenants'' programs';
ALTER TABLE shop.api_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.api_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY api_tokens_tenant ON shop.api_tokens
    USING (tenant_id = current_setting('app.tenant_id')::bigint)
    WITH CHECK (tenant_id = current_setting('app.tenant_id')::bigint);

-------------------------------------------------------------------------------------------------
-- billing
-------------------------------------------------------------------------------------------------
CREATE TABLE billing.invoices (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    tenant_id  bigint NOT NULL,
    order_id   bigint NOT NULL,
    invoice_no bigint NOT NULL,
    issued_at  timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    paid_at    timestamptz,
    amount     numeric(12,2) NOT NULL,
    CONSTRAINT chk_invoices_amount CHECK (amount >= 0)
);
COMMENT ON TABLE billing.invoices IS 'Invoices; each tenant sees its own';
ALTER TABLE billing.invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.invoices FORCE ROW LEVEL SECURITY;
CREATE POLICY invoices_tenant ON billing.invoices
    USING (tenant_id = (SELECT current_setting('app.tenant_id')::bigint))
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::bigint));

-- FAULT: half a reference passes unchecked: the composite foreign key (see data.sql) has nullable columns
CREATE TABLE billing.invoice_lines (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    tenant_id  bigint,
    invoice_no bigint,
    quantity   integer NOT NULL,
    unit_price numeric(10,2) NOT NULL,
    label      text NOT NULL
);
COMMENT ON TABLE billing.invoice_lines IS 'Lines of invoices';

-- FAULT: order_id is an integer that refers to a bigint; a UUID kept as varchar; json instead of jsonb
CREATE TABLE billing.payments (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    order_id     integer NOT NULL,
    paid_at      timestamptz NOT NULL DEFAULT now(),
    amount       numeric(12,2) NOT NULL,
    gateway_uuid varchar(36) NOT NULL,
    details      json
);
COMMENT ON TABLE billing.payments IS 'Payments as the gateway reported them';

-- FAULT: a policy, but row security was never switched on; char(n); a card number in clear
CREATE TABLE billing.payment_methods (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id   bigint NOT NULL CONSTRAINT fk_payment_methods_tenants REFERENCES shop.tenants ON DELETE CASCADE,
    customer_id bigint NOT NULL CONSTRAINT fk_payment_methods_customers REFERENCES shop.customers ON DELETE CASCADE,
    card_number text NOT NULL,
    brand       char(12) NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE billing.payment_methods IS 'Cards on file';
CREATE INDEX idx_payment_methods_tenant_id ON billing.payment_methods (tenant_id);
CREATE INDEX idx_payment_methods_customer_id ON billing.payment_methods (customer_id);
CREATE POLICY payment_methods_tenant ON billing.payment_methods
    USING (tenant_id = (SELECT current_setting('app.tenant_id')::bigint));

-- FAULT: a policy that lets everything through
CREATE TABLE billing.credit_notes (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id  bigint NOT NULL CONSTRAINT fk_credit_notes_tenants REFERENCES shop.tenants ON DELETE RESTRICT,
    amount     numeric(12,2) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE billing.credit_notes IS 'Refunds';
CREATE INDEX idx_credit_notes_tenant_id ON billing.credit_notes (tenant_id);
ALTER TABLE billing.credit_notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY credit_notes_all ON billing.credit_notes FOR ALL USING (true) WITH CHECK (true);

-- FAULT: row security without any policy: nobody but the owner sees a row
CREATE TABLE billing.tax_reports (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id  bigint NOT NULL CONSTRAINT fk_tax_reports_tenants REFERENCES shop.tenants ON DELETE RESTRICT,
    period     daterange NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE billing.tax_reports IS 'Reports sent to the tax office';
CREATE INDEX idx_tax_reports_tenant_id ON billing.tax_reports (tenant_id);
ALTER TABLE billing.tax_reports ENABLE ROW LEVEL SECURITY;

-- FAULT: the type money; timestamp without time zone; updated_at that nothing maintains
CREATE TABLE billing.payouts (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id  bigint NOT NULL CONSTRAINT fk_payouts_tenants REFERENCES shop.tenants ON DELETE RESTRICT,
    amount     money NOT NULL,
    created_at timestamp NOT NULL DEFAULT now(),
    updated_at timestamp NOT NULL DEFAULT now()
);
COMMENT ON TABLE billing.payouts IS 'What was paid out to tenants';
CREATE INDEX idx_payouts_tenant_id ON billing.payouts (tenant_id);

CREATE TABLE billing.vat_rates (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    country_code text NOT NULL CONSTRAINT uq_vat_rates_country UNIQUE,
    rate         numeric(5,2) NOT NULL
);
COMMENT ON TABLE billing.vat_rates IS 'Standard rate of VAT by country';

-------------------------------------------------------------------------------------------------
-- warehouse
-------------------------------------------------------------------------------------------------
CREATE TABLE warehouse.warehouses (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL CONSTRAINT uq_warehouses_code UNIQUE,
    city text NOT NULL
);
COMMENT ON TABLE warehouse.warehouses IS 'Places where stock lies';

CREATE TABLE warehouse.stock_levels (
    warehouse_id bigint NOT NULL CONSTRAINT fk_stock_levels_warehouses REFERENCES warehouse.warehouses ON DELETE RESTRICT,
    product_id   bigint NOT NULL CONSTRAINT fk_stock_levels_products REFERENCES shop.products ON DELETE CASCADE,
    updated_at   timestamptz NOT NULL DEFAULT now(),
    quantity     integer NOT NULL DEFAULT 0,
    CONSTRAINT chk_stock_levels_quantity CHECK (quantity >= 0),
    PRIMARY KEY (product_id, warehouse_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE warehouse.stock_levels IS 'How much lies where';
CREATE INDEX idx_stock_levels_warehouse_id ON warehouse.stock_levels (warehouse_id);
CREATE TRIGGER stock_levels_touch BEFORE UPDATE ON warehouse.stock_levels
    FOR EACH ROW EXECUTE FUNCTION shop.touch_updated_at();

-- FAULT: an integer key (serial at that) whose sequence has used 82 % of its range
CREATE TABLE warehouse.stock_movements (
    id           serial,
    quantity     integer NOT NULL,
    product_id   bigint NOT NULL,
    warehouse_id bigint NOT NULL,
    moved_at     timestamptz NOT NULL DEFAULT now(),
    reason       text NOT NULL,
    batch        text,
    operator     text
);
COMMENT ON TABLE warehouse.stock_movements IS 'Every piece that came or went';

CREATE TABLE warehouse.suppliers (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    name       text NOT NULL CONSTRAINT uq_suppliers_name UNIQUE,
    email      text
);
COMMENT ON TABLE warehouse.suppliers IS 'Where goods come from';
CREATE TRIGGER suppliers_touch BEFORE UPDATE ON warehouse.suppliers
    FOR EACH ROW EXECUTE FUNCTION shop.touch_updated_at();

CREATE TABLE warehouse.purchase_orders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    supplier_id bigint NOT NULL,
    ordered_at  timestamptz NOT NULL DEFAULT now(),
    total       numeric(12,2) NOT NULL
);
COMMENT ON TABLE warehouse.purchase_orders IS 'Orders to suppliers';
CREATE INDEX idx_purchase_orders_supplier_id ON warehouse.purchase_orders (supplier_id);

CREATE TABLE warehouse.shipments (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id        bigint NOT NULL,
    shipped_at      timestamptz NOT NULL DEFAULT now(),
    tracking_number text NOT NULL,
    carrier         text NOT NULL
);
COMMENT ON TABLE warehouse.shipments IS 'Parcels';

-- FAULT: the last partition ended two months ago, and the default partition fills up
CREATE TABLE warehouse.scans (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    scanned_at timestamptz NOT NULL,
    barcode    text NOT NULL,
    PRIMARY KEY (id, scanned_at)
) PARTITION BY RANGE (scanned_at);
COMMENT ON TABLE warehouse.scans IS 'What the hand scanners read';
CREATE TABLE warehouse.scans_default PARTITION OF warehouse.scans DEFAULT;

-- Partitions: events from six months back to four ahead, scans until two months ago
DO $$
DECLARE
    m date;
BEGIN
    FOR i IN -6 .. 4 LOOP
        m := (date_trunc('month', current_date) + make_interval(months => i))::date;
        EXECUTE format('CREATE TABLE shop.%I PARTITION OF shop.events FOR VALUES FROM (%L) TO (%L)',
                       to_char(m, '"events_"YYYY_MM'), m, (m + interval '1 month')::date);
        IF i <= -2 THEN
            EXECUTE format('CREATE TABLE warehouse.%I PARTITION OF warehouse.scans FOR VALUES FROM (%L) TO (%L)',
                           to_char(m, '"scans_"YYYY_MM'), m, (m + interval '1 month')::date);
        END IF;
    END LOOP;
END
$$;

-------------------------------------------------------------------------------------------------
-- public
-------------------------------------------------------------------------------------------------
-- the ledger of a migration tool, without a way back
CREATE TABLE public.schema_migrations (
    version    varchar(64) PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE public.schema_migrations IS 'Migrations that were applied';

-- FAULT: names that need quotes, a reserved word as a column, granted to everybody
CREATE TABLE public."OrderNotes" (
    "noteId"  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "orderId" bigint NOT NULL,
    "user"    text NOT NULL,
    "Text"    text NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON public."OrderNotes" TO PUBLIC;

-------------------------------------------------------------------------------------------------
-- Functions
-------------------------------------------------------------------------------------------------
CREATE FUNCTION shop.place_order(p_tenant bigint, p_customer bigint, p_products bigint[])
RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_order bigint;
BEGIN
    INSERT INTO shop.orders (tenant_id, customer_id, total)
    SELECT p_tenant, p_customer, COALESCE(sum(p.price), 0)
      FROM shop.products AS p WHERE p.id = ANY (p_products)
    RETURNING id INTO v_order;
    INSERT INTO shop.order_items (order_id, product_id, quantity, unit_price)
    SELECT v_order, p.id, 1, p.price FROM shop.products AS p WHERE p.id = ANY (p_products);
    RETURN v_order;
END
$$;
COMMENT ON FUNCTION shop.place_order(bigint, bigint, bigint[]) IS 'Books an order with one piece of each product';

CREATE FUNCTION shop.order_total(p_order bigint) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT sum(i.quantity * i.unit_price) FROM shop.order_items AS i WHERE i.order_id = p_order $$;

-- a definer function as it should be
CREATE FUNCTION billing.mark_paid(p_invoice bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ UPDATE billing.invoices SET paid_at = now() WHERE id = p_invoice $$;
REVOKE ALL ON FUNCTION billing.mark_paid(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.mark_paid(bigint) TO shop_app;

-- FAULT: SECURITY DEFINER, no search_path, open to PUBLIC
CREATE FUNCTION shop.change_email(p_customer bigint, p_email text) RETURNS void
LANGUAGE sql SECURITY DEFINER
AS $$ UPDATE shop.customers SET email = p_email WHERE id = p_customer $$;

-- FAULT: text glued into a statement
CREATE FUNCTION warehouse.count_movements(p_reason text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    n bigint;
BEGIN
    EXECUTE 'SELECT count(*) FROM warehouse.stock_movements WHERE reason = ''' || p_reason || '''' INTO n;
    RETURN n;
END
$$;

-- FAULT: every error is swallowed
CREATE FUNCTION billing.try_mark_paid(p_invoice bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE billing.invoices SET paid_at = now() WHERE id = p_invoice;
EXCEPTION WHEN OTHERS THEN
    NULL;
END
$$;

-- FAULT: declared IMMUTABLE, yet it reads a table
CREATE FUNCTION billing.vat_rate(p_country text) RETURNS numeric
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT v.rate FROM billing.vat_rates AS v WHERE v.country_code = p_country $$;

-------------------------------------------------------------------------------------------------
-- Views
-------------------------------------------------------------------------------------------------
CREATE VIEW billing.open_invoices WITH (security_invoker = true) AS
    SELECT i.id, i.tenant_id, i.order_id, i.amount, i.issued_at
      FROM billing.invoices AS i WHERE i.paid_at IS NULL;
COMMENT ON VIEW billing.open_invoices IS 'Invoices not yet paid, under the policies of the one who asks';

CREATE MATERIALIZED VIEW shop.best_sellers AS
    SELECT i.product_id, sum(i.quantity) AS pieces, sum(i.quantity * i.unit_price) AS revenue
      FROM shop.order_items AS i GROUP BY i.product_id
WITH NO DATA;
COMMENT ON MATERIALIZED VIEW shop.best_sellers IS 'Pieces and revenue by product, refreshed at night';
CREATE UNIQUE INDEX uq_best_sellers_product_id ON shop.best_sellers (product_id);

-- FAULT: cannot be refreshed CONCURRENTLY: no unique index
CREATE MATERIALIZED VIEW billing.revenue_by_month AS
    SELECT o.tenant_id, date_trunc('month', o.placed_at) AS month, sum(o.total) AS amount
      FROM shop.orders AS o GROUP BY 1, 2
WITH NO DATA;

RESET ROLE;

-- FAULT: the superuser's view over a table with row security, without security_invoker
CREATE VIEW billing.invoice_overview AS
    SELECT i.id, i.tenant_id, i.invoice_no, i.amount, i.paid_at FROM billing.invoices AS i;

-------------------------------------------------------------------------------------------------
-- Privileges
-------------------------------------------------------------------------------------------------
GRANT USAGE ON SCHEMA shop, billing, warehouse TO shop_app, shop_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shop, billing, warehouse TO shop_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA shop, billing, warehouse TO shop_app;
GRANT SELECT ON ALL TABLES IN SCHEMA shop, billing, warehouse TO shop_reader;
-- FAULT: readable and writable for everybody
GRANT USAGE ON SCHEMA warehouse TO PUBLIC;
GRANT SELECT, UPDATE ON warehouse.stock_levels TO PUBLIC;
