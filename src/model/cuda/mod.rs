//! A network that learns on a GPU: the graph's layers over `kernels::cuda`, with everything between two batches kept there.

mod body;
mod layer;
mod layout;
mod network;
mod spare;

pub use layout::{Layout, Place};
pub use network::{Batch, Network, NetworkShape, Part};
