-- What may link two customers, as keyed tokens: two equal ones are found, and none can be read. A live token is of the live
-- profile; an ended one stays, because who gave it once is still linked to it.
CREATE TABLE link_token (
  kind TEXT NOT NULL,
  token BLOB NOT NULL,
  customer_id BLOB NOT NULL REFERENCES customer (id),
  field TEXT NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  to_entry BLOB REFERENCES journal (id),
  PRIMARY KEY (kind, token, customer_id)
) STRICT;
CREATE INDEX link_token_customer ON link_token (customer_id);
