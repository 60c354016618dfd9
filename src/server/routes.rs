//! The table of routes, with who may ask for each.

use super::access::{May, admit};
use super::app::App;
use super::{accounts, audit_log, cases, follow_ups, problem, session};
use crate::account::Role::{Administrator, Clinician, Educator, Viewer};
use axum::http::Method;
use axum::routing::{MethodRouter, delete, get, post, put};
use axum::{Router, middleware};
use std::sync::Arc;

/// A route below `/api`.
#[derive(Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// Who may ask for it.
    pub may: May,
    handler: fn() -> MethodRouter<Arc<App>>,
}

const READ: May = May::Roles(&[Administrator, Clinician, Educator, Viewer]);
const WRITE: May = May::Roles(&[Administrator, Clinician, Educator]);
const MANAGE: May = May::Roles(&[Administrator]);

const fn route(
    method: Method,
    path: &'static str,
    may: May,
    handler: fn() -> MethodRouter<Arc<App>>,
) -> Route {
    Route { method, path, may, handler }
}

/// All routes. The router is made of this table alone: what is not in it does not exist.
pub static ROUTES: [Route; 20] = [
    route(Method::GET, "/cases", READ, || get(cases::list)),
    route(Method::POST, "/cases", WRITE, || post(cases::save)),
    route(Method::POST, "/cases/import", WRITE, || post(cases::import)),
    route(Method::GET, "/cases/images", READ, || get(cases::images)),
    route(Method::GET, "/cases/{id}", READ, || get(cases::one)),
    route(Method::DELETE, "/cases/{id}", WRITE, || delete(cases::delete)),
    route(Method::GET, "/follow-ups", READ, || get(follow_ups::list)),
    route(Method::PUT, "/follow-ups/{id}", WRITE, || put(follow_ups::set)),
    route(Method::DELETE, "/follow-ups/{id}", WRITE, || delete(follow_ups::remove)),
    route(Method::DELETE, "/patients/{fingerprint}", MANAGE, || delete(cases::erase_patient)),
    route(Method::GET, "/session", May::Anyone, || get(session::show)),
    route(Method::POST, "/session", May::Anyone, || post(session::log_in)),
    route(Method::DELETE, "/session", May::SignedIn, || delete(session::log_out)),
    route(Method::PUT, "/session/password", May::SignedIn, || put(session::change_password)),
    route(Method::POST, "/first-account", May::Anyone, || post(session::first_account)),
    route(Method::GET, "/accounts", MANAGE, || get(accounts::list)),
    route(Method::POST, "/accounts", MANAGE, || post(accounts::add)),
    route(Method::PUT, "/accounts/{name}", MANAGE, || put(accounts::change)),
    route(Method::DELETE, "/accounts/{name}", MANAGE, || delete(accounts::remove)),
    route(Method::GET, "/audit-log", MANAGE, || get(audit_log::list)),
];

/// The router of all routes.
pub(super) fn router(app: &Arc<App>) -> Router {
    let add = |router: Router<Arc<App>>, route: &'static Route| {
        let check = middleware::from_fn_with_state((app.clone(), route), admit);
        router.route(route.path, (route.handler)().route_layer(check))
    };
    ROUTES
        .iter()
        .fold(Router::new(), add)
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::no_such_method)
        .with_state(app.clone())
}
