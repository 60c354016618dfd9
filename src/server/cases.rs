//! Saving and listing cases.

use super::problem::Problem;
use crate::protocol::companion::{ANNOTATION_LIMIT, CaseList, LABEL_LIMIT, NOTE_LIMIT, NewCase, SavedCase};
use crate::store::{self, Store};
use crate::viewing::Annotation;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderName, StatusCode, header};
use serde::Deserialize;
use std::sync::Arc;

/// The most cases in one answer.
const PAGE: u32 = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    limit: Option<u32>,
    before: Option<i64>,
    patient: Option<String>,
}

/// `GET /api/cases?limit=&before=&patient=`
pub(super) async fn list(
    State(store): State<Arc<Store>>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<CaseList>, Problem> {
    let Query(which) = which.map_err(|e| Problem(StatusCode::BAD_REQUEST, e.body_text()))?;
    let limit = which.limit.unwrap_or(PAGE).clamp(1, PAGE);
    if which.patient.as_deref().is_some_and(|patient| !is_hash(patient)) {
        return Err(Problem(StatusCode::BAD_REQUEST, format!("The patient: {FINGERPRINT}")));
    }
    let Which { before, patient, .. } = which;
    ask(store, move |store| store.list_cases(limit, before, patient.as_deref())).await.map(Json)
}

type Created = (StatusCode, [(HeaderName, String); 1], Json<SavedCase>);

/// `POST /api/cases`
pub(super) async fn save(
    State(store): State<Arc<Store>>,
    case: Result<Json<NewCase>, JsonRejection>,
) -> Result<Created, Problem> {
    let Json(case) =
        case.map_err(|e| Problem(e.status(), format!("This is not a case: {}", e.body_text())))?;
    check(&case).map_err(|detail| Problem(StatusCode::UNPROCESSABLE_ENTITY, detail))?;
    let saved_at = jiff::Timestamp::now().to_string();
    let saved = ask(store, move |store| store.save_case(&case, &saved_at)).await?;
    let place = (header::LOCATION, format!("/api/cases?before={}&limit=1", saved.id.saturating_add(1)));
    Ok((StatusCode::CREATED, [place], Json(saved)))
}

/// SQLite blocks, so it is asked from a thread that may.
async fn ask<T: Send + 'static>(
    store: Arc<Store>,
    question: impl FnOnce(&Store) -> Result<T, store::Error> + Send + 'static,
) -> Result<T, Problem> {
    let failed = |detail: String| {
        tracing::error!("{detail}");
        Problem(StatusCode::INTERNAL_SERVER_ERROR, format!("{detail}. Nothing was lost; try again."))
    };
    match tokio::task::spawn_blocking(move || question(&store)).await {
        Ok(answer) => answer.map_err(|e| failed(e.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}

const FINGERPRINT: &str = "A fingerprint has 64 hexadecimal digits in lower case.";

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

fn check(case: &NewCase) -> Result<(), String> {
    let hashes = [Some(&case.model_sha256), Some(&case.image_sha256), case.patient.as_ref()];
    if !hashes.into_iter().flatten().all(|hash| is_hash(hash)) {
        return Err(FINGERPRINT.into());
    }
    if !case.study_date.as_deref().is_none_or(is_date) {
        return Err("The study's date is a day, for instance 2026-01-31.".into());
    }
    check_annotations(&case.annotations)?;
    for (name, text) in [("finding", &case.finding), ("model", &case.model)] {
        if text.is_empty() || text.len() > 200 || text.chars().any(char::is_control) {
            return Err(format!("The {name} has 1 to 200 characters and no control characters."));
        }
    }
    if case.note.len() > NOTE_LIMIT {
        return Err(format!(
            "The note has {} bytes; at most {NOTE_LIMIT} can be kept. Shorten it.",
            case.note.len()
        ));
    }
    if case.note.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err("The note holds control characters; remove them.".into());
    }
    Ok(())
}

fn check_annotations(annotations: &[Annotation]) -> Result<(), String> {
    if annotations.len() > ANNOTATION_LIMIT {
        let count = annotations.len();
        return Err(format!(
            "There are {count} annotations; at most {ANNOTATION_LIMIT} can be kept. Delete some."
        ));
    }
    for Annotation { label, .. } in annotations {
        if label.len() > LABEL_LIMIT || label.chars().any(char::is_control) {
            return Err(format!(
                "The label of an annotation has at most {LABEL_LIMIT} bytes and no control characters. Shorten it."
            ));
        }
    }
    Ok(())
}
