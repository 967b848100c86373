-- Codes that go to numbers. Each message is a row: caps count rows, so that they hold over every instance and every start.
CREATE TABLE call_send (
  id uuid NOT NULL PRIMARY KEY,
  challenge_id uuid NOT NULL,
  customer_id uuid NOT NULL REFERENCES customer (id),
  number_id uuid NOT NULL REFERENCES number_state (id),
  prefix text NOT NULL,
  country text NOT NULL,
  channel text NOT NULL,
  extension bytea,
  sent_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id)
);
CREATE INDEX call_send_number ON call_send (number_id, sent_at);
CREATE INDEX call_send_customer ON call_send (customer_id, sent_at);
CREATE INDEX call_send_prefix ON call_send (prefix, sent_at);
CREATE INDEX call_send_country ON call_send (country, sent_at);
CREATE INDEX call_send_age ON call_send (sent_at);

-- What commands lock before they count a prefix or a country: two at once would both see room for one.
CREATE TABLE call_lane (
  lane text NOT NULL PRIMARY KEY,
  last_at timestamptz NOT NULL
);
CREATE INDEX call_lane_age ON call_lane (last_at);

-- Customers whose call-backs are locked after too many wrong codes.
CREATE TABLE call_lock (
  customer_id uuid NOT NULL PRIMARY KEY REFERENCES customer (id),
  until timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id)
);

-- The person keys the portal's code into the call, instead of reading one out.
ALTER TABLE challenge ADD COLUMN keyed boolean NOT NULL DEFAULT FALSE;

-- Who serves a number, as somebody else than the customer says: what a bill is compared with.
CREATE TABLE carrier_of_record (
  number_id uuid NOT NULL REFERENCES number_state (id),
  name text NOT NULL,
  ocn text NOT NULL,
  source text NOT NULL,
  as_of timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  actor text NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id),
  to_entry uuid REFERENCES journal (id),
  PRIMARY KEY (number_id, from_entry)
);
CREATE UNIQUE INDEX carrier_of_record_live ON carrier_of_record (number_id) WHERE to_entry IS NULL;

-- What reviewers said of letters. A refused letter has no other row.
CREATE TABLE loa_review (
  id uuid NOT NULL PRIMARY KEY,
  evidence_id uuid NOT NULL REFERENCES evidence (id),
  number_id uuid NOT NULL REFERENCES number_state (id),
  customer_id uuid NOT NULL REFERENCES customer (id),
  decision text NOT NULL CONSTRAINT loa_review_decision CHECK (decision IN ('ACCEPTED', 'REJECTED')),
  reasons text NOT NULL,
  detail bytea NOT NULL,
  reviewed_at timestamptz NOT NULL,
  actor text NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id)
);
CREATE INDEX loa_review_customer ON loa_review (customer_id, id);

-- Letters and bills that wait for a reviewer; few rows of many.
CREATE INDEX evidence_paper ON evidence (verified_at, id) WHERE to_entry IS NULL AND kind IN ('LOA', 'BILL');
