//! The table of routes, with who may ask for each.

use super::access::{May, admit};
use super::app::App;
use super::{accounts, api, audit_log, cases, collections, follow_ups, problem, session};
use crate::account::Role::{Administrator, Clinician, Educator, Viewer};
use crate::messages::command::api as text;
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
    /// What it does.
    pub about: &'static str,
    /// The parameters of its query.
    pub query: &'static [&'static str],
    /// The type of its body; it takes none if `None`.
    pub body: Option<&'static str>,
    /// What it answers when all is well: status and type. Without type the answer is empty.
    pub answer: (u16, Option<&'static str>),
    /// Its errors, beside those that come of its query, its body and who may ask.
    pub errors: &'static [u16],
    handler: fn() -> MethodRouter<Arc<App>>,
}

const READ: May = May::Roles(&[Administrator, Clinician, Educator, Viewer]);
const WRITE: May = May::Roles(&[Administrator, Clinician, Educator]);
const MANAGE: May = May::Roles(&[Administrator]);

const fn route(
    method: Method,
    path: &'static str,
    may: May,
    about: &'static str,
    handler: fn() -> MethodRouter<Arc<App>>,
) -> Route {
    Route { method, path, may, about, query: &[], body: None, answer: (204, None), errors: &[], handler }
}

impl Route {
    const fn asks(mut self, query: &'static [&'static str]) -> Self {
        self.query = query;
        self
    }

    const fn takes(mut self, body: &'static str) -> Self {
        self.body = Some(body);
        self
    }

    const fn answers(mut self, status: u16, kind: &'static str) -> Self {
        self.answer = (status, Some(kind));
        self
    }

    const fn created(mut self) -> Self {
        self.answer = (201, None);
        self
    }

    const fn fails(mut self, errors: &'static [u16]) -> Self {
        self.errors = errors;
        self
    }
}

/// All routes. The router is made of this table alone: what is not in it does not exist. So is the description of them (`api`).
pub static ROUTES: [Route; 24] = [
    route(Method::GET, "/cases", READ, text::LIST_CASES, || get(cases::list))
        .asks(&["limit", "before", "text", "patient", "image"])
        .answers(200, "CaseList"),
    route(Method::POST, "/cases", WRITE, text::SAVE_CASE, || post(cases::save))
        .takes("Case")
        .answers(201, "SavedCase"),
    route(Method::POST, "/cases/import", WRITE, text::IMPORT_CASE, || post(cases::import))
        .takes("SavedCase")
        .answers(200, "ImportedCase"),
    route(Method::GET, "/cases/images", READ, text::LIST_IMAGES, || get(cases::images))
        .answers(200, "KeptImages"),
    route(Method::GET, "/cases/{id}", READ, text::READ_CASE, || get(cases::one))
        .answers(200, "SavedCase")
        .fails(&[404]),
    route(Method::DELETE, "/cases/{id}", WRITE, text::DELETE_CASE, || delete(cases::delete))
        .answers(200, "DeletedCase")
        .fails(&[404]),
    route(Method::GET, "/follow-ups", READ, text::LIST_FOLLOW_UPS, || get(follow_ups::list))
        .answers(200, "FollowUpList"),
    route(Method::PUT, "/follow-ups/{id}", WRITE, text::SET_FOLLOW_UP, || put(follow_ups::set))
        .takes("FollowUp")
        .fails(&[404]),
    route(Method::DELETE, "/follow-ups/{id}", WRITE, text::REMOVE_FOLLOW_UP, || delete(follow_ups::remove))
        .fails(&[404]),
    route(Method::DELETE, "/patients/{fingerprint}", MANAGE, text::ERASE_PATIENT, || {
        delete(cases::erase_patient)
    })
    .answers(200, "ErasedPatient")
    .fails(&[404]),
    route(Method::GET, "/session", May::Anyone, text::SHOW_SESSION, || get(session::show))
        .answers(200, "Session"),
    route(Method::POST, "/session", May::Anyone, text::LOG_IN, || post(session::log_in))
        .takes("LogIn")
        .answers(200, "Session")
        .fails(&[401, 429]),
    route(Method::DELETE, "/session", May::SignedIn, text::LOG_OUT, || delete(session::log_out))
        .answers(200, "Session"),
    route(Method::PUT, "/session/password", May::SignedIn, text::CHANGE_PASSWORD, || {
        put(session::change_password)
    })
    .takes("ChangedPassword")
    .fails(&[409, 429]),
    route(Method::POST, "/first-account", May::Anyone, text::FIRST_ACCOUNT, || post(session::first_account))
        .takes("FirstAdministrator")
        .answers(200, "Session"),
    route(Method::GET, "/accounts", MANAGE, text::LIST_ACCOUNTS, || get(accounts::list))
        .answers(200, "AccountList"),
    route(Method::POST, "/accounts", MANAGE, text::ADD_ACCOUNT, || post(accounts::add))
        .takes("NewAccount")
        .created()
        .fails(&[409]),
    route(Method::PUT, "/accounts/{name}", MANAGE, text::CHANGE_ACCOUNT, || put(accounts::change))
        .takes("AccountChange")
        .fails(&[404, 409]),
    route(Method::DELETE, "/accounts/{name}", MANAGE, text::REMOVE_ACCOUNT, || delete(accounts::remove))
        .fails(&[404, 409]),
    route(Method::GET, "/audit-log", MANAGE, text::AUDIT_LOG, || get(audit_log::list))
        .asks(&["limit", "before"])
        .answers(200, "AuditLog"),
    route(Method::GET, "/collections", READ, text::LIST_COLLECTIONS, || get(collections::list))
        .answers(200, "CollectionList"),
    route(Method::GET, "/collections/{collection}", READ, text::READ_COLLECTION, || get(collections::one))
        .answers(200, api::ARCHIVE)
        .fails(&[404]),
    route(Method::GET, "/openapi.json", May::SignedIn, text::OPENAPI, || get(api::openapi))
        .answers(200, api::OBJECT),
    route(Method::GET, "/docs", May::SignedIn, text::DOCS, || get(api::docs)).answers(200, api::PAGE),
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
