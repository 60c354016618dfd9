//! Limits on how many requests are worked on at the same time, and for how long.

use super::problem::Problem;
use crate::messages::fault::server as fault;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Requests that are worked on or wait for the database at the same time.
const AT_ONCE: usize = 256;

/// The requests that may begin now.
#[derive(Clone)]
pub(super) struct Room {
    free: Arc<Semaphore>,
    patience: Duration,
}

impl Room {
    /// `patience`: the longest that a request may take.
    pub fn new(patience: Duration) -> Self {
        Self { free: Arc::new(Semaphore::new(AT_ONCE)), patience }
    }
}

/// Refuses a request where too many are being worked on, and ends the wait for one that takes too long.
pub(super) async fn limit(State(room): State<Room>, request: Request, next: Next) -> Response {
    let refuse = |detail: &str| Problem(StatusCode::SERVICE_UNAVAILABLE, detail.into()).into_response();
    let Ok(_place) = room.free.try_acquire() else { return refuse(fault::FULL_HOUSE) };
    tokio::time::timeout(room.patience, next.run(request)).await.unwrap_or_else(|_| refuse(fault::TOO_LONG))
}
