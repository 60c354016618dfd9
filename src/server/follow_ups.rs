//! Routes for follow-ups of cases.

use super::access::Identity;
use super::app::App;
use super::cases::{none, number};
use super::object::Object;
use super::problem::Problem;
use crate::case::FollowUp;
use crate::messages::fault::server as fault;
use crate::protocol::companion::{FOLLOW_UPS_LIMIT, FollowUpList};
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use std::sync::Arc;

/// `GET /api/follow-ups`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
) -> Result<Json<FollowUpList>, Problem> {
    let follow_ups = app.ask(move |store| store.follow_ups(&who.by(), FOLLOW_UPS_LIMIT)).await?;
    Ok(Json(FollowUpList { follow_ups }))
}

/// `PUT /api/follow-ups/12`
pub(super) async fn set(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    id: Result<Path<i64>, PathRejection>,
    sent: Result<Json<Object<FollowUp>>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(Object(follow_up)) =
        sent.map_err(|e| Problem(e.status(), fault::not_a_follow_up(&e.body_text())))?;
    follow_up.check().map_err(|detail| Problem(StatusCode::UNPROCESSABLE_ENTITY, detail))?;
    change(app, who, id, Some(follow_up)).await
}

/// `DELETE /api/follow-ups/12`
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<StatusCode, Problem> {
    change(app, who, id, None).await
}

async fn change(
    app: Arc<App>,
    who: Identity,
    id: Result<Path<i64>, PathRejection>,
    follow_up: Option<FollowUp>,
) -> Result<StatusCode, Problem> {
    let id = number(id)?;
    let is_there = app.ask(move |store| store.set_follow_up(&who.by(), id, follow_up.as_ref())).await?;
    if is_there { Ok(StatusCode::NO_CONTENT) } else { Err(none(id)) }
}
