-- What a year of hurried deploys left behind in the demo shop. Run after data.sql, with the
-- extension in place, so that it has seen these statements go by.

\set ON_ERROR_STOP on
SET client_min_messages = error;
SET search_path = pg_catalog;

SET ROLE shop_owner;

-- FAULT: a column updated_at that nothing maintains
ALTER TABLE warehouse.purchase_orders ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();

-- FAULT: never validated, for there are rows that break it
ALTER TABLE warehouse.purchase_orders
    ADD CONSTRAINT fk_purchase_orders_suppliers FOREIGN KEY (supplier_id)
        REFERENCES warehouse.suppliers ON DELETE RESTRICT NOT VALID;
ALTER TABLE billing.payouts ADD CONSTRAINT chk_payouts_amount CHECK (amount > 200::money) NOT VALID;

-- FAULT: switched off for an import, and forgotten
ALTER TABLE warehouse.suppliers DISABLE TRIGGER suppliers_touch;

-- FAULT: an index built while every writer had to wait
CREATE INDEX idx_invoices_paid_at ON billing.invoices (paid_at);

-- FAULT: an invalid unique index: two parcels with one number made this fail. The error in the log belongs here.
\set ON_ERROR_STOP off
CREATE UNIQUE INDEX CONCURRENTLY uq_shipments_tracking_number ON warehouse.shipments (tracking_number);
\set ON_ERROR_STOP on
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_index AS i
                    WHERE i.indexrelid = to_regclass('warehouse.uq_shipments_tracking_number') AND NOT i.indisvalid) THEN
        RAISE EXCEPTION 'the index uq_shipments_tracking_number should have been left invalid';
    END IF;
END
$$;

-- FAULT: no autovacuum on a busy table; it has since grown from 8,000 rows to 60,000, unanalysed,
-- and holds 40,000 dead ones
ALTER TABLE shop.carts SET (autovacuum_enabled = false);
INSERT INTO shop.carts (customer_id, items)
SELECT 1 + i % 100000, '[{"product": 7, "pieces": 1}]' FROM generate_series(1, 52000) AS i;
UPDATE shop.carts SET items = '[]' WHERE id <= 40000;

RESET ROLE;

-- FAULT: a password in the text of a statement, where pg_stat_statements keeps it
ALTER ROLE importer PASSWORD 'importer';

-- FAULT: a prepared transaction that nobody finished
BEGIN;
UPDATE billing.payouts SET amount = amount + 1::money WHERE id = 2209;
PREPARE TRANSACTION 'payout 2209';
