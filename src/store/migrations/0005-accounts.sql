-- Who may use the companion from the day the first account exists. `password`: an Argon2id hash in PHC form.
CREATE TABLE users (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL UNIQUE,
    role       TEXT NOT NULL,
    password   TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

-- Log-ins. `token`: the SHA-256 of what the browser holds. Times in seconds since 1970.
CREATE TABLE sessions (
    token      TEXT PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    began_at   INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT;

-- The one-time token for the first administrator: at most one.
CREATE TABLE invitations (
    token      TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;

-- Who saved a case: a user's id, which is never given twice. NULL: saved without an account.
ALTER TABLE cases ADD COLUMN owner INTEGER;
CREATE INDEX cases_of_owner ON cases (owner, id) WHERE owner IS NOT NULL;

-- Who did or saw what, when. Each entry holds the hash of the one before; `hash` is over that and the entry's own fields. The triggers stop
-- accidents; against intent stands `lantern audit-log verify`.
CREATE TABLE audit_log (
    number     INTEGER PRIMARY KEY,
    at         TEXT NOT NULL,
    actor      TEXT NOT NULL,
    action     TEXT NOT NULL,
    target     TEXT NOT NULL,
    previous   TEXT NOT NULL,
    hash       TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_log_keeps_entries BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_log_keeps_words BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
