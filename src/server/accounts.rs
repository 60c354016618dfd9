//! Routes to manage accounts.

use super::access::Identity;
use super::app::App;
use super::object::Object;
use super::problem::Problem;
use super::session::{not_understood, unfit};
use crate::account;
use crate::messages::fault::server as fault;
use crate::protocol::companion::{AccountChange, AccountList, NewAccount};
use crate::store::Error;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use std::sync::Arc;

/// `GET /api/accounts`
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<AccountList>, Problem> {
    app.ask(|store| store.accounts()).await.map(|accounts| Json(AccountList { accounts }))
}

/// `POST /api/accounts`
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    sent: Result<Json<Object<NewAccount>>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(Object(NewAccount { name, role, password })) = sent.map_err(|error| not_understood(&error))?;
    let name = account::name(&name).map_err(unfit)?;
    let hash = app.hash(&name, password).await?;
    app.ask(move |store| store.add_account(&who.by(), &name, role, &hash)).await?;
    Ok(StatusCode::CREATED)
}

/// `PUT /api/accounts/mora`
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    name: Result<Path<String>, PathRejection>,
    sent: Result<Json<Object<AccountChange>>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let name = named(name)?;
    let Json(Object(AccountChange { role, password })) = sent.map_err(|error| not_understood(&error))?;
    let hash = match password {
        Some(password) => Some(app.hash(&name, password).await?),
        None => None,
    };
    app.ask(move |store| {
        // Also where nothing is to be changed.
        if store.account(&name)?.is_none() {
            return Err(Error::NoAccount { name });
        }
        if let Some(role) = role {
            store.set_role(&who.by(), &name, role)?;
        }
        if let Some(hash) = hash {
            store.set_password(&who.by(), &name, &hash, None)?;
        }
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/accounts/mora`
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    name: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let name = named(name)?;
    app.ask(move |store| store.remove_account(&who.by(), &name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn named(name: Result<Path<String>, PathRejection>) -> Result<String, Problem> {
    name.map(|Path(name)| name).map_err(|_| Problem(StatusCode::NOT_FOUND, fault::NO_NAME.into()))
}
