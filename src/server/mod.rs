//! The companion over HTTP: the page, and the case history beside it.

mod cases;
mod guard;
mod headers;
mod problem;
mod site;

use crate::protocol::companion::BODY_LIMIT;
use crate::store::Store;
use axum::routing::get;
use axum::{Json, Router, middleware};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tower_http::limit::RequestBodyLimitLayer;

pub use guard::Reach;

/// Why the companion cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing to serve.
    #[error("{} holds no page: build it with `make run`, or name its folder with --site", .0.display())]
    NoPage(PathBuf),
    /// The network.
    #[error("the network failed: {0}")]
    Network(#[from] std::io::Error),
}

/// The route table. `site`: the built page. `reach`: who can call.
pub fn router(site: PathBuf, store: Store, reach: Reach) -> Router {
    let api = Router::new()
        .route("/cases", get(cases::list).post(cases::save))
        .route("/cases/images", get(cases::images))
        .route("/cases/{id}", get(cases::one).delete(cases::delete))
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(reach, guard::only_this_page))
        .with_state(Arc::new(store));
    Router::new()
        .route("/healthz", get(health))
        .nest("/api", api)
        .fallback_service(site::files(site))
        .layer(middleware::from_fn_with_state(reach, guard::only_this_name))
        .layer(middleware::from_fn(headers::secure))
        .layer(middleware::from_fn(log))
}

/// Serves until `shutdown` is done, then lets running requests finish.
pub async fn serve(
    listener: TcpListener,
    site: PathBuf,
    store: Store,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    if !site.join("index.html").is_file() {
        return Err(Error::NoPage(site));
    }
    let reach = Reach::of(&listener.local_addr()?);
    let routes = router(site, store, reach).into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, routes).with_graceful_shutdown(shutdown).await?)
}

async fn health() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// One line a request: neither query nor body, which could tell of a case.
async fn log(request: axum::extract::Request, next: middleware::Next) -> axum::response::Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_string());
    let began = std::time::Instant::now();
    let response = next.run(request).await;
    let ms = began.elapsed().as_millis();
    tracing::info!("{method} {path} {} {ms} ms", response.status().as_u16());
    response
}
