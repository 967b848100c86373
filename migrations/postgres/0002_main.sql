-- Clients, keys and people. A customer belongs to the client that created it, never to a key.
CREATE TABLE client (
  id uuid NOT NULL PRIMARY KEY,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  revision bigint NOT NULL,
  last_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id)
);
CREATE UNIQUE INDEX client_name ON client (name);

CREATE TABLE api_key (
  id uuid NOT NULL PRIMARY KEY,
  client_id uuid REFERENCES client (id),
  label text NOT NULL,
  roles text NOT NULL,
  secret_hash bytea NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  rotated_from uuid REFERENCES api_key (id),
  revision bigint NOT NULL,
  last_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id)
);
CREATE INDEX api_key_client ON api_key (client_id);

CREATE TABLE app_user (
  id uuid NOT NULL PRIMARY KEY,
  login text NOT NULL,
  password_hash text NOT NULL,
  roles text NOT NULL,
  session_epoch bigint NOT NULL,
  disabled_at timestamptz,
  revision bigint NOT NULL,
  last_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id)
);
CREATE UNIQUE INDEX app_user_login ON app_user (login);

-- Policies, and the parts of them that the gate reads.
CREATE TABLE policy (
  id uuid NOT NULL PRIMARY KEY,
  name text NOT NULL,
  version bigint NOT NULL,
  effective_from timestamptz NOT NULL,
  body jsonb NOT NULL,
  sha256 bytea NOT NULL,
  revision bigint NOT NULL,
  last_at timestamptz NOT NULL,
  published_by text NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id)
);
CREATE UNIQUE INDEX policy_name_version ON policy (name, version);

CREATE TABLE policy_check (
  policy_id uuid NOT NULL REFERENCES policy (id),
  role text NOT NULL,
  kind text NOT NULL,
  every_claim boolean NOT NULL,
  overridable boolean NOT NULL,
  PRIMARY KEY (policy_id, role, kind)
);

CREATE TABLE policy_clause (
  policy_id uuid NOT NULL REFERENCES policy (id),
  role text NOT NULL,
  clause text NOT NULL,
  min_version bigint NOT NULL,
  PRIMARY KEY (policy_id, role, clause)
);

-- Customers. The four counters are the first wall of the gate; triggers keep them honest.
CREATE TABLE customer (
  id uuid NOT NULL PRIMARY KEY,
  client_id uuid NOT NULL REFERENCES client (id),
  parent_id uuid REFERENCES customer (id),
  role text NOT NULL CONSTRAINT customer_role CHECK (role IN ('END_USER', 'RESELLER', 'VOICE_PROVIDER', 'INTERMEDIATE', 'FOREIGN_PROVIDER')),
  state text NOT NULL CONSTRAINT customer_state CHECK (state IN ('DRAFT', 'SUBMITTED', 'IN_REVIEW', 'VERIFIED', 'ACTIVE', 'SUSPENDED', 'REJECTED', 'TERMINATED', 'LEGACY')),
  state_data jsonb NOT NULL,
  cap text CONSTRAINT customer_cap CHECK (cap IN ('A', 'B')),
  active_until timestamptz,
  uncapped_until timestamptz,
  origid uuid NOT NULL,
  profile_rev bigint NOT NULL,
  policy_id uuid REFERENCES policy (id),
  checks_missing bigint NOT NULL,
  high_open bigint NOT NULL,
  clauses_missing bigint NOT NULL,
  primary_contacts bigint NOT NULL,
  revision bigint NOT NULL,
  last_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id),
  CONSTRAINT activation_gate CHECK (state <> 'ACTIVE' OR (checks_missing = 0 AND high_open = 0 AND clauses_missing = 0
    AND primary_contacts = 1 AND policy_id IS NOT NULL AND cap IS NOT NULL AND active_until IS NOT NULL AND uncapped_until IS NOT NULL))
);
CREATE UNIQUE INDEX customer_origid ON customer (origid);
CREATE INDEX customer_client ON customer (client_id, id);
CREATE INDEX customer_parent ON customer (parent_id);
CREATE INDEX customer_expiry ON customer (state, active_until);

-- Profile revisions are immutable; the live one has no to_entry. The body is sealed with the customer's own key.
CREATE TABLE profile_revision (
  customer_id uuid NOT NULL REFERENCES customer (id),
  rev bigint NOT NULL,
  body bytea NOT NULL,
  sha256 bytea NOT NULL,
  created_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id),
  to_entry uuid REFERENCES journal (id),
  PRIMARY KEY (customer_id, rev)
);
CREATE UNIQUE INDEX profile_revision_live ON profile_revision (customer_id) WHERE to_entry IS NULL;

-- The digests of what the live profile claims: a check counts only for the digest it checked.
CREATE TABLE claim (
  customer_id uuid NOT NULL REFERENCES customer (id),
  kind text NOT NULL,
  subject text NOT NULL,
  digest bytea NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id),
  PRIMARY KEY (customer_id, kind, subject)
);

CREATE TABLE document (
  id uuid NOT NULL PRIMARY KEY,
  customer_id uuid NOT NULL REFERENCES customer (id),
  kind text NOT NULL,
  media_type text NOT NULL,
  file_name bytea NOT NULL,
  size bigint NOT NULL,
  sha256 bytea NOT NULL,
  blob_key text NOT NULL,
  uploaded_at timestamptz NOT NULL,
  uploaded_by text NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id)
);
CREATE INDEX document_customer ON document (customer_id, id);

CREATE TABLE check_result (
  id uuid NOT NULL PRIMARY KEY,
  customer_id uuid NOT NULL REFERENCES customer (id),
  kind text NOT NULL,
  subject text NOT NULL,
  claim_digest bytea NOT NULL,
  result text NOT NULL CONSTRAINT check_result_word CHECK (result IN ('PASS', 'FAIL', 'REVIEW', 'UNAVAILABLE', 'SUPERSEDED')),
  reason text NOT NULL,
  method text NOT NULL,
  source text NOT NULL,
  evidence bytea NOT NULL,
  document_id uuid REFERENCES document (id),
  checked_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  actor text NOT NULL,
  override_until timestamptz,
  override_proposal uuid,
  from_entry uuid NOT NULL REFERENCES journal (id),
  to_entry uuid REFERENCES journal (id),
  CONSTRAINT check_override_pair CHECK ((override_until IS NULL) = (override_proposal IS NULL)),
  CONSTRAINT check_superseded_closed CHECK (result <> 'SUPERSEDED' OR to_entry IS NOT NULL)
);
-- Not unique: a new result is written before the old one ends, so that an ACTIVE customer never lacks one in between.
CREATE INDEX check_result_live ON check_result (customer_id, kind, subject) WHERE to_entry IS NULL;
CREATE INDEX check_result_review ON check_result (result, id) WHERE to_entry IS NULL;

CREATE TABLE finding (
  id uuid NOT NULL PRIMARY KEY,
  customer_id uuid NOT NULL REFERENCES customer (id),
  code text NOT NULL,
  subject text NOT NULL,
  severity text NOT NULL CONSTRAINT finding_severity CHECK (severity IN ('LOW', 'MEDIUM', 'HIGH')),
  state text NOT NULL CONSTRAINT finding_state CHECK (state IN ('OPEN', 'RESOLVED')),
  evidence bytea NOT NULL,
  check_id uuid REFERENCES check_result (id),
  raised_at timestamptz NOT NULL,
  resolution text,
  reason bytea,
  resolved_at timestamptz,
  resolved_by text,
  from_entry uuid NOT NULL REFERENCES journal (id),
  to_entry uuid REFERENCES journal (id),
  CONSTRAINT finding_resolved_whole CHECK ((state = 'OPEN') = (resolved_at IS NULL)
    AND (state = 'OPEN') = (resolution IS NULL) AND (state = 'OPEN') = (resolved_by IS NULL))
);
CREATE INDEX finding_customer ON finding (customer_id, state);
CREATE INDEX finding_open ON finding (state, id);

-- Who answers tracebacks: exactly one primary, verified through its own contact checks.
CREATE TABLE traceback_contact (
  customer_id uuid NOT NULL REFERENCES customer (id),
  contact_id text NOT NULL,
  is_primary boolean NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id),
  PRIMARY KEY (customer_id, contact_id)
);
CREATE UNIQUE INDEX traceback_contact_primary ON traceback_contact (customer_id) WHERE is_primary;

CREATE TABLE challenge (
  id uuid NOT NULL PRIMARY KEY,
  customer_id uuid NOT NULL REFERENCES customer (id),
  kind text NOT NULL,
  subject text NOT NULL,
  claim_digest bytea NOT NULL,
  channel text NOT NULL,
  code_hash bytea NOT NULL,
  code_sealed bytea NOT NULL,
  tries bigint NOT NULL,
  sent bigint NOT NULL,
  state text NOT NULL CONSTRAINT challenge_state CHECK (state IN ('OPEN', 'PASSED', 'FAILED', 'EXPIRED')),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id)
);
CREATE INDEX challenge_customer ON challenge (customer_id, kind, subject);

CREATE TABLE agreement (
  id uuid NOT NULL PRIMARY KEY,
  customer_id uuid NOT NULL REFERENCES customer (id),
  template text NOT NULL,
  state text NOT NULL CONSTRAINT agreement_state CHECK (state IN ('PREPARED', 'SIGNED', 'EXECUTED', 'TERMINATED', 'LAPSED')),
  state_data bytea NOT NULL,
  document bytea NOT NULL,
  sha256 bytea NOT NULL,
  prepared_at timestamptz NOT NULL,
  valid_until timestamptz,
  from_entry uuid NOT NULL REFERENCES journal (id),
  to_entry uuid REFERENCES journal (id),
  CONSTRAINT agreement_executed_dated CHECK (state <> 'EXECUTED' OR valid_until IS NOT NULL)
);
CREATE INDEX agreement_customer ON agreement (customer_id, state);

CREATE TABLE agreement_clause (
  agreement_id uuid NOT NULL REFERENCES agreement (id),
  clause text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (agreement_id, clause)
);

-- A raise of trust by hand waits here for its second person (rule 8).
CREATE TABLE proposal (
  id uuid NOT NULL PRIMARY KEY,
  kind text NOT NULL,
  customer_id uuid REFERENCES customer (id),
  payload bytea NOT NULL,
  reason bytea NOT NULL,
  state text NOT NULL CONSTRAINT proposal_state CHECK (state IN ('OPEN', 'CONFIRMED', 'REJECTED', 'EXPIRED')),
  proposed_by text NOT NULL,
  proposed_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  decided_by text,
  decided_at timestamptz,
  from_entry uuid NOT NULL REFERENCES journal (id),
  CONSTRAINT proposal_two_people CHECK (state <> 'CONFIRMED' OR (decided_by IS NOT NULL AND decided_by <> proposed_by))
);
CREATE INDEX proposal_open ON proposal (state, id);

CREATE TABLE trunk (
  id text NOT NULL PRIMARY KEY,
  uid uuid NOT NULL,
  kind text NOT NULL CONSTRAINT trunk_kind CHECK (kind IN ('CUSTOMER', 'RESELLER', 'PROVIDER_INGRESS', 'GATEWAY_INGRESS')),
  auth text NOT NULL CONSTRAINT trunk_auth CHECK (auth IN ('DIGEST', 'MTLS', 'IP_LIST', 'NONE')),
  owner uuid NOT NULL REFERENCES customer (id),
  is_foreign boolean NOT NULL,
  mode text NOT NULL CONSTRAINT trunk_mode CHECK (mode IN ('SHADOW', 'ENFORCE')),
  origid uuid NOT NULL,
  retired_at timestamptz,
  revision bigint NOT NULL,
  last_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id)
);
CREATE UNIQUE INDEX trunk_uid ON trunk (uid);
CREATE UNIQUE INDEX trunk_origid ON trunk (origid);
CREATE INDEX trunk_owner ON trunk (owner);

-- One flat row a number: facts is what the table in memory needs, kept by the transaction that changes evidence.
CREATE TABLE number_state (
  id uuid NOT NULL PRIMARY KEY,
  tn bigint NOT NULL,
  category text NOT NULL,
  is_foreign boolean NOT NULL,
  cap text NOT NULL CONSTRAINT number_cap CHECK (cap IN ('A', 'B')),
  facts bytea NOT NULL,
  revision bigint NOT NULL,
  last_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id)
);
CREATE UNIQUE INDEX number_state_tn ON number_state (tn);

CREATE TABLE number_claim (
  number_id uuid NOT NULL REFERENCES number_state (id),
  customer_id uuid NOT NULL REFERENCES customer (id),
  claimed_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id),
  to_entry uuid REFERENCES journal (id),
  PRIMARY KEY (number_id, customer_id, from_entry)
);
CREATE UNIQUE INDEX number_claim_live ON number_claim (customer_id, number_id) WHERE to_entry IS NULL;

CREATE TABLE evidence (
  id uuid NOT NULL PRIMARY KEY,
  number_id uuid NOT NULL REFERENCES number_state (id),
  customer_id uuid NOT NULL REFERENCES customer (id),
  kind text NOT NULL,
  source text NOT NULL,
  detail bytea NOT NULL,
  document_id uuid REFERENCES document (id),
  verified_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  actor text NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id),
  to_entry uuid REFERENCES journal (id)
);
CREATE INDEX evidence_number ON evidence (number_id) WHERE to_entry IS NULL;
CREATE INDEX evidence_customer ON evidence (customer_id, number_id) WHERE to_entry IS NULL;

CREATE TABLE delegation (
  id uuid NOT NULL PRIMARY KEY,
  number_id uuid NOT NULL REFERENCES number_state (id),
  holder uuid NOT NULL REFERENCES customer (id),
  delegate uuid NOT NULL REFERENCES customer (id),
  created_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id),
  to_entry uuid REFERENCES journal (id),
  CONSTRAINT delegation_not_self CHECK (holder <> delegate)
);
CREATE UNIQUE INDEX delegation_live ON delegation (number_id, holder, delegate) WHERE to_entry IS NULL;
CREATE INDEX delegation_delegate ON delegation (delegate) WHERE to_entry IS NULL;

-- What the provider's own feed says is assigned: the source of ASSIGNED_BY_US.
CREATE TABLE inventory (
  tn bigint NOT NULL,
  customer_id uuid,
  source text NOT NULL CONSTRAINT inventory_source CHECK (source IN ('OWN_OCN', 'WHOLESALE')),
  carrier text NOT NULL,
  order_ref text NOT NULL,
  as_of timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id),
  to_entry uuid REFERENCES journal (id),
  PRIMARY KEY (tn, from_entry)
);
CREATE UNIQUE INDEX inventory_live ON inventory (tn) WHERE to_entry IS NULL;

-- Lists are temporal rows: differences between loads, not copies.
CREATE TABLE list_version (
  id uuid NOT NULL PRIMARY KEY,
  list text NOT NULL,
  sha256 bytea NOT NULL,
  as_of timestamptz NOT NULL,
  row_count bigint NOT NULL,
  loaded_at timestamptz NOT NULL,
  revision bigint NOT NULL,
  last_at timestamptz NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id),
  to_entry uuid REFERENCES journal (id)
);
CREATE UNIQUE INDEX list_version_live ON list_version (list) WHERE to_entry IS NULL;

CREATE TABLE list_entry (
  list text NOT NULL,
  ref text NOT NULL,
  body jsonb NOT NULL,
  from_entry uuid NOT NULL REFERENCES journal (id),
  to_entry uuid REFERENCES journal (id),
  PRIMARY KEY (list, ref, from_entry)
);
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
-- counters that the facts give.
CREATE FUNCTION vouch_gate_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM gate_facts g WHERE g.customer_id = NEW.id AND g.checks_missing = NEW.checks_missing
      AND g.high_open = NEW.high_open AND g.clauses_missing = NEW.clauses_missing AND g.primary_contacts = NEW.primary_contacts)
    OR NEW.active_until <= NEW.last_at THEN
    RAISE EXCEPTION 'gate:activation_facts' USING ERRCODE = '23514', CONSTRAINT = 'activation_facts';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER gate_customer_insert AFTER INSERT ON customer FOR EACH ROW WHEN (NEW.state = 'ACTIVE') EXECUTE FUNCTION vouch_gate_customer();
CREATE TRIGGER gate_customer_update AFTER UPDATE ON customer FOR EACH ROW WHEN (NEW.state = 'ACTIVE' AND (OLD.state <> 'ACTIVE' OR OLD.id <> NEW.id OR OLD.role <> NEW.role OR OLD.policy_id IS DISTINCT FROM NEW.policy_id
  OR OLD.checks_missing <> NEW.checks_missing OR OLD.high_open <> NEW.high_open OR OLD.clauses_missing <> NEW.clauses_missing
  OR OLD.primary_contacts <> NEW.primary_contacts OR OLD.active_until <> NEW.active_until))
  EXECUTE FUNCTION vouch_gate_customer();

-- The other half: a fact that changes under an ACTIVE customer is refused unless the state went down first. The row lock
-- makes an activation and a new fact wait for each other, in whichever order they come.
CREATE FUNCTION vouch_gate_fact_of(who uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE word text;
BEGIN
  SELECT c.state INTO word FROM customer c WHERE c.id = who FOR UPDATE;
  IF word = 'ACTIVE' AND EXISTS (SELECT 1 FROM gate_facts g WHERE g.customer_id = who
      AND (g.checks_missing <> 0 OR g.high_open <> 0 OR g.clauses_missing <> 0 OR g.primary_contacts <> 1)) THEN
    RAISE EXCEPTION 'gate:fact_under_active' USING ERRCODE = '23514', CONSTRAINT = 'fact_under_active';
  END IF;
END $$;
CREATE FUNCTION vouch_gate_fact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN PERFORM vouch_gate_fact_of(OLD.customer_id); END IF;
  IF TG_OP <> 'DELETE' THEN PERFORM vouch_gate_fact_of(NEW.customer_id); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER gate_check_result_insert AFTER INSERT ON check_result FOR EACH ROW EXECUTE FUNCTION vouch_gate_fact();
CREATE TRIGGER gate_check_result_update AFTER UPDATE ON check_result FOR EACH ROW EXECUTE FUNCTION vouch_gate_fact();
CREATE TRIGGER gate_check_result_delete AFTER DELETE ON check_result FOR EACH ROW EXECUTE FUNCTION vouch_gate_fact();
CREATE TRIGGER gate_finding_insert AFTER INSERT ON finding FOR EACH ROW EXECUTE FUNCTION vouch_gate_fact();
CREATE TRIGGER gate_finding_update AFTER UPDATE ON finding FOR EACH ROW EXECUTE FUNCTION vouch_gate_fact();
CREATE TRIGGER gate_finding_delete AFTER DELETE ON finding FOR EACH ROW EXECUTE FUNCTION vouch_gate_fact();
CREATE TRIGGER gate_claim_insert AFTER INSERT ON claim FOR EACH ROW EXECUTE FUNCTION vouch_gate_fact();
CREATE TRIGGER gate_claim_update AFTER UPDATE ON claim FOR EACH ROW EXECUTE FUNCTION vouch_gate_fact();
CREATE TRIGGER gate_claim_delete AFTER DELETE ON claim FOR EACH ROW EXECUTE FUNCTION vouch_gate_fact();
CREATE TRIGGER gate_traceback_contact_insert AFTER INSERT ON traceback_contact FOR EACH ROW EXECUTE FUNCTION vouch_gate_fact();
CREATE TRIGGER gate_traceback_contact_update AFTER UPDATE ON traceback_contact FOR EACH ROW EXECUTE FUNCTION vouch_gate_fact();
CREATE TRIGGER gate_traceback_contact_delete AFTER DELETE ON traceback_contact FOR EACH ROW EXECUTE FUNCTION vouch_gate_fact();
CREATE TRIGGER gate_agreement_insert AFTER INSERT ON agreement FOR EACH ROW EXECUTE FUNCTION vouch_gate_fact();
CREATE TRIGGER gate_agreement_update AFTER UPDATE ON agreement FOR EACH ROW EXECUTE FUNCTION vouch_gate_fact();
CREATE TRIGGER gate_agreement_delete AFTER DELETE ON agreement FOR EACH ROW EXECUTE FUNCTION vouch_gate_fact();

-- What a customer signed, and what a policy demands, is never rewritten.
CREATE FUNCTION vouch_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'gate:%', TG_ARGV[0] USING ERRCODE = '23514', CONSTRAINT = TG_ARGV[0];
END $$;
CREATE FUNCTION vouch_agreement_clause_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM agreement a WHERE a.id = NEW.agreement_id AND a.state = 'PREPARED') THEN
    RAISE EXCEPTION 'gate:agreement_clause_frozen' USING ERRCODE = '23514', CONSTRAINT = 'agreement_clause_frozen';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION vouch_policy_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM customer c WHERE c.policy_id = NEW.policy_id) THEN
    RAISE EXCEPTION 'gate:policy_frozen' USING ERRCODE = '23514', CONSTRAINT = 'policy_frozen';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER agreement_clause_insert BEFORE INSERT ON agreement_clause FOR EACH ROW EXECUTE FUNCTION vouch_agreement_clause_insert();
CREATE TRIGGER agreement_clause_update BEFORE UPDATE ON agreement_clause FOR EACH ROW EXECUTE FUNCTION vouch_frozen('agreement_clause_frozen');
CREATE TRIGGER agreement_clause_delete BEFORE DELETE ON agreement_clause FOR EACH ROW EXECUTE FUNCTION vouch_frozen('agreement_clause_frozen');
CREATE TRIGGER agreement_document_update BEFORE UPDATE ON agreement FOR EACH ROW
  WHEN (OLD.document <> NEW.document OR OLD.sha256 <> NEW.sha256 OR OLD.id <> NEW.id) EXECUTE FUNCTION vouch_frozen('agreement_document_frozen');
CREATE TRIGGER profile_revision_update BEFORE UPDATE ON profile_revision FOR EACH ROW
  WHEN (OLD.customer_id <> NEW.customer_id OR OLD.rev <> NEW.rev OR OLD.body <> NEW.body OR OLD.sha256 <> NEW.sha256
    OR OLD.from_entry <> NEW.from_entry OR OLD.to_entry IS NOT NULL) EXECUTE FUNCTION vouch_frozen('profile_revision_frozen');
CREATE TRIGGER profile_revision_delete BEFORE DELETE ON profile_revision FOR EACH ROW EXECUTE FUNCTION vouch_frozen('profile_revision_frozen');
CREATE TRIGGER policy_check_insert BEFORE INSERT ON policy_check FOR EACH ROW EXECUTE FUNCTION vouch_policy_insert();
CREATE TRIGGER policy_check_update BEFORE UPDATE ON policy_check FOR EACH ROW EXECUTE FUNCTION vouch_frozen('policy_frozen');
CREATE TRIGGER policy_check_delete BEFORE DELETE ON policy_check FOR EACH ROW EXECUTE FUNCTION vouch_frozen('policy_frozen');
CREATE TRIGGER policy_clause_insert BEFORE INSERT ON policy_clause FOR EACH ROW EXECUTE FUNCTION vouch_policy_insert();
CREATE TRIGGER policy_clause_update BEFORE UPDATE ON policy_clause FOR EACH ROW EXECUTE FUNCTION vouch_frozen('policy_frozen');
CREATE TRIGGER policy_clause_delete BEFORE DELETE ON policy_clause FOR EACH ROW EXECUTE FUNCTION vouch_frozen('policy_frozen');
CREATE TRIGGER no_truncate_check_result BEFORE TRUNCATE ON check_result FOR EACH STATEMENT EXECUTE FUNCTION vouch_frozen('no_truncate');
CREATE TRIGGER no_truncate_finding BEFORE TRUNCATE ON finding FOR EACH STATEMENT EXECUTE FUNCTION vouch_frozen('no_truncate');
CREATE TRIGGER no_truncate_claim BEFORE TRUNCATE ON claim FOR EACH STATEMENT EXECUTE FUNCTION vouch_frozen('no_truncate');
CREATE TRIGGER no_truncate_traceback_contact BEFORE TRUNCATE ON traceback_contact FOR EACH STATEMENT EXECUTE FUNCTION vouch_frozen('no_truncate');
CREATE TRIGGER no_truncate_agreement BEFORE TRUNCATE ON agreement FOR EACH STATEMENT EXECUTE FUNCTION vouch_frozen('no_truncate');
CREATE TRIGGER no_truncate_agreement_clause BEFORE TRUNCATE ON agreement_clause FOR EACH STATEMENT EXECUTE FUNCTION vouch_frozen('no_truncate');
CREATE TRIGGER no_truncate_policy_check BEFORE TRUNCATE ON policy_check FOR EACH STATEMENT EXECUTE FUNCTION vouch_frozen('no_truncate');
CREATE TRIGGER no_truncate_policy_clause BEFORE TRUNCATE ON policy_clause FOR EACH STATEMENT EXECUTE FUNCTION vouch_frozen('no_truncate');
CREATE TRIGGER no_truncate_customer BEFORE TRUNCATE ON customer FOR EACH STATEMENT EXECUTE FUNCTION vouch_frozen('no_truncate');
CREATE TRIGGER no_truncate_profile_revision BEFORE TRUNCATE ON profile_revision FOR EACH STATEMENT EXECUTE FUNCTION vouch_frozen('no_truncate');
