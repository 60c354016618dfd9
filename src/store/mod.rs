//! What the companion keeps.
