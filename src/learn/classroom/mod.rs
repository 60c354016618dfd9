//! A training that a class watches: small, step by step, in the browser. Data, recipe, loss, network and export are those of every training.

mod answers;
mod bundle;
mod data;
mod dropout;
mod fine_tuning;
mod network;
mod optimiser;
mod results;
mod run;
mod trial;

pub use bundle::zipped;
pub use data::{ClassData, Twin};
pub use fine_tuning::Released;
pub use network::graph;
pub use run::Run;
pub use trial::{TRIED, disturb, prepare};
