//! What all handlers share, and how they ask the store.

use super::attempts::Attempts;
use super::collections::LastCollection;
use super::limits;
use super::problem::Problem;
use super::settings::Settings;
use crate::messages;
use crate::messages::fault::server as fault;
use crate::messages::why::store as why;
use crate::store::{self, Store};
use axum::http::StatusCode;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Passwords that are hashed at the same time: each takes 19 MiB and a core.
const HASHED_AT_ONCE: usize = 2;

/// The state of the server.
pub(super) struct App {
    pub store: Arc<Store>,
    pub settings: Settings,
    pub attempts: Attempts,
    pub hashing: Arc<Semaphore>,
    pub collection: LastCollection,
}

impl App {
    pub fn new(store: Store, settings: Settings) -> Self {
        Self {
            store: Arc::new(store),
            settings,
            attempts: Attempts::default(),
            hashing: Arc::new(Semaphore::new(HASHED_AT_ONCE)),
            collection: LastCollection::default(),
        }
    }

    /// Asks the store on a blocking thread, because SQLite blocks.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> Result<T, store::Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = self.store.clone();
        blocking(move || question(&store)).await?.map_err(|error| problem(&error))
    }
}

/// Runs what blocks, or takes long, on a thread of its own. It goes on where the request is given up.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let place = limits::place();
    let work = move || {
        let _place = place;
        work()
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!("{error}");
        Problem(StatusCode::INTERNAL_SERVER_ERROR, fault::REQUEST_FAILED.into())
    })
}

/// Now, in RFC 3339 and UTC.
pub(super) fn now() -> String {
    jiff::Timestamp::now().to_string()
}

/// Now, in seconds since 1970.
pub(super) fn seconds() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn problem(error: &store::Error) -> Problem {
    use store::Error;
    let (status, more) = match error {
        Error::NameTaken { .. } | Error::LastAdministrator => (StatusCode::CONFLICT, ""),
        Error::NoAccount { .. } => (StatusCode::NOT_FOUND, ""),
        Error::Invitation => (StatusCode::FORBIDDEN, ""),
        Error::Damaged { .. } => (StatusCode::INTERNAL_SERVER_ERROR, why::NO_OTHER_TOUCHED),
        Error::Locked => (StatusCode::SERVICE_UNAVAILABLE, why::NOTHING_CHANGED),
        Error::Full => (StatusCode::INSUFFICIENT_STORAGE, why::NOTHING_CHANGED),
        Error::Gone { .. }
        | Error::LogHeld
        | Error::Sealed
        | Error::Lost
        | Error::Uncertain
        | Error::Unreachable(_)
        | Error::InUse => (StatusCode::SERVICE_UNAVAILABLE, ""),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, why::NOTHING_CHANGED),
    };
    let detail = format!("{}.{more}", messages::capital(&error.to_string()));
    match error {
        // What is damaged may be a patient's.
        Error::Damaged { id, .. } => tracing::error!("{status}: {id}"),
        _ if status.is_server_error() => tracing::error!("{detail}"),
        _ => {}
    }
    Problem(status, detail)
}
