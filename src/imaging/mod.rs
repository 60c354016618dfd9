//! Bytes -> checked, oriented, fitted images.
