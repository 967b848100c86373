-- Clients, keys and people. A customer belongs to the client that created it, never to a key.
CREATE TABLE client (
  id BLOB NOT NULL PRIMARY KEY,
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  revision INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id)
) STRICT;
CREATE UNIQUE INDEX client_name ON client (name);

CREATE TABLE api_key (
  id BLOB NOT NULL PRIMARY KEY,
  client_id BLOB REFERENCES client (id),
  label TEXT NOT NULL,
  roles TEXT NOT NULL,
  secret_hash BLOB NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  rotated_from BLOB REFERENCES api_key (id),
  revision INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id)
) STRICT;
CREATE INDEX api_key_client ON api_key (client_id);

CREATE TABLE app_user (
  id BLOB NOT NULL PRIMARY KEY,
  login TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  roles TEXT NOT NULL,
  session_epoch INTEGER NOT NULL,
  disabled_at INTEGER,
  revision INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id)
) STRICT;
CREATE UNIQUE INDEX app_user_login ON app_user (login);

-- Policies, and the parts of them that the gate reads.
CREATE TABLE policy (
  id BLOB NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  effective_from INTEGER NOT NULL,
  body TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  revision INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  published_by TEXT NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id)
) STRICT;
CREATE UNIQUE INDEX policy_name_version ON policy (name, version);

CREATE TABLE policy_check (
  policy_id BLOB NOT NULL REFERENCES policy (id),
  role TEXT NOT NULL,
  kind TEXT NOT NULL,
  every_claim INTEGER NOT NULL,
  overridable INTEGER NOT NULL,
  PRIMARY KEY (policy_id, role, kind)
) STRICT;

CREATE TABLE policy_clause (
  policy_id BLOB NOT NULL REFERENCES policy (id),
  role TEXT NOT NULL,
  clause TEXT NOT NULL,
  min_version INTEGER NOT NULL,
  PRIMARY KEY (policy_id, role, clause)
) STRICT;

-- Customers. The four counters are the first wall of the gate; triggers keep them honest.
CREATE TABLE customer (
  id BLOB NOT NULL PRIMARY KEY,
  client_id BLOB NOT NULL REFERENCES client (id),
  parent_id BLOB REFERENCES customer (id),
  role TEXT NOT NULL CONSTRAINT customer_role CHECK (role IN ('END_USER', 'RESELLER', 'VOICE_PROVIDER', 'INTERMEDIATE', 'FOREIGN_PROVIDER')),
  state TEXT NOT NULL CONSTRAINT customer_state CHECK (state IN ('DRAFT', 'SUBMITTED', 'IN_REVIEW', 'VERIFIED', 'ACTIVE', 'SUSPENDED', 'REJECTED', 'TERMINATED', 'LEGACY')),
  state_data TEXT NOT NULL,
  cap TEXT CONSTRAINT customer_cap CHECK (cap IN ('A', 'B')),
  active_until INTEGER,
  uncapped_until INTEGER,
  origid BLOB NOT NULL,
  profile_rev INTEGER NOT NULL,
  policy_id BLOB REFERENCES policy (id),
  checks_missing INTEGER NOT NULL,
  high_open INTEGER NOT NULL,
  clauses_missing INTEGER NOT NULL,
  primary_contacts INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  CONSTRAINT activation_gate CHECK (state <> 'ACTIVE' OR (checks_missing = 0 AND high_open = 0 AND clauses_missing = 0
    AND primary_contacts = 1 AND policy_id IS NOT NULL AND cap IS NOT NULL AND active_until IS NOT NULL AND uncapped_until IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX customer_origid ON customer (origid);
CREATE INDEX customer_client ON customer (client_id, id);
CREATE INDEX customer_parent ON customer (parent_id);
CREATE INDEX customer_expiry ON customer (state, active_until);

-- Profile revisions are immutable; the live one has no to_entry. The body is sealed with the customer's own key.
CREATE TABLE profile_revision (
  customer_id BLOB NOT NULL REFERENCES customer (id),
  rev INTEGER NOT NULL,
  body BLOB NOT NULL,
  sha256 BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  to_entry BLOB REFERENCES journal (id),
  PRIMARY KEY (customer_id, rev)
) STRICT;
CREATE UNIQUE INDEX profile_revision_live ON profile_revision (customer_id) WHERE to_entry IS NULL;

-- The digests of what the live profile claims: a check counts only for the digest it checked.
CREATE TABLE claim (
  customer_id BLOB NOT NULL REFERENCES customer (id),
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  digest BLOB NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  PRIMARY KEY (customer_id, kind, subject)
) STRICT;

CREATE TABLE document (
  id BLOB NOT NULL PRIMARY KEY,
  customer_id BLOB NOT NULL REFERENCES customer (id),
  kind TEXT NOT NULL,
  media_type TEXT NOT NULL,
  file_name BLOB NOT NULL,
  size INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  blob_key TEXT NOT NULL,
  uploaded_at INTEGER NOT NULL,
  uploaded_by TEXT NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id)
) STRICT;
CREATE INDEX document_customer ON document (customer_id, id);

CREATE TABLE check_result (
  id BLOB NOT NULL PRIMARY KEY,
  customer_id BLOB NOT NULL REFERENCES customer (id),
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  claim_digest BLOB NOT NULL,
  result TEXT NOT NULL CONSTRAINT check_result_word CHECK (result IN ('PASS', 'FAIL', 'REVIEW', 'UNAVAILABLE', 'SUPERSEDED')),
  reason TEXT NOT NULL,
  method TEXT NOT NULL,
  source TEXT NOT NULL,
  evidence BLOB NOT NULL,
  document_id BLOB REFERENCES document (id),
  checked_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  override_until INTEGER,
  override_proposal BLOB,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  to_entry BLOB REFERENCES journal (id),
  CONSTRAINT check_override_pair CHECK ((override_until IS NULL) = (override_proposal IS NULL)),
  CONSTRAINT check_superseded_closed CHECK (result <> 'SUPERSEDED' OR to_entry IS NOT NULL)
) STRICT;
-- Not unique: a new result is written before the old one ends, so that an ACTIVE customer never lacks one in between.
CREATE INDEX check_result_live ON check_result (customer_id, kind, subject) WHERE to_entry IS NULL;
CREATE INDEX check_result_review ON check_result (result, id) WHERE to_entry IS NULL;

CREATE TABLE finding (
  id BLOB NOT NULL PRIMARY KEY,
  customer_id BLOB NOT NULL REFERENCES customer (id),
  code TEXT NOT NULL,
  subject TEXT NOT NULL,
  severity TEXT NOT NULL CONSTRAINT finding_severity CHECK (severity IN ('LOW', 'MEDIUM', 'HIGH')),
  state TEXT NOT NULL CONSTRAINT finding_state CHECK (state IN ('OPEN', 'RESOLVED')),
  evidence BLOB NOT NULL,
  check_id BLOB REFERENCES check_result (id),
  raised_at INTEGER NOT NULL,
  resolution TEXT,
  reason BLOB,
  resolved_at INTEGER,
  resolved_by TEXT,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  to_entry BLOB REFERENCES journal (id),
  CONSTRAINT finding_resolved_whole CHECK ((state = 'OPEN') = (resolved_at IS NULL)
    AND (state = 'OPEN') = (resolution IS NULL) AND (state = 'OPEN') = (resolved_by IS NULL))
) STRICT;
CREATE INDEX finding_customer ON finding (customer_id, state);
CREATE INDEX finding_open ON finding (state, id);

-- Who answers tracebacks: exactly one primary, verified through its own contact checks.
CREATE TABLE traceback_contact (
  customer_id BLOB NOT NULL REFERENCES customer (id),
  contact_id TEXT NOT NULL,
  is_primary INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  PRIMARY KEY (customer_id, contact_id)
) STRICT;
CREATE UNIQUE INDEX traceback_contact_primary ON traceback_contact (customer_id) WHERE is_primary;

CREATE TABLE challenge (
  id BLOB NOT NULL PRIMARY KEY,
  customer_id BLOB NOT NULL REFERENCES customer (id),
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  claim_digest BLOB NOT NULL,
  channel TEXT NOT NULL,
  code_hash BLOB NOT NULL,
  code_sealed BLOB NOT NULL,
  tries INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  state TEXT NOT NULL CONSTRAINT challenge_state CHECK (state IN ('OPEN', 'PASSED', 'FAILED', 'EXPIRED')),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id)
) STRICT;
CREATE INDEX challenge_customer ON challenge (customer_id, kind, subject);

CREATE TABLE agreement (
  id BLOB NOT NULL PRIMARY KEY,
  customer_id BLOB NOT NULL REFERENCES customer (id),
  template TEXT NOT NULL,
  state TEXT NOT NULL CONSTRAINT agreement_state CHECK (state IN ('PREPARED', 'SIGNED', 'EXECUTED', 'TERMINATED', 'LAPSED')),
  state_data BLOB NOT NULL,
  document BLOB NOT NULL,
  sha256 BLOB NOT NULL,
  prepared_at INTEGER NOT NULL,
  valid_until INTEGER,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  to_entry BLOB REFERENCES journal (id),
  CONSTRAINT agreement_executed_dated CHECK (state <> 'EXECUTED' OR valid_until IS NOT NULL)
) STRICT;
CREATE INDEX agreement_customer ON agreement (customer_id, state);

CREATE TABLE agreement_clause (
  agreement_id BLOB NOT NULL REFERENCES agreement (id),
  clause TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (agreement_id, clause)
) STRICT;

-- A raise of trust by hand waits here for its second person (rule 8).
CREATE TABLE proposal (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  customer_id BLOB REFERENCES customer (id),
  payload BLOB NOT NULL,
  reason BLOB NOT NULL,
  state TEXT NOT NULL CONSTRAINT proposal_state CHECK (state IN ('OPEN', 'CONFIRMED', 'REJECTED', 'EXPIRED')),
  proposed_by TEXT NOT NULL,
  proposed_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  decided_by TEXT,
  decided_at INTEGER,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  CONSTRAINT proposal_two_people CHECK (state <> 'CONFIRMED' OR (decided_by IS NOT NULL AND decided_by <> proposed_by))
) STRICT;
CREATE INDEX proposal_open ON proposal (state, id);

CREATE TABLE trunk (
  id TEXT NOT NULL PRIMARY KEY,
  uid BLOB NOT NULL,
  kind TEXT NOT NULL CONSTRAINT trunk_kind CHECK (kind IN ('CUSTOMER', 'RESELLER', 'PROVIDER_INGRESS', 'GATEWAY_INGRESS')),
  auth TEXT NOT NULL CONSTRAINT trunk_auth CHECK (auth IN ('DIGEST', 'MTLS', 'IP_LIST', 'NONE')),
  owner BLOB NOT NULL REFERENCES customer (id),
  is_foreign INTEGER NOT NULL,
  mode TEXT NOT NULL CONSTRAINT trunk_mode CHECK (mode IN ('SHADOW', 'ENFORCE')),
  origid BLOB NOT NULL,
  retired_at INTEGER,
  revision INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id)
) STRICT;
CREATE UNIQUE INDEX trunk_uid ON trunk (uid);
CREATE UNIQUE INDEX trunk_origid ON trunk (origid);
CREATE INDEX trunk_owner ON trunk (owner);

-- One flat row a number: facts is what the table in memory needs, kept by the transaction that changes evidence.
CREATE TABLE number_state (
  id BLOB NOT NULL PRIMARY KEY,
  tn INTEGER NOT NULL,
  category TEXT NOT NULL,
  is_foreign INTEGER NOT NULL,
  cap TEXT NOT NULL CONSTRAINT number_cap CHECK (cap IN ('A', 'B')),
  facts BLOB NOT NULL,
  revision INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id)
) STRICT;
CREATE UNIQUE INDEX number_state_tn ON number_state (tn);

CREATE TABLE number_claim (
  number_id BLOB NOT NULL REFERENCES number_state (id),
  customer_id BLOB NOT NULL REFERENCES customer (id),
  claimed_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  to_entry BLOB REFERENCES journal (id),
  PRIMARY KEY (number_id, customer_id, from_entry)
) STRICT;
CREATE UNIQUE INDEX number_claim_live ON number_claim (customer_id, number_id) WHERE to_entry IS NULL;

CREATE TABLE evidence (
  id BLOB NOT NULL PRIMARY KEY,
  number_id BLOB NOT NULL REFERENCES number_state (id),
  customer_id BLOB NOT NULL REFERENCES customer (id),
  kind TEXT NOT NULL,
  source TEXT NOT NULL,
  detail BLOB NOT NULL,
  document_id BLOB REFERENCES document (id),
  verified_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  to_entry BLOB REFERENCES journal (id)
) STRICT;
CREATE INDEX evidence_number ON evidence (number_id) WHERE to_entry IS NULL;
CREATE INDEX evidence_customer ON evidence (customer_id, number_id) WHERE to_entry IS NULL;

CREATE TABLE delegation (
  id BLOB NOT NULL PRIMARY KEY,
  number_id BLOB NOT NULL REFERENCES number_state (id),
  holder BLOB NOT NULL REFERENCES customer (id),
  delegate BLOB NOT NULL REFERENCES customer (id),
  created_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  to_entry BLOB REFERENCES journal (id),
  CONSTRAINT delegation_not_self CHECK (holder <> delegate)
) STRICT;
CREATE UNIQUE INDEX delegation_live ON delegation (number_id, holder, delegate) WHERE to_entry IS NULL;
CREATE INDEX delegation_delegate ON delegation (delegate) WHERE to_entry IS NULL;

-- What the provider's own feed says is assigned: the source of ASSIGNED_BY_US.
CREATE TABLE inventory (
  tn INTEGER NOT NULL,
  customer_id BLOB,
  source TEXT NOT NULL CONSTRAINT inventory_source CHECK (source IN ('OWN_OCN', 'WHOLESALE')),
  carrier TEXT NOT NULL,
  order_ref TEXT NOT NULL,
  as_of INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  to_entry BLOB REFERENCES journal (id),
  PRIMARY KEY (tn, from_entry)
) STRICT;
CREATE UNIQUE INDEX inventory_live ON inventory (tn) WHERE to_entry IS NULL;

-- Lists are temporal rows: differences between loads, not copies.
CREATE TABLE list_version (
  id BLOB NOT NULL PRIMARY KEY,
  list TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  as_of INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  loaded_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  to_entry BLOB REFERENCES journal (id)
) STRICT;
CREATE UNIQUE INDEX list_version_live ON list_version (list) WHERE to_entry IS NULL;

CREATE TABLE list_entry (
  list TEXT NOT NULL,
  ref TEXT NOT NULL,
  body TEXT NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  to_entry BLOB REFERENCES journal (id),
  PRIMARY KEY (list, ref, from_entry)
) STRICT;
CREATE INDEX list_entry_live ON list_entry (list, ref) WHERE to_entry IS NULL;

-- What the stored facts say about each customer: the second opinion on the four counters.
CREATE VIEW gate_facts AS
SELECT c.id AS customer_id,
  (SELECT count(*) FROM policy_check p
    WHERE p.policy_id = c.policy_id AND p.role = c.role
      AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.customer_id = c.id AND k.kind = p.kind))
  + (SELECT count(*) FROM policy_check p JOIN claim k ON k.customer_id = c.id AND k.kind = p.kind
    WHERE p.policy_id = c.policy_id AND p.role = c.role AND p.every_claim
      AND NOT EXISTS (SELECT 1 FROM check_result r
        WHERE r.customer_id = c.id AND r.kind = k.kind AND r.subject = k.subject AND r.claim_digest = k.digest
          AND r.to_entry IS NULL AND (r.result = 'PASS' OR (p.overridable AND r.override_until IS NOT NULL))))
  + (SELECT count(*) FROM policy_check p
    WHERE p.policy_id = c.policy_id AND p.role = c.role AND NOT p.every_claim
      AND EXISTS (SELECT 1 FROM claim k WHERE k.customer_id = c.id AND k.kind = p.kind)
      AND NOT EXISTS (SELECT 1 FROM claim k JOIN check_result r ON r.customer_id = k.customer_id AND r.kind = k.kind
          AND r.subject = k.subject AND r.claim_digest = k.digest
        WHERE k.customer_id = c.id AND k.kind = p.kind AND r.to_entry IS NULL
          AND (r.result = 'PASS' OR (p.overridable AND r.override_until IS NOT NULL))))
  + (CASE WHEN EXISTS (SELECT 1 FROM policy_check p WHERE p.policy_id = c.policy_id AND p.role = c.role) THEN 0 ELSE 1 END)
    AS checks_missing,
  (SELECT count(*) FROM finding f WHERE f.customer_id = c.id AND (f.state = 'OPEN' OR f.resolution = 'CONFIRMED') AND f.severity = 'HIGH' AND f.to_entry IS NULL)
    AS high_open,
  (SELECT count(*) FROM policy_clause p
    WHERE p.policy_id = c.policy_id AND p.role = c.role
      AND NOT EXISTS (SELECT 1 FROM agreement a JOIN agreement_clause x ON x.agreement_id = a.id
        WHERE a.customer_id = c.id AND a.state = 'EXECUTED' AND a.to_entry IS NULL AND x.clause = p.clause AND x.version >= p.min_version))
  + (CASE WHEN EXISTS (SELECT 1 FROM policy_clause p WHERE p.policy_id = c.policy_id AND p.role = c.role) THEN 0 ELSE 1 END)
    AS clauses_missing,
  (SELECT count(*) FROM traceback_contact t
    WHERE t.customer_id = c.id AND t.is_primary
      AND EXISTS (SELECT 1 FROM claim k JOIN check_result r ON r.customer_id = k.customer_id AND r.kind = k.kind
          AND r.subject = k.subject AND r.claim_digest = k.digest
        WHERE k.customer_id = c.id AND k.kind = 'CONTACT_EMAIL' AND k.subject = t.contact_id
          AND r.to_entry IS NULL AND r.result = 'PASS')
      AND EXISTS (SELECT 1 FROM claim k JOIN check_result r ON r.customer_id = k.customer_id AND r.kind = k.kind
          AND r.subject = k.subject AND r.claim_digest = k.digest
        WHERE k.customer_id = c.id AND k.kind = 'CONTACT_PHONE' AND k.subject = t.contact_id
          AND r.to_entry IS NULL AND r.result = 'PASS'))
    AS primary_contacts
FROM customer c;


-- The gate. First wall: the CHECK on customer. Second wall: a customer that is or becomes ACTIVE must carry exactly the
-- counters that the facts give, and no required check of it may have run out.
CREATE TRIGGER gate_customer_insert AFTER INSERT ON customer WHEN NEW.state = 'ACTIVE' BEGIN
  SELECT RAISE(ABORT, 'gate:activation_facts') WHERE NOT EXISTS (SELECT 1 FROM gate_facts g WHERE g.customer_id = NEW.id
    AND g.checks_missing = NEW.checks_missing AND g.high_open = NEW.high_open AND g.clauses_missing = NEW.clauses_missing
    AND g.primary_contacts = NEW.primary_contacts) OR NEW.active_until <= NEW.last_at;
END;
CREATE TRIGGER gate_customer_update AFTER UPDATE ON customer WHEN NEW.state = 'ACTIVE' AND (OLD.state <> 'ACTIVE' OR OLD.id <> NEW.id OR OLD.role <> NEW.role OR OLD.policy_id IS NOT NEW.policy_id
  OR OLD.checks_missing <> NEW.checks_missing OR OLD.high_open <> NEW.high_open OR OLD.clauses_missing <> NEW.clauses_missing
  OR OLD.primary_contacts <> NEW.primary_contacts OR OLD.active_until <> NEW.active_until) BEGIN
  SELECT RAISE(ABORT, 'gate:activation_facts') WHERE NOT EXISTS (SELECT 1 FROM gate_facts g WHERE g.customer_id = NEW.id
    AND g.checks_missing = NEW.checks_missing AND g.high_open = NEW.high_open AND g.clauses_missing = NEW.clauses_missing
    AND g.primary_contacts = NEW.primary_contacts) OR NEW.active_until <= NEW.last_at;
END;

-- The other half: a fact that changes under an ACTIVE customer is refused unless the state went down first.
CREATE TRIGGER gate_check_result_insert AFTER INSERT ON check_result BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id
    WHERE c.id IN (NEW.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1);
END;
CREATE TRIGGER gate_check_result_update AFTER UPDATE ON check_result BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id
    WHERE c.id IN (NEW.customer_id, OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1);
END;
CREATE TRIGGER gate_check_result_delete AFTER DELETE ON check_result BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id
    WHERE c.id IN (OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1);
END;
CREATE TRIGGER gate_finding_insert AFTER INSERT ON finding BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id
    WHERE c.id IN (NEW.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1);
END;
CREATE TRIGGER gate_finding_update AFTER UPDATE ON finding BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id
    WHERE c.id IN (NEW.customer_id, OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1);
END;
CREATE TRIGGER gate_finding_delete AFTER DELETE ON finding BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id
    WHERE c.id IN (OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1);
END;
CREATE TRIGGER gate_claim_insert AFTER INSERT ON claim BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id
    WHERE c.id IN (NEW.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1);
END;
CREATE TRIGGER gate_claim_update AFTER UPDATE ON claim BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id
    WHERE c.id IN (NEW.customer_id, OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1);
END;
CREATE TRIGGER gate_claim_delete AFTER DELETE ON claim BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id
    WHERE c.id IN (OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1);
END;
CREATE TRIGGER gate_traceback_contact_insert AFTER INSERT ON traceback_contact BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id
    WHERE c.id IN (NEW.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1);
END;
CREATE TRIGGER gate_traceback_contact_update AFTER UPDATE ON traceback_contact BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id
    WHERE c.id IN (NEW.customer_id, OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1);
END;
CREATE TRIGGER gate_traceback_contact_delete AFTER DELETE ON traceback_contact BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id
    WHERE c.id IN (OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1);
END;
CREATE TRIGGER gate_agreement_insert AFTER INSERT ON agreement BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id
    WHERE c.id IN (NEW.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1);
END;
CREATE TRIGGER gate_agreement_update AFTER UPDATE ON agreement BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id
    WHERE c.id IN (NEW.customer_id, OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1);
END;
CREATE TRIGGER gate_agreement_delete AFTER DELETE ON agreement BEGIN
  SELECT RAISE(ABORT, 'gate:fact_under_active') FROM customer c JOIN gate_facts g ON g.customer_id = c.id
    WHERE c.id IN (OLD.customer_id) AND c.state = 'ACTIVE'
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1);
END;

-- What a customer signed, and what a policy demands, is never rewritten.
CREATE TRIGGER agreement_clause_insert BEFORE INSERT ON agreement_clause BEGIN
  SELECT RAISE(ABORT, 'gate:agreement_clause_frozen') WHERE NOT EXISTS (SELECT 1 FROM agreement a WHERE a.id = NEW.agreement_id AND a.state = 'PREPARED');
END;
CREATE TRIGGER agreement_clause_update BEFORE UPDATE ON agreement_clause BEGIN SELECT RAISE(ABORT, 'gate:agreement_clause_frozen'); END;
CREATE TRIGGER agreement_clause_delete BEFORE DELETE ON agreement_clause BEGIN SELECT RAISE(ABORT, 'gate:agreement_clause_frozen'); END;
CREATE TRIGGER agreement_document_update BEFORE UPDATE ON agreement WHEN OLD.document <> NEW.document OR OLD.sha256 <> NEW.sha256 OR OLD.id <> NEW.id BEGIN
  SELECT RAISE(ABORT, 'gate:agreement_document_frozen'); END;
CREATE TRIGGER profile_revision_update BEFORE UPDATE ON profile_revision WHEN OLD.customer_id <> NEW.customer_id OR OLD.rev <> NEW.rev
  OR OLD.body <> NEW.body OR OLD.sha256 <> NEW.sha256 OR OLD.from_entry <> NEW.from_entry OR OLD.to_entry IS NOT NULL BEGIN
  SELECT RAISE(ABORT, 'gate:profile_revision_frozen'); END;
CREATE TRIGGER profile_revision_delete BEFORE DELETE ON profile_revision BEGIN SELECT RAISE(ABORT, 'gate:profile_revision_frozen'); END;
CREATE TRIGGER policy_check_insert BEFORE INSERT ON policy_check BEGIN
  SELECT RAISE(ABORT, 'gate:policy_frozen') WHERE EXISTS (SELECT 1 FROM customer c WHERE c.policy_id = NEW.policy_id);
END;
CREATE TRIGGER policy_check_update BEFORE UPDATE ON policy_check BEGIN SELECT RAISE(ABORT, 'gate:policy_frozen'); END;
CREATE TRIGGER policy_check_delete BEFORE DELETE ON policy_check BEGIN SELECT RAISE(ABORT, 'gate:policy_frozen'); END;
CREATE TRIGGER policy_clause_insert BEFORE INSERT ON policy_clause BEGIN
  SELECT RAISE(ABORT, 'gate:policy_frozen') WHERE EXISTS (SELECT 1 FROM customer c WHERE c.policy_id = NEW.policy_id);
END;
CREATE TRIGGER policy_clause_update BEFORE UPDATE ON policy_clause BEGIN SELECT RAISE(ABORT, 'gate:policy_frozen'); END;
CREATE TRIGGER policy_clause_delete BEFORE DELETE ON policy_clause BEGIN SELECT RAISE(ABORT, 'gate:policy_frozen'); END;
