//! The worker.

/// Answers the page.
pub fn start() {}
