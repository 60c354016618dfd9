//! Lantern: medical images diagnosed inside the browser, so that no image ever leaves the device.
//!
//! One library for the browser (wasm32) and for the companion (native). The modules stand in floors, from plain
//! types at the bottom to the page and the companion at the top; a module imports only from floors below its own.
//! `ARCHITECTURE.md` tells the whole; `tests/floors.rs` holds it.

// Floor 0: plain types and pure figures; texts for people; decoders of compressed samples.
pub mod about;
pub mod account;
pub mod codec;
pub mod examination;
pub mod fingerprint;
pub mod frame;
pub mod lesson;
pub mod messages;
pub mod metrics;
pub mod scope;
pub mod sealing;
pub mod sniff;
pub mod study;
pub mod text;
pub mod triage;
pub mod units;

// Floor 1: bytes -> checked, oriented images; labelled sets.
pub mod dataset;
pub mod dicom;
pub mod file;
pub mod imaging;
pub mod nifti;
pub mod preprocess;
pub mod viewing;

// Floor 2: tensors.
pub mod calibration;
pub mod classic;
pub mod explanation;
pub mod gate;
pub mod kernels;
pub mod model;

// Floor 3: the one way to a diagnosis, and the one way to a bundle.
pub mod compare;
pub mod engine;
pub mod learn;

// Floor 4: words between page, worker and companion, and what a user keeps and takes away.
pub mod case;
pub mod protocol;
pub mod report;
pub mod schedule;
pub mod vault;

// Floor 5: the doors, each for one target. The page has no threads: only the worker is built a second time with them.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
pub mod classroom_worker;
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
pub mod file_worker;
#[cfg(target_arch = "wasm32")]
pub mod inference_worker;
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
pub mod ui;
#[cfg(target_arch = "wasm32")]
mod worker_port;

#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
#[cfg(not(target_arch = "wasm32"))]
pub mod import;
#[cfg(not(target_arch = "wasm32"))]
pub mod server;
#[cfg(not(target_arch = "wasm32"))]
pub mod store;
