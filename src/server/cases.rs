//! Routes to save, find and delete cases.

use super::access::Identity;
use super::app::App;
use super::object::Object;
use super::problem::Problem;
use crate::case::{Case, VersionedCase};
use crate::fingerprint::Sha256;
use crate::messages::fault::server as fault;
use crate::protocol::companion::{
    CaseList, DeletedCase, ErasedPatient, IMAGES_LIMIT, ImportedCase, KeptImages, LIST_LIMIT, SavedCase,
};
use crate::store::Search;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::{Extension, Json};
use serde::Deserialize;
use std::sync::Arc;

/// Default number of cases in a list.
const FEW: u32 = 50;
/// Maximum length of a search text, in characters.
const SEARCH_LIMIT: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    limit: Option<u32>,
    before: Option<i64>,
    #[serde(default)]
    text: String,
    patient: Option<Sha256>,
    image: Option<Sha256>,
}

/// `GET /api/cases?limit=&before=&text=&patient=&image=`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<CaseList>, Problem> {
    let Query(which) =
        which.map_err(|e| Problem(StatusCode::BAD_REQUEST, fault::not_a_search(&e.body_text())))?;
    let Which { limit, before, text, patient, image } = which;
    if text.chars().count() > SEARCH_LIMIT {
        let detail = fault::search_length(SEARCH_LIMIT);
        return Err(Problem(StatusCode::BAD_REQUEST, detail));
    }
    let limit = limit.unwrap_or(FEW).clamp(1, LIST_LIMIT);
    let search = Search { text, patient, image };
    app.ask(move |store| store.list_cases(&who.by(), limit, before, &search)).await.map(Json)
}

type Created = (StatusCode, [(HeaderName, String); 1], Json<SavedCase>);

/// `POST /api/cases`
pub(super) async fn save(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    case: Result<Json<Object<Case>>, JsonRejection>,
) -> Result<Created, Problem> {
    let Json(Object(case)) = case.map_err(|e| Problem(e.status(), fault::not_a_case(&e.body_text())))?;
    let case = case.redacted();
    case.check().map_err(|detail| Problem(StatusCode::UNPROCESSABLE_ENTITY, detail))?;
    let saved = app.ask(move |store| store.save_case(&who.by(), case)).await?;
    let place = (header::LOCATION, format!("/api/cases/{}", saved.id));
    Ok((StatusCode::CREATED, [place], Json(saved)))
}

/// `POST /api/cases/import`: a case of the JSON file that the page makes of a history. Its number there means nothing here.
pub(super) async fn import(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    sent: Result<Json<Object<SavedCase>>, JsonRejection>,
) -> Result<Json<ImportedCase>, Problem> {
    let Json(Object(SavedCase { saved_at, case, .. })) =
        sent.map_err(|e| Problem(e.status(), fault::not_a_case(&e.body_text())))?;
    let refuse = |detail: String| Problem(StatusCode::UNPROCESSABLE_ENTITY, detail);
    let VersionedCase::Whole(case) = case else { return Err(refuse(fault::EARLIER_CASE.into())) };
    let at = saved_at.parse::<jiff::Timestamp>().ok().filter(|at| *at <= jiff::Timestamp::now());
    let at = at.ok_or_else(|| refuse(fault::SAVED_AT.into()))?.to_string();
    let case = case.redacted();
    case.check().map_err(refuse)?;
    let (id, is_new) = app.ask(move |store| store.import_case(&who.by(), &at, case)).await?;
    Ok(Json(ImportedCase { id, is_new }))
}

/// `GET /api/cases/images`
pub(super) async fn images(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
) -> Result<Json<KeptImages>, Problem> {
    app.ask(move |store| store.kept_images(&who.by(), IMAGES_LIMIT)).await.map(Json)
}

/// `GET /api/cases/12`
pub(super) async fn one(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<SavedCase>, Problem> {
    let id = number(id)?;
    app.ask(move |store| store.case(&who.by(), id)).await?.map(Json).ok_or_else(|| none(id))
}

/// `DELETE /api/cases/12`
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<DeletedCase>, Problem> {
    let id = number(id)?;
    let is_deleted = app.ask(move |store| store.delete_case(&who.by(), id)).await?;
    if is_deleted { Ok(Json(DeletedCase { id })) } else { Err(none(id)) }
}

/// `DELETE /api/patients/FINGERPRINT`
pub(super) async fn erase_patient(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    patient: Result<Path<Sha256>, PathRejection>,
) -> Result<Json<ErasedPatient>, Problem> {
    let Path(patient) =
        patient.map_err(|_| Problem(StatusCode::NOT_FOUND, fault::PATIENT_FINGERPRINT.into()))?;
    let (cases, anchor) = app.ask(move |store| store.erase_patient(&who.by(), patient)).await?;
    if cases == 0 {
        return Err(Problem(StatusCode::NOT_FOUND, fault::NO_PATIENT.into()));
    }
    Ok(Json(ErasedPatient { cases, anchor: anchor.to_string() }))
}

pub(super) fn number(id: Result<Path<i64>, PathRejection>) -> Result<i64, Problem> {
    id.map(|Path(id)| id).map_err(|_| Problem(StatusCode::NOT_FOUND, fault::CASE_NUMBER.into()))
}

pub(super) fn none(id: i64) -> Problem {
    let detail = fault::no_case(id);
    Problem(StatusCode::NOT_FOUND, detail)
}
