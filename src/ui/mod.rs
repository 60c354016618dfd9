//! The page. It speaks `protocol` and computes nothing: every number comes from the worker.

mod app;
mod bridge;
mod desk;
mod files;
mod history;
mod intake;
mod job;
mod looking;
mod masking;
mod net;
mod parts;
mod patience;
mod report;
mod requests;
mod rooms;
mod theme;
mod viewer;
mod words;

/// Renders the page.
pub fn start() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
