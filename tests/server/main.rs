//! The companion through its widest seam: HTTP on a free port, a real SQLite file or PostgreSQL, a folder with a page.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

mod accounts;
mod api;
mod audit_log;
mod backup;
mod boundaries;
mod cases;
mod cluster;
mod collections;
mod companion;
mod follow_ups;
mod https;
mod key;
mod killed;
mod postgres;
mod program;
mod refusals;
#[path = "../support/mod.rs"]
mod support;
mod users;
