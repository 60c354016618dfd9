//! The companion's HTTP server: the page and the case history.

mod access;
mod accounts;
mod api;
mod app;
mod attempts;
mod audit_log;
pub mod authority;
mod cases;
mod collections;
mod follow_ups;
mod guard;
mod headers;
mod limits;
pub mod metrics;
mod object;
mod problem;
mod routes;
pub mod secret;
mod session;
mod settings;
mod site;
pub mod tls;
pub mod trust;
mod visit;

use crate::messages::fault::server as fault;
use crate::protocol::companion::BODY_LIMIT;
use crate::store::Store;
use app::App;
use axum::routing::get;
use axum::{Json, Router, middleware};
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use limits::Room;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;
use tower_http::limit::RequestBodyLimitLayer;

pub use access::May;
pub use routes::{ROUTES, Route};
pub use settings::{Accounts, Limits, Reach, Settings};

/// The settings of HTTP.
type Http = hyper_util::server::conn::auto::Builder<TokioExecutor>;

/// Why the companion cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder has no built page.
    #[error("{}", fault::no_page(.0))]
    NoPage(PathBuf),
    /// The clock is set before 1970.
    #[error("{}", fault::CLOCK)]
    Clock,
    /// A network error.
    #[error("{}", fault::network(.0))]
    Network(#[from] std::io::Error),
    /// A certificate or its key cannot be used.
    #[error("{}", fault::certificate(.0))]
    Certificate(String),
}

/// The page and the [`ROUTES`]. `site`: folder of the built page.
fn router(site: PathBuf, app: &Arc<App>) -> Router {
    let settings = &app.settings;
    let api = routes::router(app)
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(Room::new(settings.limits), limits::limit))
        .layer(middleware::from_fn_with_state(settings.clone(), guard::check_origin))
        .layer(middleware::from_fn_with_state(settings.clone(), visit::note));
    Router::new()
        .route("/healthz", get(health))
        .nest("/api", api)
        .fallback_service(site::files(site))
        .layer(middleware::from_fn_with_state(settings.clone(), guard::check_host))
        .layer(middleware::from_fn(headers::secure))
        .layer(middleware::from_fn(log))
}

/// Serves until `shutdown` completes, then finishes running requests for at most a few seconds.
///
/// # Errors
/// Fails if `site` has no page, if the clock is set before 1970, or on a network error.
pub async fn serve(
    listener: std::net::TcpListener,
    site: PathBuf,
    store: Store,
    settings: Settings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    if !site.join("index.html").is_file() {
        return Err(Error::NoPage(site));
    }
    // HTTP dates start in 1970, and every case is saved with its date.
    if SystemTime::now() < SystemTime::UNIX_EPOCH {
        return Err(Error::Clock);
    }
    // A program that was killed may have left there what it deleted.
    if let Err(error) = store.forget_log() {
        tracing::warn!("{error}");
    }
    listener.set_nonblocking(true)?;
    let (limits, tls) = (settings.limits, settings.tls.clone());
    let app = Arc::new(App::new(store, settings));
    let store = app.store.clone();
    tokio::task::spawn_blocking(move || {
        if let Err(error) = store.prepare_search() {
            tracing::warn!("{error}");
        }
    });
    let routes = router(site, &app).into_make_service_with_connect_info::<SocketAddr>();
    let handle = axum_server::Handle::new();
    let ending = handle.clone();
    tokio::spawn(async move {
        shutdown.await;
        ending.graceful_shutdown(Some(limits.last_requests));
    });
    // Otherwise a connection that never finishes its header would stay open for ever.
    let limit = |http: &mut Http| {
        http.http1().timer(TokioTimer::new()).header_read_timeout(limits.header);
    };
    match tls {
        Some(tls) => {
            let tls = RustlsConfig::from_config(tls);
            let mut server = axum_server::from_tcp_rustls(listener, tls)?.handle(handle);
            limit(server.http_builder());
            Ok(server.serve(routes).await?)
        }
        None => {
            let mut server = axum_server::from_tcp(listener)?.handle(handle);
            limit(server.http_builder());
            Ok(server.serve(routes).await?)
        }
    }
}

async fn health() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// One log line for each request, without query and body, which could contain data of a case, and with the route in place
/// of the path, which could contain a patient's fingerprint.
async fn log(request: axum::extract::Request, next: middleware::Next) -> axum::response::Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_string());
    let began = std::time::Instant::now();
    let response = next.run(request).await;
    let ms = began.elapsed().as_millis();
    let path = match response.extensions().get::<&'static Route>() {
        Some(route) => format!("/api{}", route.path),
        None if path.starts_with("/api") => "/api".into(),
        None => path,
    };
    tracing::info!("{method} {path} {} {ms} ms", response.status().as_u16());
    response
}
