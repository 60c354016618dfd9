//! Training a network on a GPU: the graph's layers over `kernels::cuda`. Weights and activations stay on the
//! GPU between batches.

mod body;
mod layer;
mod layout;
mod network;
mod spare;

pub use layout::{Layout, Place};
pub use network::{Batch, Network, NetworkShape, Part};
