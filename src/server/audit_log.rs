//! The route that shows the audit log.

use super::access::Identity;
use super::app::App;
use super::problem::Problem;
use crate::messages::fault::server as fault;
use crate::protocol::companion::{AuditLog, LIST_LIMIT};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    limit: Option<u32>,
    before: Option<i64>,
}

/// `GET /api/audit-log?limit=&before=`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<AuditLog>, Problem> {
    let Query(Which { limit, before }) =
        which.map_err(|e| Problem(StatusCode::BAD_REQUEST, fault::not_a_search(&e.body_text())))?;
    let limit = limit.unwrap_or(LIST_LIMIT).clamp(1, LIST_LIMIT);
    app.ask(move |store| store.audit_log(&who.by(), limit, before)).await.map(Json)
}
