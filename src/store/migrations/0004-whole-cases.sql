-- A case is one JSON text, `case::Kept`, beside the few columns by which it is searched. What earlier versions kept stands under
-- "earlier", and nothing is invented for it. The new table checks no values: the program does when it reads a case, so that one that is
-- damaged hides no other.
CREATE TABLE kept_cases (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    saved_at     TEXT NOT NULL,
    image_sha256 TEXT NOT NULL,
    patient      TEXT,
    -- What a text search looks in, in lower case; NULL until the program has read the case.
    words        TEXT,
    kept         TEXT NOT NULL CHECK (json_valid(kept))
) STRICT;

INSERT INTO kept_cases (id, saved_at, image_sha256, patient, kept)
SELECT id, saved_at, image_sha256, patient, json_object('earlier', json_object(
    'finding', finding,
    'probability', probability,
    'verdict', verdict,
    'threshold', threshold,
    'model', model,
    'model_sha256', model_sha256,
    'image_sha256', image_sha256,
    'overruled', json(iif(overruled, 'true', 'false')),
    'note', note,
    'patient', patient,
    'study_date', study_date,
    'annotations', json(iif(json_valid(annotations), annotations, json_quote(annotations)))
))
FROM cases ORDER BY id;

DROP TABLE cases;
ALTER TABLE kept_cases RENAME TO cases;
CREATE INDEX cases_of_patient ON cases (patient, id) WHERE patient IS NOT NULL;
CREATE INDEX cases_of_image ON cases (image_sha256, id);
