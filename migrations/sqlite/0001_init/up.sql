-- Settings of this database itself: which instance it is, fingerprints of the keys it was written with.
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- Jurisdictions: time zone, calendar, languages, currency, number region.
CREATE TABLE jurisdictions (
  code TEXT PRIMARY KEY,
  definition TEXT NOT NULL,
  version INTEGER NOT NULL
) STRICT;

-- The tree of departments; its roots are agencies (agency_id = id).
CREATE TABLE departments (
  id TEXT PRIMARY KEY,
  jurisdiction TEXT NOT NULL REFERENCES jurisdictions (code),
  code TEXT NOT NULL,
  parent_id TEXT REFERENCES departments (id),
  agency_id TEXT NOT NULL,
  names TEXT NOT NULL,
  division_code TEXT,
  website TEXT,
  version INTEGER NOT NULL,
  CONSTRAINT departments_jurisdiction_code_key UNIQUE (jurisdiction, code)
) STRICT;

-- Customers. What differs by kind is in details.
CREATE TABLE customers (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('individual', 'enterprise', 'non_profit', 'agency')),
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  details TEXT NOT NULL,
  preferred_language TEXT NOT NULL,
  preferred_channel TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

-- Identifiers: sealed value, keyed index for exact search, mask for showing. verified_index is set when verified.
CREATE TABLE identifiers (
  id TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  scheme TEXT NOT NULL,
  sealed TEXT NOT NULL,
  blind_index TEXT NOT NULL,
  verified_index TEXT,
  masked TEXT NOT NULL,
  created_at TEXT NOT NULL,
  CONSTRAINT identifiers_scheme_verified_index_key UNIQUE (scheme, verified_index)
) STRICT;
CREATE INDEX identifiers_by_customer ON identifiers (customer_id);
CREATE INDEX identifiers_by_index ON identifiers (scheme, blind_index);

CREATE TABLE contact_points (
  id TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  kind TEXT NOT NULL CHECK (kind IN ('email', 'mobile', 'phone', 'postal')),
  sealed TEXT NOT NULL,
  masked TEXT NOT NULL,
  preferred INTEGER NOT NULL CHECK (preferred IN (0, 1)),
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX contact_points_by_customer ON contact_points (customer_id);

-- Accounts: logins of persons. A citizen's and a staff member's account are never the same. A temporary password was
-- chosen by somebody else than the owner, and opens no session.
CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('citizen', 'staff')),
  login TEXT NOT NULL,
  display_name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  password_temporary INTEGER NOT NULL CHECK (password_temporary IN (0, 1)),
  customer_id TEXT REFERENCES customers (id),
  agency_id TEXT REFERENCES departments (id),
  status TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
  locale TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  CONSTRAINT accounts_login_key UNIQUE (login)
) STRICT;

-- One login and its family of refresh tokens: only the newest generation is good.
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  generation INTEGER NOT NULL,
  rotated_at TEXT NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  revoked_at TEXT
) STRICT;
CREATE INDEX sessions_by_account ON sessions (account_id);

-- Systems that call the API under their own identity, bound to an agency. A pending one is refused until it is approved.
CREATE TABLE clients (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  agency_id TEXT NOT NULL REFERENCES departments (id),
  secret_hash TEXT NOT NULL,
  scopes TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'active', 'disabled')),
  version INTEGER NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

-- One role of one account, in a department or (department_key '-') on the platform.
CREATE TABLE memberships (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  department_id TEXT REFERENCES departments (id),
  department_key TEXT NOT NULL,
  role TEXT NOT NULL,
  created_at TEXT NOT NULL,
  CONSTRAINT memberships_account_id_department_key_role_key UNIQUE (account_id, department_key, role)
) STRICT;

-- Keys that sign. The proof is a keyed digest of the row: whoever can only write to the database makes no key ours.
CREATE TABLE signing_keys (
  kid TEXT PRIMARY KEY,
  public_key TEXT NOT NULL,
  sealed TEXT NOT NULL,
  created_at TEXT NOT NULL,
  retired_at TEXT,
  proof TEXT NOT NULL
) STRICT;

CREATE TABLE login_attempts (
  subject TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_at TEXT NOT NULL,
  blocked_until TEXT
) STRICT;

-- 401 and 403, counted, so that an attacker cannot flood the journal.
CREATE TABLE refusals (
  day TEXT NOT NULL,
  operation TEXT NOT NULL,
  principal TEXT NOT NULL,
  code TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (day, operation, principal, code)
) STRICT;

-- Service items: every published version stays, for the cases submitted under it.
CREATE TABLE service_items (
  id TEXT PRIMARY KEY,
  jurisdiction TEXT NOT NULL REFERENCES jurisdictions (code),
  code TEXT NOT NULL,
  version INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('in_use', 'suspended', 'cancelled', 'superseded')),
  department_id TEXT NOT NULL REFERENCES departments (id),
  definition TEXT NOT NULL,
  published_at TEXT NOT NULL,
  CONSTRAINT service_items_jurisdiction_code_version_key UNIQUE (jurisdiction, code, version)
) STRICT;

-- Case numbers are handed out in blocks; gaps are fine.
CREATE TABLE number_blocks (
  region TEXT NOT NULL,
  year INTEGER NOT NULL,
  next INTEGER NOT NULL,
  PRIMARY KEY (region, year)
) STRICT;

CREATE TABLE cases (
  id TEXT PRIMARY KEY,
  number TEXT,
  version INTEGER NOT NULL,
  stage TEXT NOT NULL CHECK (stage IN ('draft', 'submitted', 'correction', 'in_progress', 'decided', 'closed',
                                       'rejected', 'withdrawn', 'terminated', 'merged')),
  item_id TEXT NOT NULL REFERENCES service_items (id),
  item_code TEXT NOT NULL,
  jurisdiction TEXT NOT NULL,
  agency_id TEXT NOT NULL,
  department_id TEXT NOT NULL REFERENCES departments (id),
  assignee_id TEXT REFERENCES accounts (id),
  customer_id TEXT REFERENCES customers (id),
  submitted_by TEXT NOT NULL,
  disclosure TEXT NOT NULL CHECK (disclosure IN ('named', 'not_disclosed', 'anonymous')),
  channel TEXT NOT NULL,
  source TEXT NOT NULL,
  external_ref TEXT,
  received_at TEXT NOT NULL,
  accepted_at TEXT,
  decided_at TEXT,
  ended_at TEXT,
  outcome TEXT,
  on_time INTEGER CHECK (on_time IN (0, 1)),
  -- The nearest due instant of a running clock; 9999-12-31 when none runs, so that it can be a sort key.
  due_at TEXT NOT NULL,
  suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)),
  latitude REAL,
  longitude REAL,
  address TEXT,
  district TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  CONSTRAINT cases_number_key UNIQUE (number),
  -- The numbers of a source are each agency's own: what one of them takes over stands in no other's way.
  CONSTRAINT cases_source_external_ref_agency_id_key UNIQUE (source, external_ref, agency_id)
) STRICT;
CREATE INDEX cases_by_department ON cases (department_id, stage, due_at, id);
CREATE INDEX cases_by_customer ON cases (customer_id, id);
CREATE INDEX cases_by_submitter ON cases (submitted_by, id);
CREATE INDEX cases_by_assignee ON cases (assignee_id, due_at, id);
CREATE INDEX cases_by_item ON cases (jurisdiction, item_code, ended_at);

-- What was filed, as filed: sealed, and never read by a list.
CREATE TABLE case_contents (
  case_id TEXT PRIMARY KEY REFERENCES cases (id),
  form TEXT NOT NULL,
  applicant TEXT NOT NULL
) STRICT;

CREATE TABLE case_materials (
  case_id TEXT NOT NULL REFERENCES cases (id),
  code TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('received', 'missing')),
  updated_at TEXT NOT NULL,
  PRIMARY KEY (case_id, code)
) STRICT;

-- A clock: a budget, its pauses (below), an extension; due_on and due_at are derived and stored.
CREATE TABLE clocks (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES cases (id),
  kind TEXT NOT NULL CHECK (kind IN ('intake', 'correction', 'promise', 'statutory', 'delivery')),
  budget INTEGER NOT NULL,
  unit TEXT NOT NULL,
  extension INTEGER,
  started_at TEXT NOT NULL,
  due_on TEXT NOT NULL,
  due_at TEXT NOT NULL,
  provisional INTEGER NOT NULL CHECK (provisional IN (0, 1)),
  stopped_at TEXT,
  -- When the sweeper has to look again; 9999-12-31 when never.
  next_rung_at TEXT NOT NULL
) STRICT;
CREATE INDEX clocks_by_case ON clocks (case_id);
CREATE INDEX clocks_by_rung ON clocks (next_rung_at);

-- Warnings and breaches fire once each.
CREATE TABLE clock_rungs (
  clock_id TEXT NOT NULL REFERENCES clocks (id),
  rung TEXT NOT NULL CHECK (rung IN ('warning', 'breach')),
  fired_at TEXT NOT NULL,
  PRIMARY KEY (clock_id, rung)
) STRICT;

-- Pauses cover whole local days, both ends inclusive; last_day is null while the pause is open.
CREATE TABLE pauses (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES cases (id),
  reason TEXT NOT NULL,
  first_day TEXT NOT NULL,
  last_day TEXT,
  expected_days INTEGER,
  created_at TEXT NOT NULL,
  ended_at TEXT
) STRICT;
CREATE INDEX pauses_by_case ON pauses (case_id);

-- Words about people: sealed, erasable (body becomes null); the journal carries id and keyed digest.
CREATE TABLE case_texts (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES cases (id),
  kind TEXT NOT NULL,
  audience TEXT NOT NULL CHECK (audience IN ('public', 'participants', 'internal')),
  author TEXT NOT NULL,
  body TEXT,
  digest TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX case_texts_by_case ON case_texts (case_id, created_at);

-- One evaluation for each ending; level 1 is the best.
CREATE TABLE evaluations (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES cases (id),
  ending INTEGER NOT NULL,
  level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 5),
  comment_id TEXT REFERENCES case_texts (id),
  channel TEXT NOT NULL,
  created_at TEXT NOT NULL,
  CONSTRAINT evaluations_case_id_ending_key UNIQUE (case_id, ending)
) STRICT;

-- The journal: append-only. position and hash are set once, by the ledger.
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  event TEXT NOT NULL,
  audience TEXT NOT NULL CHECK (audience IN ('public', 'participants', 'internal')),
  case_id TEXT,
  customer_id TEXT,
  agency_id TEXT,
  subject TEXT,
  actor TEXT NOT NULL,
  on_behalf_of TEXT,
  facts TEXT NOT NULL,
  effective_at TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  request_id TEXT,
  position INTEGER,
  hash TEXT,
  CONSTRAINT journal_position_key UNIQUE (position)
) STRICT;
CREATE INDEX journal_unplaced ON journal (seq) WHERE position IS NULL;
CREATE INDEX journal_by_case ON journal (case_id, seq);

CREATE TABLE journal_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  position INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;

-- Why somebody used a right that asks for a reason: sealed, erasable (body becomes null); the journal carries id and keyed digest.
CREATE TABLE reasons (
  id TEXT PRIMARY KEY,
  author TEXT NOT NULL,
  body TEXT,
  digest TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE checkpoints (
  position INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  signed_at TEXT NOT NULL,
  kid TEXT NOT NULL,
  signature TEXT NOT NULL
) STRICT;

-- One message to one recipient; carries ids, never words.
CREATE TABLE deliveries (
  id TEXT PRIMARY KEY,
  event_id TEXT NOT NULL,
  channel TEXT NOT NULL CHECK (channel IN ('email')),
  template TEXT NOT NULL,
  recipient TEXT NOT NULL,
  case_id TEXT,
  agency_id TEXT,
  state TEXT NOT NULL CHECK (state IN ('pending', 'leased', 'done', 'dead', 'skipped')),
  attempts INTEGER NOT NULL,
  next_at TEXT NOT NULL,
  lease TEXT,
  last_error TEXT,
  created_at TEXT NOT NULL,
  done_at TEXT,
  CHECK ((done_at IS NULL) = (state IN ('pending', 'leased'))),
  CONSTRAINT deliveries_event_id_channel_recipient_key UNIQUE (event_id, channel, recipient)
) STRICT;
CREATE INDEX deliveries_due ON deliveries (next_at, id) WHERE done_at IS NULL;
CREATE INDEX deliveries_by_state ON deliveries (state, id);

-- The key row is written in the transaction of the effect.
CREATE TABLE idempotency_keys (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL,
  reference TEXT NOT NULL,
  version INTEGER,
  created_at TEXT NOT NULL,
  CONSTRAINT idempotency_keys_scope_key_key PRIMARY KEY (scope, key)
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

INSERT INTO journal_head (id, position, hash) VALUES (1, 0, '');

CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN
  SELECT RAISE(ABORT, 'the journal is append-only');
END;
CREATE TRIGGER journal_place_once BEFORE UPDATE ON journal
WHEN NOT (OLD.position IS NULL AND OLD.hash IS NULL AND NEW.position IS NOT NULL AND NEW.hash IS NOT NULL
  AND NEW.seq IS OLD.seq AND NEW.id IS OLD.id AND NEW.ordinal IS OLD.ordinal AND NEW.event IS OLD.event AND NEW.audience IS OLD.audience AND NEW.case_id IS OLD.case_id AND NEW.customer_id IS OLD.customer_id AND NEW.agency_id IS OLD.agency_id AND NEW.subject IS OLD.subject AND NEW.actor IS OLD.actor AND NEW.on_behalf_of IS OLD.on_behalf_of AND NEW.facts IS OLD.facts AND NEW.effective_at IS OLD.effective_at AND NEW.recorded_at IS OLD.recorded_at AND NEW.request_id IS OLD.request_id)
BEGIN
  SELECT RAISE(ABORT, 'the journal is append-only');
END;
