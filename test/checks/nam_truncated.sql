-- firing
CREATE TABLE customer_orders_that_were_cancelled_before_they_could_be_shipped_out (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, the_reason_why_the_customer_cancelled_this_order_before_shipment_number int,
	CONSTRAINT the_reason_why_the_customer_cancelled_this_order_must_be_positive CHECK (id > 0));
CREATE INDEX this_index_serves_the_report_of_cancelled_orders_of_the_previous_month ON t (id);
-- expect: public.customer_orders_that_were_cancelled_before_they_could_be_shippe | ^63 bytes
-- expect: public.t.the_reason_why_the_customer_cancelled_this_order_before_shipmen | ^63 bytes
-- expect: public.this_index_serves_the_report_of_cancelled_orders_of_the_previou | ^63 bytes
-- expect: the_reason_why_the_customer_cancelled_this_order_must_be_positi on public.t | ^63 bytes

-- silent: the server's own names, and those with a hash
CREATE TABLE customer_orders_that_were_cancelled_before_shipment (id serial PRIMARY KEY, customer_identifier int UNIQUE CHECK (customer_identifier > 0));
CREATE INDEX ON customer_orders_that_were_cancelled_before_shipment (customer_identifier);
CREATE INDEX customer_orders_that_were_cancelled_before_shipment_0ab1c2d3_fk ON customer_orders_that_were_cancelled_before_shipment (id);
CREATE INDEX "IX_customer_orders_that_were_cancelled_before_shipment_custome~" ON customer_orders_that_were_cancelled_before_shipment (id, customer_identifier);
CREATE INDEX index_customer_orders_cancelled_before_shipment_on_customer_tex ON customer_orders_that_were_cancelled_before_shipment (customer_identifier, id);
