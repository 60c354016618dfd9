//! The page. It speaks `protocol` and computes nothing: every number comes from the worker.

mod app;
mod bridge;
mod cleared;
mod desk;
mod files;
mod history;
mod intake;
mod job;
mod kept;
mod looking;
mod maps;
mod masking;
mod net;
mod parts;
mod patience;
mod report;
mod requests;
mod rooms;
mod samples;
mod series;
mod theme;
mod turns;
mod viewer;
mod words;
mod work;

/// Renders the page.
pub fn start() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
