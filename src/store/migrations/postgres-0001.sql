-- The history as SQLite's steps 1 to 7 leave it. Texts are compared by their bytes, as SQLite does.
CREATE TABLE cases (
    id           BIGINT PRIMARY KEY,
    saved_at     TEXT NOT NULL,
    image_sha256 TEXT NOT NULL,
    patient      TEXT,
    words        TEXT,
    kept         TEXT NOT NULL,
    owner        BIGINT
);
CREATE INDEX cases_of_patient ON cases (patient, id) WHERE patient IS NOT NULL;
CREATE INDEX cases_of_image ON cases (image_sha256, id);
CREATE INDEX cases_of_owner ON cases (owner, id) WHERE owner IS NOT NULL;

CREATE TABLE users (
    id         BIGINT PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL UNIQUE,
    role       TEXT NOT NULL,
    password   TEXT NOT NULL,
    created_at TEXT NOT NULL
);

CREATE TABLE sessions (
    token      TEXT PRIMARY KEY,
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    began_at   BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);

CREATE TABLE invitations (
    token      TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);

CREATE TABLE vault (
    id     BIGINT PRIMARY KEY CHECK (id = 1),
    kind   TEXT NOT NULL,
    salt   TEXT NOT NULL,
    sealed TEXT NOT NULL
);

CREATE TABLE follow_ups (
    case_id BIGINT PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
    status  TEXT NOT NULL,
    due     TEXT COLLATE "C"
);

-- The last number that each table gave. A sequence would leave gaps, and give numbers in another order than that of the commits.
CREATE TABLE numbers (
    name TEXT PRIMARY KEY,
    seq  BIGINT NOT NULL
);

CREATE TABLE audit_log (
    number     BIGINT PRIMARY KEY,
    at         TEXT NOT NULL,
    actor      TEXT NOT NULL,
    action     TEXT NOT NULL,
    target     TEXT NOT NULL,
    previous   TEXT NOT NULL,
    hash       TEXT NOT NULL
);
CREATE FUNCTION keep_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_log_keeps_entries BEFORE DELETE OR UPDATE ON audit_log FOR EACH ROW EXECUTE FUNCTION keep_audit_log();
