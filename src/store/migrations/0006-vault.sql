-- The key of an encrypted history, itself sealed under a key from a passphrase or a key file: at most one row. While there is one, `cases` holds
-- in `image_sha256` and `patient` keyed codes, in `words` and `kept` sealed texts.
CREATE TABLE vault (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    kind   TEXT NOT NULL,
    salt   TEXT NOT NULL,
    sealed TEXT NOT NULL
) STRICT;
