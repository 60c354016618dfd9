//! The product as its users meet it: the real binary, the built page, real browsers. `make test` builds the page first.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

// Who acts.
mod axe;
mod films;
#[path = "../support/labels.rs"]
mod labels_bundle;
mod machine;
mod page;
mod part;
mod plain;
#[path = "../support/mod.rs"]
mod support;
mod visit;

// What is tested.
mod about;
mod accessible;
mod accounts;
mod answers;
mod batches;
mod class_data;
mod classroom;
mod examining;
mod faults;
mod first_screen;
mod frames;
mod handed_in;
mod history;
mod labels;
mod lessons;
mod models;
mod one_bundle;
mod priors;
mod self_check;
mod starts;
mod study;
mod tabs;
mod tools;
mod vault;
mod viewer;
