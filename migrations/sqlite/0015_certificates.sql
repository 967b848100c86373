-- A delegate certificate whose key was proved for a customer.
CREATE TABLE number_certificate (
  id BLOB NOT NULL PRIMARY KEY,
  customer_id BLOB NOT NULL REFERENCES customer (id),
  sha256 BLOB NOT NULL,
  proved_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  to_entry BLOB REFERENCES journal (id)
) STRICT;
CREATE INDEX number_certificate_customer ON number_certificate (customer_id, sha256) WHERE to_entry IS NULL;

-- Every certificate of its chain as a list of revoked certificates would name it.
CREATE TABLE number_certificate_link (
  certificate_id BLOB NOT NULL REFERENCES number_certificate (id),
  revocation_key TEXT NOT NULL,
  PRIMARY KEY (certificate_id, revocation_key)
) STRICT;
CREATE INDEX number_certificate_link_key ON number_certificate_link (revocation_key);

-- The evidence that its proof gave.
CREATE TABLE number_certificate_evidence (
  certificate_id BLOB NOT NULL REFERENCES number_certificate (id),
  evidence_id BLOB NOT NULL REFERENCES evidence (id),
  PRIMARY KEY (certificate_id, evidence_id)
) STRICT;

CREATE TABLE certificate_proof (
  id BLOB NOT NULL PRIMARY KEY,
  customer_id BLOB NOT NULL REFERENCES customer (id),
  sha256 BLOB NOT NULL,
  subject BLOB NOT NULL,
  nonce BLOB NOT NULL,
  state TEXT NOT NULL CONSTRAINT certificate_proof_state CHECK (state IN ('OPEN', 'PASSED', 'FAILED')),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id)
) STRICT;
CREATE INDEX certificate_proof_age ON certificate_proof (created_at);
