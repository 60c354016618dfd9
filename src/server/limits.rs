//! Limits on how many requests are worked on at the same time, and for how long.

use super::problem::Problem;
use super::settings::Limits;
use crate::messages::fault::server as fault;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

tokio::task_local! {
    /// The place of the request that is worked on.
    static PLACE: Arc<OwnedSemaphorePermit>;
}

/// The place of the request that is worked on here. What goes on after the request was given up holds it until it ends.
pub(super) fn place() -> Option<Arc<OwnedSemaphorePermit>> {
    PLACE.try_with(Arc::clone).ok()
}

/// The requests that may begin now.
#[derive(Clone)]
pub(super) struct Room {
    free: Arc<Semaphore>,
    patience: Duration,
}

impl Room {
    pub fn new(limits: Limits) -> Self {
        Self { free: Arc::new(Semaphore::new(limits.requests)), patience: limits.request }
    }
}

/// Refuses a request where too many are being worked on, and ends the wait for one that takes too long.
pub(super) async fn limit(State(room): State<Room>, request: Request, next: Next) -> Response {
    let refuse = |detail: &str| Problem(StatusCode::SERVICE_UNAVAILABLE, detail.into()).into_response();
    let Ok(place) = room.free.try_acquire_owned() else { return refuse(fault::FULL_HOUSE) };
    let work = PLACE.scope(Arc::new(place), next.run(request));
    tokio::time::timeout(room.patience, work).await.unwrap_or_else(|_| refuse(fault::TOO_LONG))
}
