//! What went wrong, below page and command line: an error's whole message. It says what happened, what that means, and what to do next;
//! `tests/messages.rs` looks at each. What exactly is wrong stands in [`why`](super::why).

#![allow(missing_docs, reason = "a text says itself what it says; its name says what it is for")]

pub mod account;
pub mod case;
pub mod classic;
pub mod compare;
#[cfg(feature = "cuda")]
pub mod cuda;
pub mod dataset;
pub mod dicom;
pub mod file;
pub mod imaging;
pub mod import;
pub mod kind;
pub mod learn;
pub mod model;
pub mod nifti;
pub mod report;
pub mod server;
pub mod store;
pub mod vault;
pub mod worker;
