//! The words between page, worker and companion. Closed enums and plain structs; nothing here computes.

pub mod companion;
pub mod file_worker;
pub mod inference_worker;
