//! The words between page, worker and companion. Closed enums and plain structs; nothing here computes.

pub mod companion;
pub mod reader;
pub mod worker;
