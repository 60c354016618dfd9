//! Saving and listing cases.

use super::{Error, Store};
use crate::examination::Verdict;
use crate::protocol::companion::{CaseList, NewCase, SavedCase};
use crate::units::Probability;
use rusqlite::{Row, params};

impl Store {
    /// Keeps a case; when this returns, it is on the disk. `saved_at`: RFC 3339, UTC.
    pub fn save_case(&self, case: &NewCase, saved_at: &str) -> Result<SavedCase, Error> {
        let connection = self.connection();
        connection.execute(
            "INSERT INTO cases (saved_at, finding, probability, verdict, threshold, model, model_sha256, image_sha256, note, overruled,
                                patient, study_date, annotations)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                saved_at,
                case.finding,
                f64::from(case.probability.get()),
                verdict_name(case.verdict),
                f64::from(case.threshold.get()),
                case.model,
                case.model_sha256,
                case.image_sha256,
                case.note,
                case.overruled,
                case.patient,
                case.study_date,
                serde_json::to_string(&case.annotations).unwrap_or_else(|_| "[]".into()),
            ],
        )?;
        Ok(SavedCase { id: connection.last_insert_rowid(), saved_at: saved_at.into(), case: case.clone() })
    }

    /// The newest cases, or the newest before case `before`; of one patient where one is named, by the fingerprint.
    pub fn list_cases(
        &self,
        limit: u32,
        before: Option<i64>,
        patient: Option<&str>,
    ) -> Result<CaseList, Error> {
        let connection = self.connection();
        let mut query = connection.prepare_cached(
            "SELECT id, saved_at, finding, probability, verdict, threshold, model, model_sha256, image_sha256, note, overruled,
                    patient, study_date, annotations
             FROM cases WHERE id < ?1 AND (?3 IS NULL OR patient = ?3) ORDER BY id DESC LIMIT ?2",
        )?;
        let which = params![before.unwrap_or(i64::MAX), limit, patient];
        let rows = query.query_map(which, |row| Ok(saved_case(row)))?;
        let cases = rows.map(|row| row?).collect::<Result<_, Error>>()?;
        let count = "SELECT count(*) FROM cases WHERE ?1 IS NULL OR patient = ?1";
        let total: i64 = connection.query_row(count, params![patient], |row| row.get(0))?;
        Ok(CaseList { cases, total: total.unsigned_abs() })
    }
}

fn saved_case(row: &Row) -> Result<SavedCase, Error> {
    let id: i64 = row.get("id")?;
    let probability = |column: &str| -> Result<Probability, Error> {
        let value: f64 = row.get(column)?;
        Probability::new(value as f32)
            .ok_or_else(|| Error::Damaged { id, what: format!("{column} is {value}") })
    };
    let (verdict, annotations): (String, String) = (row.get("verdict")?, row.get("annotations")?);
    let case = NewCase {
        finding: row.get("finding")?,
        probability: probability("probability")?,
        verdict: verdict_of(&verdict)
            .ok_or_else(|| Error::Damaged { id, what: format!("the verdict is {verdict:?}") })?,
        threshold: probability("threshold")?,
        model: row.get("model")?,
        model_sha256: row.get("model_sha256")?,
        image_sha256: row.get("image_sha256")?,
        note: row.get("note")?,
        overruled: row.get("overruled")?,
        patient: row.get("patient")?,
        study_date: row.get("study_date")?,
        annotations: serde_json::from_str(&annotations)
            .map_err(|e| Error::Damaged { id, what: format!("the annotations: {e}") })?,
    };
    Ok(SavedCase { id, saved_at: row.get("saved_at")?, case })
}

/// The names in the table, which stay when the program's own change.
const VERDICTS: [(Verdict, &str); 5] = [
    (Verdict::Suspected, "suspected"),
    (Verdict::NotSuspected, "not-suspected"),
    (Verdict::Unsure, "unsure"),
    (Verdict::Named, "named"),
    (Verdict::Withheld, "withheld"),
];

fn verdict_name(verdict: Verdict) -> &'static str {
    VERDICTS.iter().find(|(v, _)| *v == verdict).map_or("unsure", |(_, name)| name)
}

fn verdict_of(name: &str) -> Option<Verdict> {
    VERDICTS.iter().find(|(_, n)| *n == name).map(|(verdict, _)| *verdict)
}
