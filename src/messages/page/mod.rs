//! What the page says of itself: titles, labels, buttons, hints, states and faults, by the place where they stand.

#![allow(missing_docs, reason = "a text says itself what it says; its name says what it is for")]

pub mod about;
pub mod account;
pub mod administration;
pub mod case;
pub mod classroom;
pub mod fault;
pub mod finding;
pub mod header;
pub mod history;
pub mod lesson;
pub mod list;
pub mod map;
pub mod model;
pub mod report;
pub mod self_check;
pub mod series;
pub mod sheets;
pub mod shell;
pub mod source;
pub mod start;
pub mod state;
pub mod threshold;
pub mod trial;
pub mod vault;
pub mod viewer;
