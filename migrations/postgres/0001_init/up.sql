-- Settings of this database itself: which instance it is, fingerprints of the keys it was written with.
CREATE TABLE meta (
  key text PRIMARY KEY,
  value text NOT NULL
);

-- Jurisdictions: time zone, calendar, languages, currency, number region.
CREATE TABLE jurisdictions (
  code text PRIMARY KEY,
  definition text NOT NULL,
  version bigint NOT NULL
);

-- The tree of departments; its roots are agencies (agency_id = id).
CREATE TABLE departments (
  id text PRIMARY KEY,
  jurisdiction text NOT NULL REFERENCES jurisdictions (code),
  code text NOT NULL,
  parent_id text REFERENCES departments (id),
  agency_id text NOT NULL,
  names text NOT NULL,
  division_code text,
  website text,
  version bigint NOT NULL,
  CONSTRAINT departments_jurisdiction_code_key UNIQUE (jurisdiction, code)
);

-- Customers. What differs by kind is in details.
CREATE TABLE customers (
  id text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('individual', 'enterprise', 'non_profit', 'agency')),
  name text NOT NULL,
  name_folded text NOT NULL,
  details text NOT NULL,
  preferred_language text NOT NULL,
  preferred_channel text NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);

-- Identifiers: sealed value, keyed index for exact search, mask for showing. verified_index is set when verified.
CREATE TABLE identifiers (
  id text PRIMARY KEY,
  customer_id text NOT NULL REFERENCES customers (id),
  scheme text NOT NULL,
  sealed text NOT NULL,
  blind_index text NOT NULL,
  verified_index text,
  masked text NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT identifiers_scheme_verified_index_key UNIQUE (scheme, verified_index)
);
CREATE INDEX identifiers_by_customer ON identifiers (customer_id);
CREATE INDEX identifiers_by_index ON identifiers (scheme, blind_index);

CREATE TABLE contact_points (
  id text PRIMARY KEY,
  customer_id text NOT NULL REFERENCES customers (id),
  kind text NOT NULL CHECK (kind IN ('email', 'mobile', 'phone', 'postal')),
  sealed text NOT NULL,
  masked text NOT NULL,
  preferred boolean NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX contact_points_by_customer ON contact_points (customer_id);

-- Accounts: logins of persons. A citizen's and a staff member's account are never the same. A temporary password was
-- chosen by somebody else than the owner, and opens no session.
CREATE TABLE accounts (
  id text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('citizen', 'staff')),
  login text NOT NULL,
  display_name text NOT NULL,
  password_hash text NOT NULL,
  password_temporary boolean NOT NULL,
  customer_id text REFERENCES customers (id),
  agency_id text REFERENCES departments (id),
  status text NOT NULL CHECK (status IN ('active', 'disabled')),
  locale text NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT accounts_login_key UNIQUE (login)
);

-- One login and its family of refresh tokens: only the newest generation is good.
CREATE TABLE sessions (
  id text PRIMARY KEY,
  account_id text NOT NULL REFERENCES accounts (id),
  generation bigint NOT NULL,
  rotated_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX sessions_by_account ON sessions (account_id);

-- Systems that call the API under their own identity, bound to an agency. A pending one is refused until it is approved.
CREATE TABLE clients (
  id text PRIMARY KEY,
  name text NOT NULL,
  agency_id text NOT NULL REFERENCES departments (id),
  secret_hash text NOT NULL,
  scopes text NOT NULL,
  status text NOT NULL CHECK (status IN ('pending', 'active', 'disabled')),
  version bigint NOT NULL,
  created_at timestamptz NOT NULL
);

-- One role of one account, in a department or (department_key '-') on the platform.
CREATE TABLE memberships (
  id text PRIMARY KEY,
  account_id text NOT NULL REFERENCES accounts (id),
  department_id text REFERENCES departments (id),
  department_key text NOT NULL,
  role text NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT memberships_account_id_department_key_role_key UNIQUE (account_id, department_key, role)
);

-- Keys that sign. The proof is a keyed digest of the row: whoever can only write to the database makes no key ours.
CREATE TABLE signing_keys (
  kid text PRIMARY KEY,
  public_key text NOT NULL,
  sealed text NOT NULL,
  created_at timestamptz NOT NULL,
  retired_at timestamptz,
  proof text NOT NULL
);

CREATE TABLE login_attempts (
  subject text PRIMARY KEY,
  failures bigint NOT NULL,
  last_at timestamptz NOT NULL,
  blocked_until timestamptz
);

-- 401 and 403, counted, so that an attacker cannot flood the journal.
CREATE TABLE refusals (
  day date NOT NULL,
  operation text NOT NULL,
  principal text NOT NULL,
  code text NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (day, operation, principal, code)
);

-- Service items: every published version stays, for the cases submitted under it.
CREATE TABLE service_items (
  id text PRIMARY KEY,
  jurisdiction text NOT NULL REFERENCES jurisdictions (code),
  code text NOT NULL,
  version bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('in_use', 'suspended', 'cancelled', 'superseded')),
  department_id text NOT NULL REFERENCES departments (id),
  definition text NOT NULL,
  published_at timestamptz NOT NULL,
  CONSTRAINT service_items_jurisdiction_code_version_key UNIQUE (jurisdiction, code, version)
);

-- Case numbers are handed out in blocks; gaps are fine.
CREATE TABLE number_blocks (
  region text NOT NULL,
  year bigint NOT NULL,
  next bigint NOT NULL,
  PRIMARY KEY (region, year)
);

CREATE TABLE cases (
  id text PRIMARY KEY,
  number text,
  version bigint NOT NULL,
  stage text NOT NULL CHECK (stage IN ('draft', 'submitted', 'correction', 'in_progress', 'decided', 'closed',
                                       'rejected', 'withdrawn', 'terminated', 'merged')),
  item_id text NOT NULL REFERENCES service_items (id),
  item_code text NOT NULL,
  jurisdiction text NOT NULL,
  agency_id text NOT NULL,
  department_id text NOT NULL REFERENCES departments (id),
  assignee_id text REFERENCES accounts (id),
  customer_id text REFERENCES customers (id),
  submitted_by text NOT NULL,
  disclosure text NOT NULL CHECK (disclosure IN ('named', 'not_disclosed', 'anonymous')),
  channel text NOT NULL,
  source text NOT NULL,
  external_ref text,
  received_at timestamptz NOT NULL,
  accepted_at timestamptz,
  decided_at timestamptz,
  ended_at timestamptz,
  outcome text,
  on_time boolean,
  -- The nearest due instant of a running clock; 9999-12-31 when none runs, so that it can be a sort key.
  due_at timestamptz NOT NULL,
  suspended boolean NOT NULL,
  latitude double precision,
  longitude double precision,
  address text,
  district text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT cases_number_key UNIQUE (number),
  -- The numbers of a source are each agency's own: what one of them takes over stands in no other's way.
  CONSTRAINT cases_source_external_ref_agency_id_key UNIQUE (source, external_ref, agency_id)
);
CREATE INDEX cases_by_department ON cases (department_id, stage, due_at, id);
CREATE INDEX cases_by_customer ON cases (customer_id, id);
CREATE INDEX cases_by_submitter ON cases (submitted_by, id);
CREATE INDEX cases_by_assignee ON cases (assignee_id, due_at, id);
CREATE INDEX cases_by_item ON cases (jurisdiction, item_code, ended_at);

-- What was filed, as filed: sealed, and never read by a list.
CREATE TABLE case_contents (
  case_id text PRIMARY KEY REFERENCES cases (id),
  form text NOT NULL,
  applicant text NOT NULL
);

CREATE TABLE case_materials (
  case_id text NOT NULL REFERENCES cases (id),
  code text NOT NULL,
  state text NOT NULL CHECK (state IN ('received', 'missing')),
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (case_id, code)
);

-- A clock: a budget, its pauses (below), an extension; due_on and due_at are derived and stored.
CREATE TABLE clocks (
  id text PRIMARY KEY,
  case_id text NOT NULL REFERENCES cases (id),
  kind text NOT NULL CHECK (kind IN ('intake', 'correction', 'promise', 'statutory', 'delivery')),
  budget bigint NOT NULL,
  unit text NOT NULL,
  extension bigint,
  started_at timestamptz NOT NULL,
  due_on date NOT NULL,
  due_at timestamptz NOT NULL,
  provisional boolean NOT NULL,
  stopped_at timestamptz,
  -- When the sweeper has to look again; 9999-12-31 when never.
  next_rung_at timestamptz NOT NULL
);
CREATE INDEX clocks_by_case ON clocks (case_id);
CREATE INDEX clocks_by_rung ON clocks (next_rung_at);

-- Warnings and breaches fire once each.
CREATE TABLE clock_rungs (
  clock_id text NOT NULL REFERENCES clocks (id),
  rung text NOT NULL CHECK (rung IN ('warning', 'breach')),
  fired_at timestamptz NOT NULL,
  PRIMARY KEY (clock_id, rung)
);

-- Pauses cover whole local days, both ends inclusive; last_day is null while the pause is open.
CREATE TABLE pauses (
  id text PRIMARY KEY,
  case_id text NOT NULL REFERENCES cases (id),
  reason text NOT NULL,
  first_day date NOT NULL,
  last_day date,
  expected_days bigint,
  created_at timestamptz NOT NULL,
  ended_at timestamptz
);
CREATE INDEX pauses_by_case ON pauses (case_id);

-- Words about people: sealed, erasable (body becomes null); the journal carries id and keyed digest.
CREATE TABLE case_texts (
  id text PRIMARY KEY,
  case_id text NOT NULL REFERENCES cases (id),
  kind text NOT NULL,
  audience text NOT NULL CHECK (audience IN ('public', 'participants', 'internal')),
  author text NOT NULL,
  body text,
  digest text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX case_texts_by_case ON case_texts (case_id, created_at);

-- One evaluation for each ending; level 1 is the best.
CREATE TABLE evaluations (
  id text PRIMARY KEY,
  case_id text NOT NULL REFERENCES cases (id),
  ending bigint NOT NULL,
  level bigint NOT NULL CHECK (level BETWEEN 1 AND 5),
  comment_id text REFERENCES case_texts (id),
  channel text NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT evaluations_case_id_ending_key UNIQUE (case_id, ending)
);

-- The journal: append-only. position and hash are set once, by the ledger.
CREATE TABLE journal (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL,
  ordinal integer NOT NULL,
  event text NOT NULL,
  audience text NOT NULL CHECK (audience IN ('public', 'participants', 'internal')),
  case_id text,
  customer_id text,
  agency_id text,
  subject text,
  actor text NOT NULL,
  on_behalf_of text,
  facts text NOT NULL,
  effective_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  request_id text,
  position bigint,
  hash text,
  CONSTRAINT journal_position_key UNIQUE (position)
);
CREATE INDEX journal_unplaced ON journal (seq) WHERE position IS NULL;
CREATE INDEX journal_by_case ON journal (case_id, seq);

CREATE TABLE journal_head (
  id integer PRIMARY KEY CHECK (id = 1),
  position bigint NOT NULL,
  hash text NOT NULL
);

-- Why somebody used a right that asks for a reason: sealed, erasable (body becomes null); the journal carries id and keyed digest.
CREATE TABLE reasons (
  id text PRIMARY KEY,
  author text NOT NULL,
  body text,
  digest text NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE checkpoints (
  position bigint PRIMARY KEY,
  hash text NOT NULL,
  signed_at timestamptz NOT NULL,
  kid text NOT NULL,
  signature text NOT NULL
);

-- One message to one recipient; carries ids, never words.
CREATE TABLE deliveries (
  id text PRIMARY KEY,
  event_id text NOT NULL,
  channel text NOT NULL CHECK (channel IN ('email')),
  template text NOT NULL,
  recipient text NOT NULL,
  case_id text,
  agency_id text,
  state text NOT NULL CHECK (state IN ('pending', 'leased', 'done', 'dead', 'skipped')),
  attempts bigint NOT NULL,
  next_at timestamptz NOT NULL,
  lease text,
  last_error text,
  created_at timestamptz NOT NULL,
  done_at timestamptz,
  CHECK ((done_at IS NULL) = (state IN ('pending', 'leased'))),
  CONSTRAINT deliveries_event_id_channel_recipient_key UNIQUE (event_id, channel, recipient)
);
CREATE INDEX deliveries_due ON deliveries (next_at, id) WHERE done_at IS NULL;
CREATE INDEX deliveries_by_state ON deliveries (state, id);

-- The key row is written in the transaction of the effect.
CREATE TABLE idempotency_keys (
  scope text NOT NULL,
  key text NOT NULL,
  fingerprint text NOT NULL,
  status integer NOT NULL,
  reference text NOT NULL,
  version bigint,
  created_at timestamptz NOT NULL,
  CONSTRAINT idempotency_keys_scope_key_key PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

INSERT INTO journal_head (id, position, hash) VALUES (1, 0, '');

CREATE FUNCTION journal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the journal is append-only' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER journal_place_once BEFORE UPDATE ON journal FOR EACH ROW
WHEN (OLD.position IS NOT NULL OR OLD.hash IS NOT NULL OR NEW.position IS NULL OR NEW.hash IS NULL
  OR (NEW.seq, NEW.id, NEW.ordinal, NEW.event, NEW.audience, NEW.case_id, NEW.customer_id, NEW.agency_id, NEW.subject, NEW.actor, NEW.on_behalf_of, NEW.facts, NEW.effective_at, NEW.recorded_at, NEW.request_id)
  IS DISTINCT FROM (OLD.seq, OLD.id, OLD.ordinal, OLD.event, OLD.audience, OLD.case_id, OLD.customer_id, OLD.agency_id, OLD.subject, OLD.actor, OLD.on_behalf_of, OLD.facts, OLD.effective_at, OLD.recorded_at, OLD.request_id))
EXECUTE FUNCTION journal_guard();
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal FOR EACH ROW EXECUTE FUNCTION journal_guard();
CREATE TRIGGER journal_no_truncate BEFORE TRUNCATE ON journal FOR EACH STATEMENT EXECUTE FUNCTION journal_guard();
