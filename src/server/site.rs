//! The page's static files.

use crate::messages::fault::server as fault;
use axum::Router;
use axum::extract::Request;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use std::path::PathBuf;
use tower_http::services::ServeDir;

/// Minimum number of hexadecimal digits that mark a file name as containing a content hash.
const HASH_DIGITS: usize = 12;

/// Files of the folder `site`. Compressed `.br` and `.gz` variants are served if the build made them.
pub(super) fn files(site: PathBuf) -> Router {
    Router::new()
        .fallback_service(ServeDir::new(site).precompressed_br().precompressed_gzip())
        .layer(middleware::from_fn(page_routes))
        .layer(middleware::from_fn(cache))
}

/// The route that has a page of its own.
const CLASSROOM: &str = "/classroom";

/// A path without a file is a route of the page, so the page itself is served.
async fn page_routes(mut request: Request, next: Next) -> Response {
    let wants_page =
        request.headers().get(ACCEPT).is_some_and(|a| a.to_str().is_ok_and(|a| a.contains("text/html")));
    let is_file = request.uri().path().rsplit('/').next().is_some_and(|name| name.contains('.'));
    if request.method() == Method::GET && wants_page && !is_file {
        let is_classroom = request.uri().path().trim_end_matches('/') == CLASSROOM;
        *request.uri_mut() = Uri::from_static(if is_classroom { "/classroom.html" } else { "/index.html" });
    }
    let mut response = next.run(request).await;
    if response.status() == StatusCode::NOT_FOUND {
        return (StatusCode::NOT_FOUND, format!("{}\n", fault::NO_FILE)).into_response();
    }
    // The MIME type table has no type for safetensors files.
    if response.headers().get(CONTENT_TYPE).is_none() {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    }
    response
}

/// Files with a content hash in their name are cached for ever; all others are revalidated.
async fn cache(request: Request, next: Next) -> Response {
    let forever = is_named_by_content(request.uri());
    let mut response = next.run(request).await;
    let good = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let rule = if forever && good { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(rule));
    response
}

fn is_named_by_content(uri: &Uri) -> bool {
    if uri.query().is_some_and(|query| query.starts_with("sha256=")) {
        return true;
    }
    let name = uri.path().rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let is_hash = |part: &str| part.len() >= HASH_DIGITS && part.bytes().all(|b| b.is_ascii_hexdigit());
    stem.split(['-', '_']).skip(1).any(is_hash)
}
