-- What became of a case since it was saved: no text, so that nothing here names a patient.
CREATE TABLE follow_ups (
    case_id INTEGER PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
    status  TEXT NOT NULL,
    due     TEXT
) STRICT;
