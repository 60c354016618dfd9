//! Client for the companion's history. It is all that the page ever sends: words and fingerprints, never a pixel.

use crate::case::Case;
use crate::fingerprint::Sha256;
use crate::messages::page;
use crate::protocol::companion::{CaseList, DeletedCase, KeptImage, KeptImages, ProblemDetails, SavedCase};
use gloo_net::http::{Request, Response};
use serde::de::DeserializeOwned;

const CASES: &str = "/api/cases";

/// Which cases are asked for. Empty, the newest of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseQuery {
    /// Words that all occur in a case.
    pub text: String,
    /// Whose.
    pub patient: Option<Sha256>,
    /// Only those kept before this number.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: Option<u32>,
}

/// The newest cases that fit.
pub async fn list_cases(wanted: &CaseQuery) -> Result<CaseList, String> {
    let text = (!wanted.text.trim().is_empty()).then(|| {
        let text: String = js_sys::encode_uri_component(wanted.text.trim()).into();
        format!("text={text}")
    });
    let patient = wanted.patient.map(|patient| format!("patient={patient}"));
    let before = wanted.before.map(|before| format!("before={before}"));
    let limit = wanted.limit.map(|limit| format!("limit={limit}"));
    let query: Vec<String> = [text, patient, before, limit].into_iter().flatten().collect();
    answer(Request::get(&format!("{CASES}?{}", query.join("&"))).send().await).await
}

/// One case.
pub async fn case(id: i64) -> Result<SavedCase, String> {
    answer(Request::get(&format!("{CASES}/{id}")).send().await).await
}

/// Keeps a case.
pub async fn save_case(case: &Case) -> Result<SavedCase, String> {
    let request = Request::post(CASES).json(case).map_err(|e| e.to_string())?;
    answer(request.send().await).await
}

/// Deletes a case, for good.
pub async fn delete_case(id: i64) -> Result<DeletedCase, String> {
    answer(Request::delete(&format!("{CASES}/{id}")).send().await).await
}

/// The fingerprints of the images that were kept.
pub async fn kept_images() -> Result<Vec<KeptImage>, String> {
    let kept: KeptImages = answer(Request::get(&format!("{CASES}/images")).send().await).await?;
    Ok(kept.images)
}

async fn answer<T: DeserializeOwned>(response: Result<Response, gloo_net::Error>) -> Result<T, String> {
    let response = response.map_err(|_| page::fault::HISTORY_ABSENT.to_string())?;
    if response.ok() {
        return response.json().await.map_err(|_| page::fault::NO_HISTORY.into());
    }
    Err(response
        .json::<ProblemDetails>()
        .await
        .map_or_else(|_| page::fault::NO_HISTORY.into(), |problem| problem.detail))
}
