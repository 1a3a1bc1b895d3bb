-- The blind set: a helpdesk. Two schemas, names that need quotes, keys of uuid and of two columns, enums, domains, networks.
CREATE EXTENSION IF NOT EXISTS citext;
CREATE SCHEMA core;
CREATE SCHEMA "Support";
CREATE DOMAIN core.serial_number AS text CHECK (value ~ '^[A-Z]{2}[0-9]+$');
CREATE TYPE core.asset_kind AS ENUM ('laptop', 'phone', 'screen', 'printer', 'vehicle');
CREATE TYPE "Support"."TicketState" AS ENUM ('new', 'open', 'waiting', 'solved', 'closed');
CREATE TABLE core.org (id uuid PRIMARY KEY, name text NOT NULL UNIQUE, region text NOT NULL);
CREATE TABLE core.sla (tier smallint PRIMARY KEY, hours int NOT NULL, label text NOT NULL);
CREATE TABLE core.person (
	id uuid PRIMARY KEY,
	org_id uuid NOT NULL REFERENCES core.org,
	login citext NOT NULL,
	"fullName" varchar(120) NOT NULL,
	badge char(10) NOT NULL,
	birthday date NOT NULL,
	"lastPing" timestamptz NOT NULL,
	locked boolean NOT NULL,
	settings jsonb NOT NULL
) WITH (fillfactor = 80);
CREATE TABLE core.asset (
	id bigint PRIMARY KEY,
	serial core.serial_number NOT NULL,
	org_id uuid NOT NULL REFERENCES core.org,
	holder uuid REFERENCES core.person,
	kind core.asset_kind NOT NULL,
	network inet NOT NULL,
	bought date NOT NULL,
	price numeric NOT NULL,
	retired boolean NOT NULL,
	remarks text NOT NULL
);
CREATE TABLE "Support"."Ticket" (
	"Id" bigint PRIMARY KEY,
	legacy_code text,
	"Code" text NOT NULL,
	"OrgId" uuid NOT NULL REFERENCES core.org,
	"RequesterId" uuid NOT NULL REFERENCES core.person,
	"AssigneeId" uuid,
	"State" "Support"."TicketState" NOT NULL,
	"Tier" smallint NOT NULL REFERENCES core.sla,
	"OpenedOn" date NOT NULL,
	"DueAt" timestamptz NOT NULL,
	"ClosedAt" timestamptz,
	"Subject" varchar(200) NOT NULL,
	"Labels" text[] NOT NULL,
	"Custom" jsonb NOT NULL
);
-- A column that was, so that numbers and positions differ.
ALTER TABLE "Support"."Ticket" DROP COLUMN legacy_code;
CREATE TABLE "Support"."Comment" (
	"TicketId" bigint NOT NULL REFERENCES "Support"."Ticket",
	"Seq" int NOT NULL,
	"AuthorId" uuid NOT NULL,
	"WrittenAt" timestamp NOT NULL,
	"Internal" boolean NOT NULL,
	"Text" text NOT NULL,
	PRIMARY KEY ("TicketId", "Seq")
);
CREATE TABLE "Support"."Attachment" (
	id uuid PRIMARY KEY,
	ticket bigint NOT NULL,
	seq int NOT NULL,
	sha256 bytea NOT NULL,
	bytes int NOT NULL,
	"fileName" text NOT NULL,
	FOREIGN KEY (ticket, seq) REFERENCES "Support"."Comment"
);
CREATE TABLE "Support"."Worklog" (
	ticket bigint NOT NULL,
	day date NOT NULL,
	person uuid NOT NULL,
	minutes int NOT NULL,
	rate numeric(8, 2) NOT NULL,
	billed boolean NOT NULL,
	PRIMARY KEY (ticket, day, person)
);
CREATE TABLE "Support"."Shift" (id int PRIMARY KEY, agent uuid NOT NULL, days daterange NOT NULL, place text NOT NULL);
CREATE TABLE core.login (id bigint PRIMARY KEY, person uuid NOT NULL, address inet NOT NULL, at timestamptz NOT NULL, success boolean NOT NULL, agent text NOT NULL);
CREATE TABLE core.article (
	slug text NOT NULL,
	language char(2) NOT NULL,
	title text NOT NULL,
	body text NOT NULL,
	votes int NOT NULL,
	changed timestamptz NOT NULL,
	PRIMARY KEY (slug, language)
);
CREATE TABLE core.reading (
	region text NOT NULL,
	device int NOT NULL,
	taken timestamptz NOT NULL,
	value double precision NOT NULL,
	raw text NOT NULL
) PARTITION BY LIST (region);
CREATE TABLE core.reading_north PARTITION OF core.reading FOR VALUES IN ('north');
CREATE TABLE core.reading_south PARTITION OF core.reading FOR VALUES IN ('south');
CREATE TABLE core.reading_rest PARTITION OF core.reading DEFAULT;
CREATE VIEW "Support"."OpenTicket" AS
	SELECT t."Id", t."Code", t."Subject", t."DueAt", t."State", p."fullName" AS requester, p.login
	FROM "Support"."Ticket" t JOIN core.person p ON p.id = t."RequesterId" WHERE t."State" IN ('new', 'open', 'waiting');
