//! What is refused before it is asked who sends it: other names, pages of other sites, and other computers
//! without https. With the session's `SameSite=Strict` cookie this keeps other sites from acting in a user's name
//! (cross-site request forgery).

use super::problem::Problem;
use super::settings::{Reach, Settings};
use super::visit::Visit;
use crate::messages::fault::server as fault;
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Refuses host names that are not this computer's, because another site can point its name here (DNS
/// rebinding). Without a list of names, other computers may use any: they have to log in.
pub(super) async fn check_host(State(settings): State<Settings>, request: Request, next: Next) -> Response {
    let is_any = settings.reach == Reach::Network && settings.names.is_empty();
    if !is_any && !is_known(&settings, request.headers()) {
        return Problem(StatusCode::MISDIRECTED_REQUEST, fault::OTHER_NAME.into()).into_response();
    }
    next.run(request).await
}

/// The name under which a request asks, in lower case and without the port.
fn name(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(HOST)?.to_str().ok()?;
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    Some(name.to_ascii_lowercase())
}

fn is_this_computer(name: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].contains(&name)
}

fn is_known(settings: &Settings, headers: &HeaderMap) -> bool {
    let Some(name) = name(headers) else { return false };
    // An address is no name that could be pointed elsewhere.
    let is_address = || name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok();
    is_this_computer(&name)
        || settings.names.contains(&name)
        || settings.reach == Reach::Network && is_address()
}

/// Refuses requests from pages of other sites, and without https from other computers.
pub(super) async fn check_origin(
    State(settings): State<Settings>,
    Extension(visit): Extension<Visit>,
    request: Request,
    next: Next,
) -> Response {
    match refusal((&settings, &visit), request.headers()) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}

fn refusal((settings, visit): (&Settings, &Visit), headers: &HeaderMap) -> Option<Problem> {
    let refuse = |status, detail: &str| Some(Problem(status, detail.into()));
    if settings.is_closed_to_proxy(visit) {
        return refuse(StatusCode::FORBIDDEN, fault::RELAYED);
    }
    // Under another name the request may have come through a tunnel, in the clear before it.
    let is_elsewhere = settings.is_plain() && !name(headers).is_some_and(|name| is_this_computer(&name));
    if is_elsewhere || settings.is_closed(visit) {
        return refuse(StatusCode::FORBIDDEN, fault::OTHER_COMPUTER);
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let own_origin = match (header(ORIGIN.as_str()), header(HOST.as_str())) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, name)| name == host),
        (Some(_), None) => false,
        (None, _) => true,
    };
    let own_site = matches!(header("sec-fetch-site"), None | Some("same-origin" | "none"));
    if !own_origin || !own_site {
        return refuse(StatusCode::FORBIDDEN, fault::OTHER_PAGE);
    }
    None
}

/// Refuses a body that is not sent as JSON: a form of another site cannot send it so.
pub(super) fn check_body(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("application/json")) {
        return Ok(());
    }
    Err(Problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, fault::NOT_JSON.into()))
}
