//! The companion's cases: the only words that the page ever sends, and never a pixel.

use crate::protocol::companion::{CaseList, NewCase, ProblemDetails, SavedCase};
use gloo_net::http::{Request, Response};
use serde::de::DeserializeOwned;

const CASES: &str = "/api/cases";

/// The newest cases.
pub async fn list_cases() -> Result<CaseList, String> {
    answer(Request::get(CASES).send().await).await
}

/// The newest cases of one patient, named by the fingerprint.
pub async fn list_cases_of(patient: &str) -> Result<CaseList, String> {
    answer(Request::get(&format!("{CASES}?patient={patient}")).send().await).await
}

/// Keeps a case.
pub async fn save_case(case: &NewCase) -> Result<SavedCase, String> {
    let request = Request::post(CASES).json(case).map_err(|e| e.to_string())?;
    answer(request.send().await).await
}

async fn answer<T: DeserializeOwned>(response: Result<Response, gloo_net::Error>) -> Result<T, String> {
    const ABSENT: &str = "The history is kept by the computer that serves this page; it cannot be reached now. Nothing on this page is lost; try again later.";
    let response = response.map_err(|_| ABSENT.to_string())?;
    if response.ok() {
        return response.json().await.map_err(|_| ABSENT.into());
    }
    // A plain file server has no history and answers with a page of its own.
    Err(response.json::<ProblemDetails>().await.map_or_else(|_| ABSENT.into(), |problem| problem.detail))
}
