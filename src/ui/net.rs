//! Requests to the companion. It is all that the page ever sends: words and fingerprints, never a pixel.

use crate::messages::page;
use crate::protocol::companion::ProblemDetails;
use gloo_net::http::RequestBuilder;

/// What is to be done with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

/// Why a request came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The companion's status; none where no companion answered.
    pub status: Option<u16>,
    /// In a sentence, with what to do.
    pub why: String,
}

impl Refusal {
    fn absent(why: &str) -> Self {
        Self { status: None, why: why.into() }
    }
}

/// Asks the companion, and gives the text of its answer. `body`: JSON.
pub async fn text(method: Method, path: &str, body: Option<String>) -> Result<String, Refusal> {
    let method = match method {
        Method::Get => gloo_net::http::Method::GET,
        Method::Post => gloo_net::http::Method::POST,
        Method::Put => gloo_net::http::Method::PUT,
        Method::Delete => gloo_net::http::Method::DELETE,
    };
    let request = RequestBuilder::new(path).method(method);
    let sent = match body {
        Some(body) => {
            let request = request.header("content-type", "application/json").body(body);
            request.map_err(|_| Refusal::absent(page::fault::HISTORY_ABSENT))?.send().await
        }
        None => request.send().await,
    };
    let answer = sent.map_err(|_| Refusal::absent(page::fault::HISTORY_ABSENT))?;
    let text = answer.text().await.map_err(|_| Refusal::absent(page::fault::HISTORY_ABSENT))?;
    if answer.ok() {
        return Ok(text);
    }
    let problem = serde_json::from_str::<ProblemDetails>(&text);
    let problem = problem.map_err(|_| Refusal::absent(page::fault::NO_HISTORY))?;
    Err(Refusal { status: Some(answer.status()), why: problem.detail })
}

/// Asks the companion for bytes.
pub async fn bytes(path: &str) -> Result<js_sys::ArrayBuffer, Refusal> {
    let absent = || Refusal::absent(page::fault::HISTORY_ABSENT);
    let answer = RequestBuilder::new(path).send().await.map_err(|_| absent())?;
    if answer.ok() {
        let bytes = answer.binary().await.map_err(|_| absent())?;
        return Ok(js_sys::Uint8Array::from(bytes.as_slice()).buffer());
    }
    let text = answer.text().await.map_err(|_| absent())?;
    let problem = serde_json::from_str::<ProblemDetails>(&text)
        .map_err(|_| Refusal::absent(page::fault::NO_HISTORY))?;
    Err(Refusal { status: Some(answer.status()), why: problem.detail })
}

/// The content security policy that the server sends with the page now, or why there is none.
pub async fn policy() -> Result<String, &'static str> {
    let asked =
        RequestBuilder::new("/").method(gloo_net::http::Method::HEAD).cache(web_sys::RequestCache::NoStore);
    let answer = asked.send().await.map_err(|_| page::about::SERVER_ABSENT)?;
    answer.headers().get("content-security-policy").ok_or(page::about::NO_POLICY)
}
