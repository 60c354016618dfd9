//! Errors as problem details (RFC 9457).

use crate::messages::fault::server as fault;
use crate::protocol::companion::ProblemDetails;
use axum::Json;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

/// An error response: the status, and what happened and what to do next.
#[derive(Debug)]
pub(super) struct Problem(pub StatusCode, pub String);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(status, detail) = self;
        let title = status.canonical_reason().unwrap_or_default().to_string();
        let details = ProblemDetails { title, status: status.as_u16(), detail };
        let mut response = (status, Json(details)).into_response();
        let kind = header::HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

pub(super) async fn no_such_route(uri: Uri) -> Problem {
    Problem(StatusCode::NOT_FOUND, fault::no_route(uri.path()))
}

pub(super) async fn no_such_method(method: Method) -> Problem {
    Problem(StatusCode::METHOD_NOT_ALLOWED, fault::no_method(method.as_str()))
}
