//! What the command line says, by command.

#![allow(missing_docs, reason = "a text says itself what it says; its name says what it is for")]

pub mod api;
pub mod audit;
pub mod bundle;
pub mod compare;
pub mod earlier;
pub mod evaluate;
pub mod examine;
pub mod file;
pub mod general;
pub mod history;
pub mod import;
pub mod key;
pub mod machine;
pub mod metrics;
pub mod places;
pub mod read;
pub mod refusals;
pub mod serve;
pub mod sweep;
pub mod train;
pub mod trust;
pub mod user;
