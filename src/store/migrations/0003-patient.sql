-- Whose image it was, by a fingerprint that tells no name; when it was taken; what was measured on it (JSON, never pixels).
ALTER TABLE cases ADD COLUMN patient TEXT CHECK (patient IS NULL OR length(patient) = 64);
ALTER TABLE cases ADD COLUMN study_date TEXT CHECK (study_date IS NULL OR length(study_date) = 10);
ALTER TABLE cases ADD COLUMN annotations TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(annotations));
CREATE INDEX cases_of_patient ON cases (patient, id) WHERE patient IS NOT NULL;
