-- A case: what was found, by which model, in which image file. The image itself is never here.
CREATE TABLE cases (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    saved_at     TEXT NOT NULL,
    finding      TEXT NOT NULL CHECK (length(finding) BETWEEN 1 AND 200),
    probability  REAL NOT NULL CHECK (probability BETWEEN 0 AND 1),
    verdict      TEXT NOT NULL CHECK (verdict IN ('suspected', 'not-suspected', 'unsure')),
    threshold    REAL NOT NULL CHECK (threshold BETWEEN 0 AND 1),
    model        TEXT NOT NULL CHECK (length(model) BETWEEN 1 AND 200),
    model_sha256 TEXT NOT NULL CHECK (length(model_sha256) = 64),
    image_sha256 TEXT NOT NULL CHECK (length(image_sha256) = 64),
    note         TEXT NOT NULL
) STRICT;
