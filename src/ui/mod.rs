//! The page.

/// Renders the page.
pub fn start() {}
