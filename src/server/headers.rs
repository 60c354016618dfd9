//! Security headers, which are on every response including errors.

use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

const HEADERS: [(&str, &str); 7] = [
    // Nothing is loaded from or sent to other origins, and no inline code; `wasm-unsafe-eval` allows only
    // compiling WebAssembly.
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; \
         connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    // The self-check and the classroom show what the camera sees while a photograph is taken; this page alone may ask for it.
    (
        "permissions-policy",
        "camera=(self), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), payment=(), \
         browsing-topics=()",
    ),
];

/// Adds the security headers, and `no-store` where a response sets no caching of its own.
pub(super) async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
