-- Codes that go to numbers. Each message is a row: caps count rows, so that they hold over every instance and every start.
CREATE TABLE call_send (
  id BLOB NOT NULL PRIMARY KEY,
  challenge_id BLOB NOT NULL,
  customer_id BLOB NOT NULL REFERENCES customer (id),
  number_id BLOB NOT NULL REFERENCES number_state (id),
  prefix TEXT NOT NULL,
  country TEXT NOT NULL,
  channel TEXT NOT NULL,
  extension BLOB,
  sent_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id)
) STRICT;
CREATE INDEX call_send_number ON call_send (number_id, sent_at);
CREATE INDEX call_send_customer ON call_send (customer_id, sent_at);
CREATE INDEX call_send_prefix ON call_send (prefix, sent_at);
CREATE INDEX call_send_country ON call_send (country, sent_at);
CREATE INDEX call_send_age ON call_send (sent_at);

-- What commands lock before they count a prefix or a country: two at once would both see room for one.
CREATE TABLE call_lane (
  lane TEXT NOT NULL PRIMARY KEY,
  last_at INTEGER NOT NULL
) STRICT;
CREATE INDEX call_lane_age ON call_lane (last_at);

-- Customers whose call-backs are locked after too many wrong codes.
CREATE TABLE call_lock (
  customer_id BLOB NOT NULL PRIMARY KEY REFERENCES customer (id),
  until INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id)
) STRICT;

-- The person keys the portal's code into the call, instead of reading one out.
ALTER TABLE challenge ADD COLUMN keyed INTEGER NOT NULL DEFAULT 0;

-- Who serves a number, as somebody else than the customer says: what a bill is compared with.
CREATE TABLE carrier_of_record (
  number_id BLOB NOT NULL REFERENCES number_state (id),
  name TEXT NOT NULL,
  ocn TEXT NOT NULL,
  source TEXT NOT NULL,
  as_of INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  to_entry BLOB REFERENCES journal (id),
  PRIMARY KEY (number_id, from_entry)
) STRICT;
CREATE UNIQUE INDEX carrier_of_record_live ON carrier_of_record (number_id) WHERE to_entry IS NULL;

-- What reviewers said of letters. A refused letter has no other row.
CREATE TABLE loa_review (
  id BLOB NOT NULL PRIMARY KEY,
  evidence_id BLOB NOT NULL REFERENCES evidence (id),
  number_id BLOB NOT NULL REFERENCES number_state (id),
  customer_id BLOB NOT NULL REFERENCES customer (id),
  decision TEXT NOT NULL CONSTRAINT loa_review_decision CHECK (decision IN ('ACCEPTED', 'REJECTED')),
  reasons TEXT NOT NULL,
  detail BLOB NOT NULL,
  reviewed_at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id)
) STRICT;
CREATE INDEX loa_review_customer ON loa_review (customer_id, id);

-- Letters and bills that wait for a reviewer; few rows of many.
CREATE INDEX evidence_paper ON evidence (verified_at, id) WHERE to_entry IS NULL AND kind IN ('LOA', 'BILL');
