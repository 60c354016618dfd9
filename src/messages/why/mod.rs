//! Parts of the messages in [`fault`](super::fault): what exactly is wrong, to stand inside of one. They hold no advice; the whole message
//! does.

#![allow(missing_docs, reason = "a text says itself what it says; its name says what it is for")]

pub mod audit_log;
pub mod case;
pub mod codec;
#[cfg(feature = "cuda")]
pub mod cuda;
pub mod dataset;
pub mod dicom;
pub mod file;
pub mod imaging;
pub mod import;
pub mod layer;
pub mod learn;
pub mod model;
pub mod nifti;
pub mod store;
pub mod vault;
pub mod worker;
