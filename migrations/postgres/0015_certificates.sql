-- A delegate certificate whose key was proved for a customer.
CREATE TABLE number_certificate (
  id uuid NOT NULL PRIMARY KEY,
  customer_id uuid NOT NULL REFERENCES customer (id),
  sha256 bytea NOT NULL,
  proved_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id),
  to_entry uuid REFERENCES journal (id)
);
CREATE INDEX number_certificate_customer ON number_certificate (customer_id, sha256) WHERE to_entry IS NULL;

-- Every certificate of its chain as a list of revoked certificates would name it.
CREATE TABLE number_certificate_link (
  certificate_id uuid NOT NULL REFERENCES number_certificate (id),
  revocation_key text NOT NULL,
  PRIMARY KEY (certificate_id, revocation_key)
);
CREATE INDEX number_certificate_link_key ON number_certificate_link (revocation_key);

-- The evidence that its proof gave.
CREATE TABLE number_certificate_evidence (
  certificate_id uuid NOT NULL REFERENCES number_certificate (id),
  evidence_id uuid NOT NULL REFERENCES evidence (id),
  PRIMARY KEY (certificate_id, evidence_id)
);

CREATE TABLE certificate_proof (
  id uuid NOT NULL PRIMARY KEY,
  customer_id uuid NOT NULL REFERENCES customer (id),
  sha256 bytea NOT NULL,
  subject bytea NOT NULL,
  nonce bytea NOT NULL,
  state text NOT NULL CONSTRAINT certificate_proof_state CHECK (state IN ('OPEN', 'PASSED', 'FAILED')),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id)
);
CREATE INDEX certificate_proof_age ON certificate_proof (created_at);
