//! The companion over HTTP.
