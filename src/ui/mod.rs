//! The page. It speaks `protocol` and computes nothing about a patient: every number of an answer comes from a worker. Whether a photograph is
//! sharp and bright enough it measures itself, because the camera runs before any worker has come.

mod about;
mod account;
mod actions;
mod administration;
mod app;
mod cases;
mod classroom;
mod cleared;
mod companion;
mod components;
mod dispatcher;
mod elements;
mod file_client;
mod frame_cache;
mod frame_loader;
mod history;
mod inference_client;
mod intake;
mod item;
mod kept;
mod maps;
mod masking;
mod model_choice;
mod net;
mod report;
mod request_queue;
mod requests;
mod routes;
mod samples;
mod self_check;
mod series;
mod storage;
mod task;
mod theme;
mod vault;
mod viewer;
mod words;
mod work;
mod worker_client;
mod workspace;

/// Renders the page.
pub fn start() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}

/// Renders the classroom.
pub fn start_classroom() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(classroom::Classroom);
}
